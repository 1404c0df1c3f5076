"""An attempt to decide with the store.

The request may give it up at any moment. The one who decides and the one who waits are two threads. Each
decision has one fate: it is settled (the store said yes, so it is what was decided), or it was given up
before that and another is answered.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from nba_service.decisions.made import MadeDecision
from nba_service.errors import StoreError
from nba_service.store.rows import DecisionRow


class GivenUp(StoreError):  # noqa: N818 - no error for a caller: the answer is out
    """The request was answered without this attempt."""


class Attempt:
    """What has come of ``size`` calls so far.

    ``made``: by position of the call, None if nothing was. ``stored``: decisions that were there, by id.
    """

    def __init__(self, size: int) -> None:
        self.made: list[MadeDecision | None] = [None] * size
        self.stored: dict[str, DecisionRow] = {}
        self._lock = threading.Lock()
        self._given_up = False
        self._storing: set[int] = set()
        self._settled: set[int] = set()

    def begin(self, positions: Iterable[int]) -> None:
        """Say that these are stored now.

        Raises:
            GivenUp: the request was answered meanwhile; they must not be stored.
        """
        with self._lock:
            if self._given_up:
                raise GivenUp("The request was answered without the store.")
            self._storing = set(positions)

    def settle(self, positions: Iterable[int]) -> None:
        """Say that these are stored."""
        with self._lock:
            self._storing = set()
            if not self._given_up:
                self._settled.update(positions)

    def give_up(self) -> tuple[frozenset[int], frozenset[int]]:
        """No more waiting: which are settled, and which may have been stored or not."""
        with self._lock:
            self._given_up = True
            return frozenset(self._settled), frozenset(self._storing)
