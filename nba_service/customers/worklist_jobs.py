"""Lists of whom to contact, asked for over HTTP and made aside.

A list of a whole base takes longer than a request may. So it is noted in the store, and a process of its own,
with a low priority, makes it (``nba next --job``). Callers ask how far it is. When that process is gone, the
list says so and is no longer called running.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from models.domain.history import from_ms, to_ms
from models.errors import NBAError
from nba_service.clock import Clock, IdMaker
from nba_service.customers.worklist import Worklists, plain_worklist
from nba_service.errors import Problem
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.records.worklists import DONE, WorklistRow

MOST_CONTACTS: Final = 50_000
COMMAND: Final = (sys.executable, "-c", "from nba_service.cli import main; main()", "next", "--job")
_NICE: Final = 10
_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistCall:
    """A list to make; ``at`` None: for now."""

    channel: str
    capacity: int
    at: datetime | None = None


def in_a_process(worklist_id: str) -> None:
    """Have the list made; it goes on when this worker ends."""
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, worklist_id], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)
    _children[:] = [other for other in _children if other.poll() is None] + [child]


_children: Final[list[subprocess.Popen[bytes]]] = []
"""Polled when the next one starts, so that none that has ended stays a zombie."""


class WorklistJobs:
    """Begins lists, makes them, and tells how far they are."""

    def __init__(
        self,
        *,
        store: ResilientStore,
        worklists: Worklists,
        clock: Clock,
        id_maker: IdMaker,
        start: Callable[[str], None] | None = None,
    ) -> None:
        self._store = store
        self._worklists = worklists
        self._clock = clock
        self._id_maker = id_maker
        self._start = start or in_a_process

    def begin(self, call: WorklistCall, by: str) -> WorklistRow:
        """Note a list, audited, and have it made; ``by``: the id of the key.

        Raises:
            Problem: ``UNKNOWN_CHANNEL``, or ``WORKLIST_RUNNING``: one is made at a time.
            StoreError: the store is away.
        """
        self._worklists.check(call.channel)
        now = to_ms(self._clock())
        row = WorklistRow(
            worklist_id=self._id_maker(),
            channel=call.channel,
            capacity=call.capacity,
            at=now if call.at is None else to_ms(call.at),
            started_at=now,
            beat_at=now,
        )
        plain = self._store.plain
        other = self._store.ask(lambda: plain.worklists.begin(row), _SECONDS)
        if other is not None:
            raise Problem(
                "WORKLIST_RUNNING",
                f"Expected that no list is being made, got {other.worklist_id!r}, which has decided"
                f" {other.decided} customers. Ask again when it is done.",
            )
        detail = {"channel": call.channel, "capacity": call.capacity, "key": by}
        self._store.ask(lambda: plain.audit_log.add("worklist.asked", row.worklist_id, detail, now), _SECONDS)
        self._start(row.worklist_id)
        return row

    def read(self, worklist_id: str) -> tuple[WorklistRow, str]:
        """A list and its state.

        Raises:
            Problem: ``WORKLIST_UNKNOWN``.
            StoreError: the store is away.
        """
        row = self._store.ask(lambda: self._store.plain.worklists.find(worklist_id), _SECONDS)
        if row is None:
            raise Problem(
                "WORKLIST_UNKNOWN",
                f"Expected the id of a list of the last seven days, got {worklist_id[:100]!r}.",
            )
        return row, row.state_at(to_ms(self._clock()))

    def work(self, worklist_id: str) -> None:
        """Make a noted list; what stops it is told to those who ask for it.

        Raises:
            Problem: ``WORKLIST_UNKNOWN``.
        """
        row, _ = self.read(worklist_id)
        if row.state == DONE:
            return
        table, decided = self._store.plain.worklists, 0

        def step(more: int) -> None:
            nonlocal decided
            decided += more
            table.beat(worklist_id, decided, to_ms(self._clock()))

        try:
            found = self._worklists.make(row.channel, row.capacity, from_ms(row.at), step)
        except NBAError as error:
            table.end(worklist_id, to_ms(self._clock()), problem=f"{error.code}: {error}")
            return
        answer = orjson.dumps(plain_worklist(found)).decode()
        table.end(worklist_id, to_ms(self._clock()), answer=answer)
