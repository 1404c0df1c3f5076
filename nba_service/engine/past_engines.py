"""Engines of the past, for decisions that are made again."""

from __future__ import annotations

from typing import Final

from models.errors import NBAError
from nba_service.engine.learning import Learning
from nba_service.engine.serving import Serving, load_past_serving
from nba_service.errors import Problem
from nba_service.settings import Settings

MOST_UPDATES: Final = 16
"""Engines with updates of the past that are cached for the next replay."""


class PastEngines:
    """Finds the engine that a decision was made with."""

    def __init__(self, settings: Settings, learning: Learning | None) -> None:
        self._settings = settings
        self._learning = learning
        self._cached: dict[tuple[str, str | None, str], Serving] = {}

    def find(self, now: Serving | None, bundle_id: str, journey: str | None, update: str | None) -> Serving:
        """The engine of a bundle, a journey file and an update.

        Args:
            now: what decides at present, without any update; spares loading it again.
            journey: hash of the journey file; None: the one that the bundle would have now.
            update: version of the update that lay on its models; None: none did.

        Raises:
            Problem: ``BUNDLE_GONE``, when one of them is not there any more or cannot be loaded.
        """
        fits = now and now.bundle_id == bundle_id and journey in (None, now.journey.sha256)
        base = now if now and fits else self._load(bundle_id, journey)
        if update is None:
            return base
        key = (bundle_id, base.journey.sha256, update)
        if key not in self._cached:
            if len(self._cached) >= MOST_UPDATES:
                self._cached.clear()
            self._cached[key] = self.with_update(base, update)
        return self._cached[key]

    def with_update(self, base: Serving, version: str) -> Serving:
        """``base``, which has no update, with one from the store.

        Raises:
            Problem: ``BUNDLE_GONE``, when the store does not have it.
        """
        engine = None if self._learning is None else self._learning.updated(base.engine, version)
        if engine is None:
            raise Problem(
                "BUNDLE_GONE",
                f"Expected update {version!r} of bundle {base.bundle_id!r} in the store, which this decision"
                " was made with. It is not there: the store was restored or replaced since.",
            )
        return base.learned(engine)

    def _load(self, bundle_id: str, journey: str | None) -> Serving:
        try:
            return load_past_serving(self._settings, bundle_id, journey)
        except NBAError as error:
            file = "" if journey is None else f" and journey file {journey[:12]}…"
            raise Problem(
                "BUNDLE_GONE",
                f"Expected bundle {bundle_id!r}{file} in the registry, which this decision was made with:"
                f" {error.code}. Put it back to replay the decision.",
            ) from error
