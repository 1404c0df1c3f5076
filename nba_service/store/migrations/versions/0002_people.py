"""Adds people, their aliases, versions and seats.

Whose rows change when, which ids are one person, what a channel has left, what was merged.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("latest_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "aliases",
        sa.Column("alias", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("merged_at", sa.BigInteger, nullable=False),
    )
    op.create_index("aliases_of_customer", "aliases", ["customer_id"])
    op.create_table(
        "capacity",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("day", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("used", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
    )
    op.create_index("audit_of_customer", "audit", ["customer_id", "at"])
    with op.batch_alter_table("decisions") as decisions:
        decisions.add_column(sa.Column("deliver_by", sa.BigInteger))
    op.execute(_LATEST)


def downgrade() -> None:
    with op.batch_alter_table("decisions") as decisions:
        decisions.drop_column("deliver_by")
    for table in ("audit", "capacity", "aliases", "people"):
        op.drop_table(table)


# Who has a past already: times after a decision's moment must be looked for from the first call on.
_LATEST = """
INSERT INTO people (customer_id, version, latest_at)
SELECT customer_id, 1, MAX(at) FROM (
  SELECT customer_id, decided_at AS at FROM decisions
  UNION ALL SELECT customer_id, occurred_at AS at FROM interactions
  UNION ALL SELECT d.customer_id, o.occurred_at AS at
    FROM decisions d JOIN outcomes o ON o.decision_id = d.decision_id
) AS past GROUP BY customer_id
"""
