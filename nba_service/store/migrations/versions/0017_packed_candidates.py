"""Packs the candidates of decisions.

New decisions keep them as columns of numbers; what was stored before stays as it is and can be read.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decisions", sa.Column("workings", sa.LargeBinary))
    op.create_table(
        "candidate_layouts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("candidate_layouts")
    with op.batch_alter_table("decisions") as decisions:
        decisions.drop_column("workings")
