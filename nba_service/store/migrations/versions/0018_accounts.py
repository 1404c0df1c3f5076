"""Accounts, and the roles of their people.

An account has a row of its own; who its people are says the profile of each.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.add_column("customers", sa.Column("role", sa.Text))
    op.create_index(
        "customers_of_account",
        "customers",
        ["account_id", "customer_id"],
        sqlite_where=sa.text("account_id IS NOT NULL"),
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("customers_of_account", "customers")
    with op.batch_alter_table("customers") as customers:
        customers.drop_column("role")
    op.drop_table("accounts")
