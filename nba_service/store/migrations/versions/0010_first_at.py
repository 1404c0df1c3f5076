"""Adds the time before which a person has no rows.

Older months need not be searched then. Of people who are there already it is not known; all months are
searched for them, as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("first_at", sa.BigInteger))


def downgrade() -> None:
    with op.batch_alter_table("people") as people:
        people.drop_column("first_at")
