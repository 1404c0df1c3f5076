"""Updates between trainings: what a decision expected, and the updates that decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


_COUNTED = ["decided_at", "decision_id", "phase", "action", "channel", "bundle"]
_COUNTED += ["propensity", "delivered_at", "deliver_by"]


def upgrade() -> None:
    with op.batch_alter_table("decisions") as decisions:
        decisions.add_column(sa.Column("phase", sa.Text))
        decisions.add_column(sa.Column("propensity", sa.Double))
        decisions.add_column(sa.Column("updates", sa.Text))
    op.create_index("decisions_by_time", "decisions", _COUNTED)
    op.create_table(
        "updates",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("bundle", sa.Text, primary_key=True),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("updates_of_bundle", "updates", ["bundle", "made_at"])


def downgrade() -> None:
    op.drop_table("updates")
    op.drop_index("decisions_by_time", "decisions")
    with op.batch_alter_table("decisions") as decisions:
        for name in ("updates", "propensity", "phase"):
            decisions.drop_column(name)
