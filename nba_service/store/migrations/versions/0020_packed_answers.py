"""Answers are compressed on SQLite.

New decisions alone; what was stored before stays as it is and can be read. An older release reads texts, so
going back makes texts of them again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nba_service.store.sql.packed_answers import read_answer

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_PORTION = 1_000


def upgrade() -> None:
    """Nothing: the column takes either form."""


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    packed = sa.text("SELECT decision_id, answer FROM decisions WHERE typeof(answer) = 'blob' LIMIT :most")
    plain = sa.text("UPDATE decisions SET answer = :answer WHERE decision_id = :decision")
    while rows := connection.execute(packed, {"most": _PORTION}).all():
        connection.execute(plain, [{"decision": key, "answer": read_answer(kept)} for key, kept in rows])
