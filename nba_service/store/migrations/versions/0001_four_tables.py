"""The four tables: customers, interactions, decisions, outcomes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("consent", sa.Text, nullable=False),
        sa.Column("locale", sa.Text),
        sa.Column("time_zone", sa.Text),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "interactions",
        sa.Column("interaction_id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("touchpoint", sa.Text, nullable=False),
        sa.Column("action", sa.Text),
        sa.Column("phase", sa.Text),
        sa.Column("value", sa.Double),
        sa.Column("properties", sa.Text),
    )
    op.create_index("interactions_of_customer", "interactions", ["customer_id", "occurred_at"])
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("action_probability", sa.Double),
        sa.Column("contacts", sa.Text, nullable=False),
        sa.Column("context", sa.Text),
        sa.Column("candidates", sa.Text),
        sa.Column("bundle", sa.Text),
        sa.Column("policy", sa.Text),
        sa.Column("arm", sa.Text),
        sa.Column("request", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("state", sa.LargeBinary),
    )
    op.create_index("decisions_of_customer", "decisions", ["customer_id", "decided_at"])
    op.create_table(
        "outcomes",
        sa.Column("outcome_id", sa.Text, primary_key=True),
        sa.Column("decision_id", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("occurred_at", sa.BigInteger, nullable=False),
    )
    op.create_index("outcomes_of_decision", "outcomes", ["decision_id", "occurred_at"])


def downgrade() -> None:
    for table in ("outcomes", "decisions", "interactions", "customers"):
        op.drop_table(table)
