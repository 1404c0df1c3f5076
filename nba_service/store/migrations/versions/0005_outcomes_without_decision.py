"""Adds outcomes that name customer, action and channel.

They name no decision.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW = {
    "customer_id": sa.Text,
    "action": sa.Text,
    "channel": sa.Text,
    "window_ms": sa.BigInteger,
    "attribution": sa.Text,
}


def upgrade() -> None:
    for name, kind in _NEW.items():
        op.add_column("outcomes", sa.Column(name, kind))
    named = sa.text("customer_id IS NOT NULL")
    op.create_index(
        "outcomes_of_customer",
        "outcomes",
        ["customer_id", "outcome_id"],
        sqlite_where=named,
        postgresql_where=named,
    )


def downgrade() -> None:
    # What belongs to no decision cannot be said without these columns.
    op.execute("DELETE FROM outcomes WHERE decision_id = ''")
    op.drop_index("outcomes_of_customer", "outcomes")
    with op.batch_alter_table("outcomes") as outcomes:
        for name in reversed(_NEW):
            outcomes.drop_column(name)
