"""Packed candidates of decisions become what the log shows.

Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.policy.scoring.candidate_record import CandidateRecordError, layout_of, unpack
from nba_service.store.sql.packed_answers import read_answer
from nba_service.store.sql.tables import candidate_layouts


def with_candidates(connection: Connection, rows: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Rows of decisions whose ``candidates`` and ``answer`` are JSON, without ``workings``."""
    content: dict[str, str] = {}
    plain = []
    for row in rows:
        columns = dict(row)
        workings = columns.pop("workings")
        if "answer" in columns:  # exports leave it out
            columns["answer"] = read_answer(columns["answer"])
        if isinstance(workings, bytes | memoryview):
            columns["candidates"] = candidates_text(connection, bytes(workings), content)
        plain.append(columns)
    return plain


def candidates_text(connection: Connection, workings: bytes, content: dict[str, str]) -> str:
    """JSON of packed candidates. ``content``: the layouts that were read already, by name.

    Raises:
        CandidateRecordError: there is no such layout, or the record is damaged.
    """
    name = layout_of(workings)
    if name not in content:
        statement = sa.select(candidate_layouts.c.content).where(candidate_layouts.c.name == name)
        found = connection.execute(statement).scalar()
        if found is None:
            raise CandidateRecordError(
                f"Expected the layout {name} in candidate_layouts, got none. It is stored before the first"
                " decision that needs it: restore both tables from one backup."
            )
        content[name] = found
    return orjson.dumps(unpack(workings, content[name])).decode()
