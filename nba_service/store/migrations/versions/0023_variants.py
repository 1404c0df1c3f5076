"""Decisions say which variant of its texts an action was shown with.

The index that responses are counted along holds it too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_BEFORE = (
    *("decided_at", "decision_id", "phase", "action", "channel", "bundle"),
    *("propensity", "delivered_at", "deliver_by"),
)


def upgrade() -> None:
    op.add_column("decisions", sa.Column("variant", sa.Text))
    op.add_column("decisions", sa.Column("variant_probability", sa.Double))
    op.drop_index("decisions_by_time", "decisions")
    op.create_index("decisions_by_time", "decisions", [*_BEFORE, "variant"])


def downgrade() -> None:
    op.drop_index("decisions_by_time", "decisions")
    op.create_index("decisions_by_time", "decisions", list(_BEFORE))
    with op.batch_alter_table("decisions") as decisions:
        decisions.drop_column("variant_probability")
        decisions.drop_column("variant")
