"""Kept states: one packed row of each person's past.

They are made in the background afterwards; until then a decision makes its own from the rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "states",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary),
        sa.Column("base", sa.LargeBinary),
    )


def downgrade() -> None:
    op.drop_table("states")
