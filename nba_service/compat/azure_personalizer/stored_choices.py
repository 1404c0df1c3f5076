"""Stored choices among actions that the journey file lacks.

The store keeps them for ninety days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from models.domain.history import DAY_MS, to_ms
from nba_service.clock import Clock
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.records.free_choices import Evidence, FreeChoice

KEPT_DAYS: Final = 90
_CLEAN_EVERY: Final = 1_000

T = TypeVar("T")


class StoredChoices:
    """The store's choices, each asked for a bounded time.

    Every call may raise ``StoreError``.
    """

    def __init__(self, store: ResilientStore, clock: Clock, seconds: float) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._added = 0

    def find(self, event_id: str) -> FreeChoice | None:
        """The choice of an event; None: there is none."""
        return self._ask(lambda: self._store.choices.find(event_id))

    def evidence(self, actions: Sequence[str]) -> list[Evidence]:
        """What is known of each action."""
        stored: Mapping[str, Evidence] = self._ask(lambda: self._store.choices.evidence(actions))
        return [stored.get(name, Evidence()) for name in actions]

    def add(self, choice: FreeChoice) -> FreeChoice:
        """Store a choice; the one that is stored, which may be an earlier one. Old ones go now and then."""
        stored = self._ask(lambda: self._store.choices.add(choice))
        self._added += 1
        if self._added % _CLEAN_EVERY == 0:
            oldest = choice.chosen_at - KEPT_DAYS * DAY_MS
            self._ask(lambda: self._store.choices.forget_before(oldest))
        return stored

    def activate(self, event_id: str) -> None:
        """Note that a choice was shown now."""
        self._ask(lambda: self._store.choices.activate(event_id, to_ms(self._clock())))

    def reward(self, event_id: str, value: float) -> None:
        """Note what came of a choice; the first reward counts."""
        self._ask(lambda: self._store.choices.reward(event_id, value, to_ms(self._clock())))

    def _ask(self, work: Callable[[], T]) -> T:
        return self._store.ask(work, self._seconds)
