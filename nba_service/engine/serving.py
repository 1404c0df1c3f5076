"""An engine and what belongs to it.

Loaded from a registry and a journey file, and swapped as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from models.domain.journey import Journey
from models.errors import NBAError
from models.policy.eligibility.certainty import Certainty
from models.policy.engine import Engine
from models.policy.explain.explanation import Explainer
from models.registry import Registry
from nba_service.content.render import Renderer
from nba_service.engine.loading import NO_BUNDLE, load_engine, load_past_engine
from nba_service.engine.names import Names
from nba_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Serving:
    """An engine and what belongs to it."""

    engine: Engine
    renderer: Renderer
    explainer: Explainer
    names: Names
    certainty: Certainty
    copied: bool = False  # from the copy on this host, because the registry is away

    @classmethod
    def of(cls, engine: Engine) -> Serving:
        journey = engine.journey
        return cls(engine, Renderer(journey), Explainer(engine), Names.of(journey), Certainty(journey))

    def learned(self, engine: Engine) -> Serving:
        """The same with another state of the engine."""
        return replace(self, engine=engine, explainer=Explainer(engine))

    def playbook(self) -> Serving:
        """The journey file alone, for when the models fail."""
        return Serving.of(Engine(self.journey, None, NO_BUNDLE))

    @property
    def update(self) -> str | None:
        """Version of the update on top of the models; None: there is none."""
        return None if self.engine.update is None else self.engine.update.version

    @property
    def journey(self) -> Journey:
        return self.engine.journey

    @property
    def bundle_id(self) -> str:
        return self.engine.bundle_id


def load_champion(settings: Settings) -> Serving | None:
    """What decides now; None if there is no champion or it does not load: each worker says so for itself."""
    try:
        bundle_id = Registry(settings.registry).champion()
        return None if bundle_id is None else load_serving(settings, bundle_id)
    except (NBAError, OSError):
        return None


def load_serving(settings: Settings, bundle_id: str | None) -> Serving:
    """The engine of a bundle, or of the journey file alone, and what belongs to it; see ``load_engine``."""
    return Serving.of(load_engine(settings.registry, settings.journey, bundle_id))


@lru_cache(maxsize=4)
def load_past_serving(settings: Settings, bundle_id: str, journey: str | None) -> Serving:
    """The engine of a bundle with the journey file of a hash (None: the one it would have now)."""
    if journey is None:
        return load_serving(settings, None if bundle_id == NO_BUNDLE else bundle_id)
    return Serving.of(load_past_engine(settings.registry, bundle_id, journey))
