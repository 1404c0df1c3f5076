"""Adds choices among actions that the catalogue lacks.

The sums of their rewards are kept too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "free_choices",
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("chosen_at", sa.BigInteger, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("activated_at", sa.BigInteger),
        sa.Column("reward", sa.Double),
    )
    op.create_index("free_choices_by_time", "free_choices", ["chosen_at"])
    op.create_table(
        "free_actions",
        sa.Column("action", sa.Text, primary_key=True),
        sa.Column("shown", sa.Double, nullable=False),
        sa.Column("reward", sa.Double, nullable=False),
    )


def downgrade() -> None:
    for table in ("free_actions", "free_choices"):
        op.drop_table(table)
