"""What can be delivered where and when, and what customers wish for.

Availability changes during the day and belongs to nobody; wishes are kept per customer, so that each counts
once and goes when the customer is forgotten.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "availability",
        sa.Column("configurator", sa.Text, primary_key=True),
        sa.Column("option", sa.Text, primary_key=True),
        sa.Column("choice", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("available", sa.BigInteger, nullable=False),
        sa.Column("first_day", sa.Text, nullable=False),
        sa.Column("last_day", sa.Text, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "wishes",
        sa.Column("configurator", sa.Text, primary_key=True),
        sa.Column("region", sa.Text, primary_key=True),
        sa.Column("combination", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("deliverable", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
    )
    op.create_index("wishes_of_customer", "wishes", ["customer_id"])


def downgrade() -> None:
    op.drop_index("wishes_of_customer", "wishes")
    op.drop_table("wishes")
    op.drop_table("availability")
    op.execute("DELETE FROM marks WHERE name LIKE 'availability%'")
