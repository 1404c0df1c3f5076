"""An attempt to decide with the store, which the request may give up at any moment.

The one who decides and the one who waits are two threads. Each decision has one fate: it is settled (the
store said yes, so it is what was decided), or it was given up before that and another is answered. Knows
positions in a list of calls; knows nothing of decisions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Generic, TypeVar

from nba_service.errors import StoreError

Made = TypeVar("Made")
Row = TypeVar("Row")


class GivenUp(StoreError):  # noqa: N818 - nobody waits for it any more
    """The request was answered without this attempt."""


class Attempt(Generic[Made, Row]):
    """What has come of ``size`` calls so far.

    ``made``: by position, None if nothing was. ``stored``: decisions that were there, by id.
    """

    def __init__(self, size: int) -> None:
        self.made: list[Made | None] = [None] * size
        self.stored: dict[str, Row] = {}
        self._lock = threading.Lock()
        self._given_up = False
        self._storing: set[int] = set()
        self._settled: set[int] = set()

    def begin(self, positions: Iterable[int]) -> None:
        """Say that these are stored now.

        Raises:
            GivenUp: nobody waits; they must not be stored.
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
