"""The health of store, journal and disks, found aside from requests.

A question reads what was found last: health routes are for everybody and are never limited, so one may not
cost the store, its disk or the journal anything. Knows the store, the journal's size and how full disks are.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nba_service.errors import StoreError
from nba_service.resilience.journal_reading import Depth, DepthCounter
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings

_EVERY_SECONDS: Final = 1.0
_LEAST_FREE_BYTES: Final = 16 * 1_048_576


@dataclass(frozen=True, slots=True)
class HealthProblem:
    """Something that is wrong."""

    code: str
    detail: str


class StoreHealth:
    """What is wrong with store, journal and disks.

    Args:
        places: what lies on which disk, such as ("the journal", its folder).
        background: whether a thread calls ``refresh``; else every question does.
    """

    def __init__(
        self,
        store: ResilientStore,
        *,
        places: Sequence[tuple[str, Path]] = (),
        background: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._places = places
        self._background = background
        self._monotonic = monotonic
        self._counter = DepthCounter(store.journal.files)
        self._checked_at: float | None = None
        self._problems: tuple[HealthProblem, ...] = ()
        self._disks: tuple[HealthProblem, ...] = ()

    def refresh(self) -> None:
        """Count what came into the journal since; once a second ask the store and look at the disks."""
        self._counter.refresh(whole=not self._background)
        now = self._monotonic()
        if self._background and self._checked_at is not None and now - self._checked_at < _EVERY_SECONDS:
            return
        self._problems = tuple(self._of_store())
        self._disks = tuple(full_disks(self._places))
        self._checked_at = now

    @property
    def depth(self) -> Depth:
        """What waits in the journal."""
        if not self._background:
            self.refresh()
        return self._counter.depth

    @property
    def problems(self) -> tuple[HealthProblem, ...]:
        """What is wrong with the store."""
        if self._checked_at is None or not self._background:
            self.refresh()
        return self._problems

    @property
    def disks(self) -> tuple[HealthProblem, ...]:
        """Which disks are full."""
        return self._disks

    def _of_store(self) -> Sequence[HealthProblem]:
        if self._background and not self._store.breaker.closed:  # the recovery worker asks it already
            return [HealthProblem(StoreError.code, "The store does not answer. `nba doctor` says why.")]
        try:
            self._store.check()
        except StoreError as error:
            return [HealthProblem(error.code, str(error))]
        return ()


def full_disks(places: Sequence[tuple[str, Path]]) -> list[HealthProblem]:
    """The disks that have no room left, of what lies where."""
    found = []
    for name, folder in places:
        there = next((one for one in (folder, *folder.parents) if one.exists()), None)
        free = None if there is None else shutil.disk_usage(there).free
        if free is not None and free < _LEAST_FREE_BYTES:
            found.append(
                HealthProblem(
                    "DISK_FULL",
                    f"The disk of {name} ({folder}) has {free // 1_048_576} MiB left. Make room; nothing"
                    " else is to be done.",
                )
            )
    return found


def places_of(settings: Settings) -> list[tuple[str, Path]]:
    """What this host writes, and where."""
    places = [("the journal", settings.journal)]
    if settings.database_url.startswith("sqlite:///"):
        places.append(("the store", Path(settings.database_url.removeprefix("sqlite:///")).parent))
    return places
