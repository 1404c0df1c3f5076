"""Of several calls about one person, one goes on at a time.

The others wait outside the store. Else they would keep each other busy: each reads, finds that another has
written, and reads again, on the threads and connections that calls about everybody else need. One table per
process; other processes meet at the database's own locks. Knows names; knows nothing of stores.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Mapping

from nba_service.errors import ContentionError


class Turns:
    """Hands out turns by name."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._places: dict[str, _Place] = {}
        self._pid = os.getpid()

    def take(self, names: Collection[str], seconds: float) -> Turn:
        """All the names, taken in one order, so that no two callers wait for each other.

        Raises:
            ContentionError: others had one of them for ``seconds``.
        """
        until = time.monotonic() + seconds
        taken: dict[str, _Place] = {}
        for name in sorted(set(names)):
            place = self._enter(name)
            if not place.free.acquire(timeout=max(0.0, until - time.monotonic())):
                self._leave(name, place)
                Turn(self, taken).end()
                raise ContentionError(
                    f"Others kept writing about the same customer for {seconds * 1000:.0f} ms."
                    " Ask again later, with the same id if it has one."
                )
            taken[name] = place
        return Turn(self, taken)

    def give_back(self, taken: Mapping[str, _Place]) -> None:
        for name, place in taken.items():
            place.free.release()
            self._leave(name, place)

    def _enter(self, name: str) -> _Place:
        with self._guard:
            if self._pid != os.getpid():  # those who had turns are in another process
                self._places, self._pid = {}, os.getpid()
            place = self._places.setdefault(name, _Place())
            place.users += 1
        return place

    def _leave(self, name: str, place: _Place) -> None:
        with self._guard:
            place.users -= 1
            if not place.users and self._places.get(name) is place:
                del self._places[name]


class Turn:
    """Names that somebody has, until ``end``, which any thread may call."""

    __slots__ = ("_taken", "_turns")

    def __init__(self, turns: Turns, taken: Mapping[str, _Place]) -> None:
        self._turns = turns
        self._taken = taken

    def end(self) -> None:
        self._turns.give_back(self._taken)


class _Place:
    """A name that somebody has or waits for."""

    __slots__ = ("free", "users")

    def __init__(self) -> None:
        self.free = threading.Lock()
        self.users = 0
