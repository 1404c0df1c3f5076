"""Tombstones: hashes of ids that were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("id_hash", sa.Text, primary_key=True),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("tombstones")
    op.execute("DELETE FROM marks WHERE name LIKE 'tombstones %'")
