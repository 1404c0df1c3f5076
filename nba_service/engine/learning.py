"""Learning between trainings.

Keeps the engine that decides up to date with what outcomes say. Every worker asks the store for the newest
update of its bundle; a process that finds it too old makes a new one from the counts and stores it under its
hash, so that all workers and replicas decide alike and a decision can be replayed with the update of its
time. Knows store, clock and settings; what an update is, is the core's business (``policy/scoring/updates``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from models.domain.history import DAY_MS, to_ms
from models.domain.journey import Journey
from models.policy.engine import Engine
from models.policy.scoring.updates import make_update, read_update
from nba_service.settings import Settings
from nba_service.store.interface import RequestStore
from nba_service.store.rows import PositiveRule, UpdateRow

HALF_LIVES: Final = 4
"""Older decisions count less than a sixteenth and are not read."""

EMPTY: Final = b"[]"
"""The content of an update that says nothing."""

log = structlog.get_logger(__name__)


class Learning:
    """Updates of engines, out of the store."""

    def __init__(self, settings: Settings, store: RequestStore, clock: Callable[[], datetime]) -> None:
        self._every_ms = round(settings.update_seconds * 1000)
        self._store = store
        self._clock = clock

    @property
    def off(self) -> bool:
        return self._every_ms == 0

    def newest(self, engine: Engine) -> str | None:
        """Version of the update that should decide now with ``engine``'s models; made if it is due.

        Raises:
            StoreError: the store does not answer.
        """
        if self.off:
            return None
        now = to_ms(self._clock())
        row = self._store.latest_update(engine.bundle_id)
        if row is None or now - row.made_at >= self._every_ms:
            update = self._make(engine, now)
            changed = row is None or row.version != update.version
            row = update
            if changed:
                log.info("propensities_updated", bundle=row.bundle, updates=row.version)
        return None if row.content == EMPTY else row.version

    def updated(self, engine: Engine, version: str) -> Engine | None:
        """``engine`` (without update) with an update from the store; None: it is not there.

        Raises:
            StoreError: the store does not answer.
        """
        row = self._store.propensity_update(engine.bundle_id, version)
        return None if row is None else engine.updated(read_update(engine.journey, row.content))

    def _make(self, engine: Engine, now: int) -> UpdateRow:
        journey = engine.journey
        counts = self._store.settle_and_count_responses(
            engine.bundle_id, positive_rules(journey), since=now - _reach_ms(journey), until=now
        )
        update = make_update(journey, counts, engine.evidence)
        row = UpdateRow(version=update.version, bundle=engine.bundle_id, made_at=now, content=update.content)
        self._store.put_update(row)
        return row


def positive_rules(journey: Journey) -> list[PositiveRule]:
    """What a positive response is, for each kind of action."""
    kinds: dict[tuple[tuple[str, ...], int], list[str]] = {}
    for action in journey.actions:
        names = tuple(sorted(journey.positive_outcomes(action.name)))
        window_ms = round(journey.response_window(action.name) * DAY_MS)
        kinds.setdefault((names, window_ms), []).append(action.name)
    return [
        PositiveRule(actions=tuple(actions), outcomes=names, window_ms=window_ms)
        for (names, window_ms), actions in kinds.items()
        if names
    ]


def _reach_ms(journey: Journey) -> int:
    """How far back decisions are read."""
    window = max((journey.response_window(action.name) for action in journey.actions), default=0.0)
    return round((window + HALF_LIVES * journey.objective.updates.half_life_days) * DAY_MS)
