"""Which engine decides: the champion of the registry, loaded, checked and swapped while requests run.

Knows the registry's alias and how to try a bundle out in a child process; knows nothing of HTTP. One
reference is swapped; a decision that has begun keeps the engine it began with. A bundle that is refused
leaves the old one in place. The polling thread starts after the fork, on first use in each process.
"""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import structlog

from models.domain.journey import Journey
from models.errors import NBAError, RegistryError
from models.policy.eligibility.certainty import Certainty
from models.policy.engine import Engine
from models.policy.explain.explanation import Explainer
from models.registry import Registry, Role, Trial
from nba_service.content.render import Renderer
from nba_service.decisions.checks import Names
from nba_service.engine.child import check_in_child
from nba_service.engine.learning import Learning
from nba_service.engine.loading import NO_BUNDLE, load_engine, load_past_engine
from nba_service.engine.local_copy import last_good
from nba_service.engine.trials import challenged
from nba_service.errors import Problem
from nba_service.settings import Settings
from nba_service.telemetry.metrics import Metrics

_LEARN_AGAIN_SECONDS: Final = 30.0  # after a count that failed or took too long
PAST_UPDATES: Final = 16
"""Engines with updates of the past that are kept for the next replay."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """An engine and what belongs to it; swapped as a whole."""

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
        self._last_good = last_good(settings)
        self._poll = poll
        self._lock = threading.Lock()
        self._swap = threading.Lock()
        self._learning = learning
        self._metrics = metrics
        self._loaded = champion
        self._base: Serving | None = None  # without any update
        self._serving: Serving | None = None
        self._past: dict[tuple[str, str | None, str], Serving] = {}
        self._pid = -1
        self._stop = threading.Event()
        self._trials: dict[Role, tuple[Trial, Serving]] = {}
        self.refused: dict[str, str] = {}  # bundle → why
        self.refusals = 0

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
        champion = self.current()
        found = self._trials.get(Role.CHALLENGER)
        if found is None:
            return champion
        trial, serving = found
        return serving if challenged(customer_id, trial.bundle, trial.share or 0.0) else champion

    def shadow(self) -> Engine | None:
        """The engine that is computed beside the one that decides."""
        found = self._trials.get(Role.SHADOW)
        return None if found is None else found[1].engine

    def trials(self) -> dict[Role, Trial]:
        """The bundles on trial that this process has loaded."""
        return {role: trial for role, (trial, _) in self._trials.items()}

    def of_bundle(self, bundle_id: str, journey: str | None = None, update: str | None = None) -> Serving:
        """The engine of a bundle, with the journey file of that hash (None: the one it would have now).

        Args:
            update: version of the update that lay on its models; None: none did.

        Raises:
            Problem: ``BUNDLE_GONE``, when one of them is not there any more or cannot be loaded.
        """
        base = self._of_bundle(bundle_id, journey)
        if update is None:
            return base
        key = (bundle_id, base.journey.sha256, update)
        if key not in self._past:
            if len(self._past) >= PAST_UPDATES:
                self._past.clear()
            self._past[key] = self._with_update(base, update)
        return self._past[key]

    def _with_update(self, base: Serving, version: str) -> Serving:
        engine = None if self._learning is None else self._learning.updated(base.engine, version)
        if engine is None:
            raise Problem(
                "BUNDLE_GONE",
                f"Expected update {version!r} of bundle {base.bundle_id!r} in the store, which this decision"
                " was made with. It is not there: the store was restored or replaced since.",
            )
        return base.learned(engine)

    def _of_bundle(self, bundle_id: str, journey: str | None) -> Serving:
        self.current()
        base = self._base
        if base and base.bundle_id == bundle_id and journey in (None, base.journey.sha256):
            return base
        try:
            return _load_past(self._settings, bundle_id, journey)
        except NBAError as error:
            file = "" if journey is None else f" and journey file {journey[:12]}…"
            raise Problem(
                "BUNDLE_GONE",
                f"Expected bundle {bundle_id!r}{file} in the registry, which this decision was made with:"
                f" {error.code}. Put it back to replay the decision.",
            ) from error

    def bundles(self) -> list[tuple[str, bool]]:
        """Id of every bundle of the registry, and whether it is the champion; newest first."""
        return [(entry.bundle_id, entry.champion) for entry in self._registry.bundles()]

    def look(self) -> None:
        """Compare the aliases with what is served, and swap what is new and passes its check.

        What decides is copied to the local disk, for a process that starts while the registry is away.
        """
        self._look_for_champion()
        self._look_for_trials()
        serving = self._serving
        if serving is not None and serving.bundle_id != NO_BUNDLE and not serving.copied:
            self._last_good.keep(self._registry, serving.bundle_id)

    def _look_for_trials(self) -> None:
        found: dict[Role, tuple[Trial, Serving]] = {}
        for role in Role:
            trial = self._registry.trials.current(role)
            serving = self._serving
            if trial is None or (serving is not None and trial.bundle == serving.bundle_id):
                continue
            had = self._trials.get(role)
            loaded = had[1] if had and had[0].bundle == trial.bundle else self._try(trial.bundle)
            if loaded is not None:
                found[role] = (trial, loaded)
        if found.keys() != self._trials.keys() or any(found[r][0] != self._trials[r][0] for r in found):
            log.info("trials_changed", **{role.value: trial.bundle for role, (trial, _) in found.items()})
        self._trials = found

    def _try(self, bundle_id: str) -> Serving | None:
        """A bundle on trial; None: it was refused, and is not tried again until it is another."""
        if bundle_id in self.refused:
            return None
        try:
            check_in_child(self._settings, bundle_id)
            return load_serving(self._settings, bundle_id)
        except NBAError as error:
            self.refused = {**self.refused, bundle_id: f"{error.code}: {error}"}
            self._count_refusal()
            log.error("bundle_refused", bundle=bundle_id, code=error.code, detail=str(error))
            return None

    def _look_for_champion(self) -> None:
        wanted = self._registry.champion()
        serving = self._serving
        if wanted is None or wanted in self.refused:
            return
        if serving and serving.bundle_id == wanted and not serving.copied:
            return
        try:
            check_in_child(self._settings, wanted)
            loaded = load_serving(self._settings, wanted)
        except NBAError as error:
            self.refused = {wanted: f"{error.code}: {error}"}
            self._count_refusal()
            log.error("bundle_refused", bundle=wanted, code=error.code, detail=str(error))
            return
        with self._swap:
            self._base = self._serving = loaded
        self.refused = {}
        self._count_load(loaded, serving)
        log.info("bundle_swapped", bundle=wanted, before=serving.bundle_id if serving else None)

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
        learned = base if version is None else self._with_update(base, version)
        with self._swap:
            if self._base is base:  # else another bundle decides by now
                self._serving = learned

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

    def start(self) -> None:
        """Load and poll in this process; called by a worker once it has been forked."""
        self.current()

    def stop(self) -> None:
        self._stop.set()

    def _begin(self) -> None:
        """First use in this process: load, then poll."""
        self._pid = os.getpid()
        self._stop = threading.Event()
        self._base = self._serving = self._first()
        self._count_load(self._serving, None)
        self._learn_quietly()
        with suppress(NBAError, OSError):
            self._look_for_trials()
        if self._poll:
            for name, work in (("nba-bundles", self._watch), ("nba-learning", self._keep_learning)):
                threading.Thread(target=work, args=(self._stop,), name=name, daemon=True).start()

    def _first(self) -> Serving | None:
        """The champion; if it is broken the newest champion before it that is not; else the playbook.

        Without a registry, or when nothing in it loads: the copy of the bundle that decided last.
        """
        champions = self._once_champions()
        for bundle_id in champions:
            try:
                return self._shared(bundle_id) or load_serving(self._settings, bundle_id)
            except NBAError as error:
                self.refused = {**self.refused, bundle_id: f"{error.code}: {error}"}
                self._count_refusal()
                log.error("bundle_refused", bundle=bundle_id, code=error.code, detail=str(error))
        kept = self._last_good
        copied = self._load_copy(kept.bundle_id() if champions else kept.instead_of(self._registry))
        if copied is not None or self._settings.journey is None:
            return copied
        return load_serving(self._settings, None)

    def _shared(self, bundle_id: str) -> Serving | None:
        """The champion that was loaded before the fork, if that is still what would be loaded now."""
        found, own = self._loaded, self._settings.journey
        if found is None or found.bundle_id != bundle_id:
            return None
        try:
            same = own is None or hashlib.sha256(own.read_bytes()).hexdigest() == found.journey.sha256
        except OSError:
            return None
        return found if same else None

    def _load_copy(self, bundle_id: str | None) -> Serving | None:
        if bundle_id is None:
            return None
        log.error("registry_unavailable", registry=str(self._settings.registry), bundle=bundle_id)
        try:
            found = load_serving(replace(self._settings, registry=self._last_good.root), bundle_id)
        except NBAError as error:
            self.refused = {**self.refused, f"{bundle_id} (copy)": f"{error.code}: {error}"}
            self._count_refusal()
            return None
        return replace(found, copied=True)

    def _once_champions(self) -> list[str]:
        """The champion and those before it, the latest first."""
        try:
            promotion = self._registry.current()
        except RegistryError as error:
            self.refused = {"(alias)": f"{error.code}: {error}"}
            return []
        except OSError as error:
            self.refused = {"(alias)": f"{RegistryError.code}: {self._registry.root}: {error.strerror}"}
            return []
        return [] if promotion is None else [promotion.bundle, *reversed(promotion.earlier)]

    def _count_load(self, now: Serving | None, before: Serving | None) -> None:
        if self._metrics is not None and now is not None:
            self._metrics.bundle_loaded(now.bundle_id, before.bundle_id if before else None)

    def _count_refusal(self) -> None:
        self.refusals += 1
        if self._metrics is not None:
            self._metrics.bundle_refused()

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(self._settings.poll_seconds):
            try:
                self.look()
            except Exception:  # the thread must outlive whatever a registry on a network does
                log.exception("registry_unreadable")

    def _keep_learning(self, stop: threading.Event) -> None:
        """In a thread of its own: a count that takes long must not hold up a rollback."""
        pause = self._settings.poll_seconds
        while not stop.wait(pause):
            pause = self._settings.poll_seconds if self._learn_quietly() else _LEARN_AGAIN_SECONDS

    def _not_ready(self) -> str:
        refused = "; ".join(f"bundle {name}: {why}" for name, why in self.refused.items())
        return (
            f"Expected a champion bundle in {self._settings.registry} or a journey file in NBA_JOURNEY, got "
            f"{refused or 'neither'}. Train (`nba train`) or promote (`nba promote`) one, or set NBA_JOURNEY."
        )


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
def _load_past(settings: Settings, bundle_id: str, journey: str | None) -> Serving:
    if journey is None:
        return load_serving(settings, None if bundle_id == NO_BUNDLE else bundle_id)
    return Serving.of(load_past_engine(settings.registry, bundle_id, journey))
