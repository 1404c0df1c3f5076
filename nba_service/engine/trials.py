"""Bundles on trial.

The challenger, which decides for a share of the customers, and the shadow. The same customer is always on the
same side of a trial, in every process: the share is a hash of the id, salted with the challenger's. Knows
nothing of stores or HTTP.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from models.registry import Registry, Role, Trial
from models.uniform_hash import uniform_hash
from nba_service.engine.serving import Serving

log = structlog.get_logger(__name__)


def challenged(customer_id: str, bundle_id: str, share: float) -> bool:
    """Whether the challenger ``bundle_id`` decides for this customer."""
    return uniform_hash(f"{bundle_id}\x00{customer_id}") < share


class LoadedTrials:
    """The bundles on trial that this process has loaded."""

    def __init__(self, registry: Registry, load: Callable[[str], Serving | None]) -> None:
        """``load``: a bundle that passed its check; None: it is refused."""
        self._registry = registry
        self._load = load
        self._loaded: dict[Role, tuple[Trial, Serving]] = {}

    def look(self, champion: str | None) -> None:
        """Load what the registry has on trial now; the champion itself is never on trial."""
        loaded: dict[Role, tuple[Trial, Serving]] = {}
        for role in Role:
            trial = self._registry.trials.current(role)
            if trial is None or trial.bundle == champion:
                continue
            before = self._loaded.get(role)
            same = before is not None and before[0].bundle == trial.bundle
            serving = before[1] if before and same else self._load(trial.bundle)
            if serving is not None:
                loaded[role] = (trial, serving)
        now = {role: trial for role, (trial, _) in loaded.items()}
        if now != self.trials():
            log.info("trials_changed", **{role.value: trial.bundle for role, trial in now.items()})
        self._loaded = loaded

    def deciding(self, customer_id: str, champion: Serving) -> Serving:
        """The challenger for its share of the customers, else the champion."""
        challenger = self._loaded.get(Role.CHALLENGER)
        if challenger is None:
            return champion
        trial, serving = challenger
        return serving if challenged(customer_id, trial.bundle, trial.share or 0.0) else champion

    def shadow(self) -> Serving | None:
        """What is computed next to what decides."""
        shadow = self._loaded.get(Role.SHADOW)
        return None if shadow is None else shadow[1]

    def trials(self) -> dict[Role, Trial]:
        """Each role's trial."""
        return {role: trial for role, (trial, _) in self._loaded.items()}
