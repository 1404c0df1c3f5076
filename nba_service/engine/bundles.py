"""Which bundle decides, changed over HTTP.

``nba promote`` and ``nba rollback`` do the same on the machine. Knows the registry and its gate; the workers
follow its aliases by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from models.bundle.gate import admit
from models.errors import BundleError, GateError, RegistryError
from models.registry import Registry, Role
from nba_service.errors import Problem
from nba_service.settings import Settings

CHAMPION = "champion"


class Bundles:
    """Switches of one registry.

    An instance per call: a registry is not for several threads.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._root = settings.registry
        self._clock = clock

    def promote(
        self, bundle_id: str, *, reason: str, role: str = CHAMPION, share: float | None = None
    ) -> dict[str, Any]:
        """Put a bundle into a role.

        Raises:
            Problem: ``BUNDLE_UNKNOWN``, or ``BUNDLE_REFUSED``: it does not load, or the gate or the role
                does not let it.
        """
        registry = self._known(bundle_id)
        try:
            if role != CHAMPION:
                registry.trials.begin(Role(role), bundle_id, reason, self._clock(), share=share, admit=admit)
            elif share is not None:
                raise RegistryError("A champion decides for all; leave the share out.")
            else:
                registry.promote(bundle_id, reason, self._clock(), admit=admit)
        except (RegistryError, BundleError, GateError) as error:
            raise Problem("BUNDLE_REFUSED", str(error)) from error
        return {"bundle": bundle_id, "role": role, "share": share}

    def rollback(self, bundle_id: str, *, reason: str) -> dict[str, Any]:
        """Take a bundle out of its role; raises as ``promote``."""
        registry = self._known(bundle_id)
        try:
            for role in Role:
                trial = registry.trials.current(role)
                if trial is not None and trial.bundle == bundle_id:
                    registry.trials.end(role, reason, self._clock())
                    return {"bundle": None, "role": role.value, "share": None}
            if registry.champion() != bundle_id:
                raise RegistryError(f"Bundle {bundle_id!r} has no role, so there is nothing to take back.")
            promotion = registry.rollback(reason, self._clock())
        except (RegistryError, BundleError) as error:
            raise Problem("BUNDLE_REFUSED", str(error)) from error
        return {"bundle": promotion.bundle, "role": CHAMPION, "share": None}

    def _known(self, bundle_id: str) -> Registry:
        registry = Registry(self._root)
        try:
            registry.path(bundle_id)
        except RegistryError:
            raise Problem(
                "BUNDLE_UNKNOWN",
                f"Expected the id of a bundle of the registry, got {bundle_id[:100]!r}. GET /v1/bundles lists"
                " them.",
            ) from None
        return registry
