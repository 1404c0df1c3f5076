"""Adds rollups.

Decisions say why they came out so, and what the caller did instead.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ADDED = ("reason", "refusals", "taken")


def upgrade() -> None:
    for name in _ADDED:
        op.add_column("decisions", sa.Column(name, sa.Text))
    op.create_table(
        "rollups",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("week", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("bucket", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "rollup_people",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "rollup_names",
        sa.Column("code", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("rollup_names", "rollup_people", "rollups"):
        op.drop_table(table)
    with op.batch_alter_table("decisions") as decisions:
        for name in _ADDED:
            decisions.drop_column(name)
