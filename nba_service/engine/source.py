"""Which engine decides.

The champion of the registry, loaded, checked and swapped while requests run. Knows the registry's aliases;
knows nothing of HTTP. One reference is swapped; a decision that has begun keeps the engine it began with. A
bundle that is refused leaves the old one in place. Watching begins after the fork, on first use in each
process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import suppress

import structlog

from models.errors import NBAError
from models.policy.engine import Engine
from models.registry import Registry, Role, Trial
from nba_service.engine.bundle_loader import BundleLoader
from nba_service.engine.learning import Learning
from nba_service.engine.loading import NO_BUNDLE
from nba_service.engine.past_engines import PastEngines
from nba_service.engine.serving import Serving
from nba_service.engine.trials import LoadedTrials
from nba_service.engine.warm_up import warm_up
from nba_service.engine.watcher import Watcher
from nba_service.errors import Problem
from nba_service.settings import Settings
from nba_service.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class EngineSource:
    """Hands out the engine that decides now."""

    def __init__(
        self,
        settings: Settings,
        *,
        poll: bool = True,
        learning: Learning | None = None,
        metrics: Metrics | None = None,
        champion: Serving | None = None,
    ) -> None:
        """``learning``: what keeps the propensities up to date between trainings; None: nothing does.

        ``metrics``: counts loads and refusals; None: nobody does. ``champion``: loaded before the fork, so
        that workers share its memory; used while it is the champion, with the journey file as it is now.
        """
        self._settings = settings
        self._registry = Registry(settings.registry)
        self._loader = BundleLoader(settings, self._registry, metrics, champion)
        self._trials = LoadedTrials(self._registry, self._loader.tried)
        self._past = PastEngines(settings, learning)
        self._watcher = Watcher(self.look, self._learn_quietly, settings.poll_seconds) if poll else None
        self._learning = learning
        self._metrics = metrics
        self._lock = threading.Lock()
        self._swap = threading.Lock()
        self._base: Serving | None = None  # without any update
        self._serving: Serving | None = None
        self._pid = -1

    @property
    def refused(self) -> Mapping[str, str]:
        """Bundles that this process would not load, and why."""
        return self._loader.refused

    @property
    def refusals(self) -> int:
        """How often a bundle was refused."""
        return self._loader.refusals

    def current(self) -> Serving:
        """The engine of this moment.

        Raises:
            Problem: ``NOT_READY``, when there is neither a champion nor a journey file.
        """
        if self._serving is None or self._pid != os.getpid():
            with self._lock:
                if self._serving is None or self._pid != os.getpid():
                    self._begin()
        if self._serving is None:
            raise Problem("NOT_READY", self._not_ready())
        return self._serving

    def deciding(self, customer_id: str) -> Serving:
        """The engine that decides for a customer: the challenger's for its share, else the champion's."""
        return self._trials.deciding(customer_id, self.current())

    def shadow(self) -> Engine | None:
        """The engine that is computed next to the one that decides."""
        shadow = self._trials.shadow()
        return None if shadow is None else shadow.engine

    def trials(self) -> dict[Role, Trial]:
        """The bundles on trial that this process has loaded."""
        return self._trials.trials()

    def of_bundle(self, bundle_id: str, journey: str | None = None, update: str | None = None) -> Serving:
        """The engine of a bundle, with the journey file of that hash and an update; see ``PastEngines``."""
        self.current()
        return self._past.find(self._base, bundle_id, journey, update)

    def bundles(self) -> list[tuple[str, bool]]:
        """Id of every bundle of the registry, and whether it is the champion; newest first."""
        return [(entry.bundle_id, entry.champion) for entry in self._registry.bundles()]

    def look(self) -> None:
        """Compare the aliases with what is served, and swap what is new and passes its check."""
        self._look_for_champion()
        serving = self._serving
        self._trials.look(serving.bundle_id if serving else None)
        if serving is not None and serving.bundle_id != NO_BUNDLE and not serving.copied:
            self._loader.copy_locally(serving)

    def learn(self) -> None:
        """Put the newest update of the propensities on top of the models that decide.

        Raises:
            StoreError: the store does not answer; what decides stays as it is.
        """
        base, serving = self._base, self._serving
        if self._learning is None or base is None or serving is None:
            return
        version = self._learning.newest(base.engine)
        if version == serving.update:
            return
        learned = base if version is None else self._past.with_update(base, version)
        with self._swap:
            if self._base is base:  # else another bundle decides by now
                self._serving = learned

    def start(self) -> None:
        """Load and poll in this process; called by a worker once it has been forked."""
        warm_up(self.current())

    def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()

    def _begin(self) -> None:
        """First use in this process: load, then poll."""
        self._pid = os.getpid()
        self._base = self._serving = self._loader.first()
        self._count_load(self._serving, None)
        self._learn_quietly()
        with suppress(NBAError, OSError):
            self._trials.look(self._serving.bundle_id if self._serving else None)
        if self._watcher is not None:
            self._watcher.start()

    def _look_for_champion(self) -> None:
        wanted, serving = self._registry.champion(), self._serving
        if wanted is None or (serving and serving.bundle_id == wanted and not serving.copied):
            return
        loaded = self._loader.tried_champion(wanted)
        if loaded is None:
            return
        warm_up(loaded)
        with self._swap:
            self._base = self._serving = loaded
        self._count_load(loaded, serving)
        log.info("bundle_swapped", bundle=wanted, before=serving.bundle_id if serving else None)

    def _learn_quietly(self) -> bool:
        """Whether that went well."""
        try:
            self.learn()
            return True
        except NBAError as error:
            log.warning("update_skipped", code=error.code, detail=str(error))
        except Exception:  # what decides without an update must not end because of one
            log.exception("update_failed")
        return False

    def _count_load(self, now: Serving | None, before: Serving | None) -> None:
        if self._metrics is not None and now is not None:
            self._metrics.bundle_loaded(now.bundle_id, before.bundle_id if before else None)

    def _not_ready(self) -> str:
        refused = "; ".join(f"bundle {name}: {why}" for name, why in self.refused.items())
        return (
            f"Expected a champion bundle in {self._settings.registry} or a journey file in NBA_JOURNEY, got "
            f"{refused or 'neither'}. Train (`nba train`) or promote (`nba promote`) one, or set NBA_JOURNEY."
        )
