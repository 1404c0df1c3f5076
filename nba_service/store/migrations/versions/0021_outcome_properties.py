"""Outcomes tell properties, as interactions do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outcomes", sa.Column("properties", sa.Text))


def downgrade() -> None:
    op.drop_column("outcomes", "properties")
