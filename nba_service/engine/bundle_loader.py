"""Loads bundles, and remembers which were refused and why.

A process starts with what loads: the champion, one of the champions before it, the copy on this host, or the
playbook. Later a bundle must pass a check in a child process first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import structlog

from models.errors import NBAError, RegistryError
from models.registry import Registry
from nba_service.engine.child import check_in_child
from nba_service.engine.local_copy import last_good
from nba_service.engine.serving import Serving, load_serving
from nba_service.settings import Settings
from nba_service.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)


class BundleLoader:
    """Loads the bundles of one registry.

    ``refused``: those that did not load, and why.
    """

    def __init__(
        self, settings: Settings, registry: Registry, metrics: Metrics | None, preloaded: Serving | None
    ) -> None:
        """``preloaded``: the champion as it was before the fork; used while it is still what would load."""
        self._settings = settings
        self._registry = registry
        self._metrics = metrics
        self._preloaded = preloaded
        self._local_copy = last_good(settings)
        self.refused: Mapping[str, str] = {}
        self.refusals = 0

    def first(self) -> Serving | None:
        """The champion; if it is broken the newest champion before it that is not; else the playbook.

        Without a registry, or when nothing in it loads: the copy of the bundle that decided last.
        """
        champions = self._champions()
        for bundle_id in champions:
            try:
                return self._if_preloaded(bundle_id) or load_serving(self._settings, bundle_id)
            except NBAError as error:
                self._refuse(bundle_id, error)
        copy = self._local_copy
        copied = self._load_copy(copy.bundle_id() if champions else copy.instead_of(self._registry))
        if copied is not None or self._settings.journey is None:
            return copied
        return load_serving(self._settings, None)

    def tried(self, bundle_id: str) -> Serving | None:
        """A bundle that passed its check; None: it is refused, and not tried again until it is another."""
        if bundle_id in self.refused:
            return None
        try:
            check_in_child(self._settings, bundle_id)
            return load_serving(self._settings, bundle_id)
        except NBAError as error:
            self._refuse(bundle_id, error)
            return None

    def tried_champion(self, bundle_id: str) -> Serving | None:
        """As ``tried``; all refusals before this one are forgotten, so those bundles may be tried again."""
        if bundle_id in self.refused:
            return None
        champion = self.tried(bundle_id)
        self.refused = {bundle_id: self.refused[bundle_id]} if champion is None else {}
        return champion

    def copy_locally(self, serving: Serving) -> None:
        """Copy what decides to the local disk, for a process that starts while the registry is away."""
        self._local_copy.keep(self._registry, serving.bundle_id)

    def _if_preloaded(self, bundle_id: str) -> Serving | None:
        """The champion that was loaded before the fork, if that is still what would be loaded now."""
        preloaded, own = self._preloaded, self._settings.journey
        if preloaded is None or preloaded.bundle_id != bundle_id:
            return None
        try:
            same = own is None or hashlib.sha256(own.read_bytes()).hexdigest() == preloaded.journey.sha256
        except OSError:
            return None
        return preloaded if same else None

    def _load_copy(self, bundle_id: str | None) -> Serving | None:
        if bundle_id is None:
            return None
        log.error("registry_unavailable", registry=str(self._settings.registry), bundle=bundle_id)
        try:
            copy = load_serving(replace(self._settings, registry=self._local_copy.root), bundle_id)
        except NBAError as error:
            self._remember(f"{bundle_id} (copy)", error)
            return None
        return replace(copy, copied=True)

    def _champions(self) -> list[str]:
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

    def _refuse(self, bundle_id: str, error: NBAError) -> None:
        self._remember(bundle_id, error)
        log.error("bundle_refused", bundle=bundle_id, code=error.code, detail=str(error))

    def _remember(self, name: str, error: NBAError) -> None:
        self.refused = {**self.refused, name: f"{error.code}: {error}"}
        self.refusals += 1
        if self._metrics is not None:
            self._metrics.bundle_refused()
