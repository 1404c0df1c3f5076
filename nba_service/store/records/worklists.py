"""Lists of whom to contact, made aside while somebody waits for them.

One row a list: what was asked, how far it is, and in the end the list as JSON. Lists name customers, so they
go after some days, and at once with a customer who is forgotten. Knows rows and transactions; knows nothing
of how a list is made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Final

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.history import DAY_MS
from nba_service.store.sql.tables import worklists

RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"
INTERRUPTED: Final = "interrupted"
"""Nobody has worked on it for ``STALE_MS``: not stored, but read from the time of the last sign of life."""
STALE_MS: Final = 120_000
KEPT_MS: Final = 7 * DAY_MS

Transaction = Callable[..., AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistRow:
    """A list that was asked for; times in ms.

    ``at``: the moment it is for. ``beat_at``: the last sign of life. ``decided``: customers so far.
    ``answer``: JSON, once it is done; ``problem``: why it failed.
    """

    worklist_id: str
    channel: str
    capacity: int
    at: int
    started_at: int
    beat_at: int
    state: str = RUNNING
    decided: int = 0
    answer: str | None = None
    problem: str | None = None

    def state_at(self, now: int) -> str:
        """As stored, or ``INTERRUPTED``."""
        return INTERRUPTED if self.state == RUNNING and now - self.beat_at > STALE_MS else self.state


class WorklistTable:
    """The lists of one database; ``transaction(write=...)`` is the store's own."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def begin(self, row: WorklistRow) -> WorklistRow | None:
        """Store it, unless another one is being made, which is returned; old ones go."""
        with self._transaction(write=True) as connection:
            connection.execute(worklists.delete().where(worklists.c.started_at < row.started_at - KEPT_MS))
            alive = worklists.c.beat_at >= row.started_at - STALE_MS
            running = sa.select(worklists).where(worklists.c.state == RUNNING, alive).limit(1)
            other = connection.execute(running).mappings().first()
            if other is not None:
                return WorklistRow(**other)
            connection.execute(worklists.insert().values(asdict(row)))
        return None

    def find(self, worklist_id: str) -> WorklistRow | None:
        with self._transaction() as connection:
            wanted = sa.select(worklists).where(worklists.c.worklist_id == worklist_id)
            row = connection.execute(wanted).mappings().first()
        return None if row is None else WorklistRow(**row)

    def beat(self, worklist_id: str, decided: int, at: int) -> None:
        """Say that it goes on."""
        self._change(worklist_id, decided=decided, beat_at=at)

    def end(
        self, worklist_id: str, at: int, *, answer: str | None = None, problem: str | None = None
    ) -> None:
        """The list, or why there is none."""
        state = DONE if problem is None else FAILED
        self._change(worklist_id, state=state, beat_at=at, answer=answer, problem=problem)

    def _change(self, worklist_id: str, **values: object) -> None:
        with self._transaction(write=True) as connection:
            connection.execute(
                worklists.update().where(worklists.c.worklist_id == worklist_id).values(values)
            )


def forget(connection: Connection, ids: Collection[str]) -> None:
    """Delete the lists that name one of these customers."""
    named = [orjson.dumps(each).decode() for each in ids]
    kept = sa.select(worklists.c.worklist_id, worklists.c.answer).where(worklists.c.answer.is_not(None))
    gone = [key for key, answer in connection.execute(kept) if any(name in answer for name in named)]
    if gone:
        connection.execute(worklists.delete().where(worklists.c.worklist_id.in_(gone)))
