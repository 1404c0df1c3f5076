"""What a bundle says of itself.

Its gate, what it gains, what it promises. Reads manifests; an older one that lacks something gives nothing,
never an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from models.bundle import Manifest
from models.bundle.figures import EXTRA as FIGURES
from models.bundle.gate import EXTRA as GATE
from models.registry import Registry, Role

POINTS: Final = frozenset(
    {
        "calibration_propensity",
        "calibration_propensity_by_phase",
        "calibration_next_phase",
        "calibration_next_phase_by_phase",
    }
)
"""Checks whose figures are shares, shown in points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question of the gate, as a manifest has it."""

    name: str
    value: float | None
    bound: float | None
    passed: bool
    sentence: str

    @property
    def drawn(self) -> bool:
        """Whether a bar says something: below a bound, both known and none negative."""
        small = self.name in POINTS or self.name.startswith("drift") or self.name == "balance"
        return small and self.value is not None and self.bound is not None and self.bound > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """EUR a decision over doing nothing, from the log alone."""

    value: float
    low: float
    high: float

    @property
    def proved(self) -> bool:
        return self.low > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """One bundle. ``role``: champion, challenger, shadow or none."""

    bundle: str
    role: str
    since: datetime | None
    reason: str
    share: float | None
    created_at: datetime | None
    learned_from: datetime | None
    learned_until: datetime | None
    checks: tuple[Check, ...]
    gain: Gain | None
    promised: float | None
    error: float | None
    problem: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    promises: Sequence[Mapping[str, Any]] = ()
    moves: Sequence[Mapping[str, Any]] = ()
    effects: Sequence[Mapping[str, Any]] = ()
    phases: Sequence[Mapping[str, Any]] = ()

    @property
    def short(self) -> str:
        """The end of the id, which tells bundles apart."""
        return self.bundle.rsplit("-", 1)[-1]

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)


def bundle_facts(registry: Registry) -> list[BundleFacts]:
    """All bundles of a registry, the newest first."""
    champion = registry.current()
    trials = {role: registry.trials.current(role) for role in Role}
    found = []
    for entry in registry.bundles():
        role, since, reason, share = "", None, "", None
        if champion is not None and champion.bundle == entry.bundle_id:
            role, since, reason = "champion", champion.promoted_at, champion.reason
        for trial in trials.values():
            if trial is not None and trial.bundle == entry.bundle_id:
                role, since, reason, share = trial.role.value, trial.since, trial.reason, trial.share
        found.append(
            _facts(entry.bundle_id, entry.manifest, entry.problem, role, _moment(since), reason, share)
        )
    return found


def _facts(
    bundle: str,
    manifest: Manifest | None,
    problem: str | None,
    role: str,
    since: datetime | None,
    reason: str,
    share: float | None,
) -> BundleFacts:
    origin = None if manifest is None else manifest.provenance
    metrics: Mapping[str, Any] = {} if origin is None else origin.metrics
    extra: Mapping[str, Any] = {} if origin is None else origin.extra
    overall = _at(metrics, "response", "overall") or {}
    figures = extra.get(FIGURES) or {}
    return BundleFacts(
        bundle=bundle,
        role=role,
        since=since,
        reason=reason,
        share=share,
        created_at=None if manifest is None else manifest.created_at,
        learned_from=None if origin is None else origin.training_from,
        learned_until=None if origin is None else origin.training_until,
        checks=tuple(
            Check(
                name=one["name"], value=one["value"], bound=one["threshold"],
                passed=one["passed"], sentence=one["sentence"],
            )
            for one in _at(extra, GATE, "checks") or ()
        ),
        gain=gain_of(metrics),
        promised=overall.get("base_rate"),
        error=overall.get("calibration_error"),
        problem=problem or "",
        metrics=metrics,
        promises=figures.get("promises", ()),
        moves=figures.get("moves", ()),
        effects=figures.get("effects", ()),
        phases=figures.get("phases", ()),
    )  # fmt: skip


def policy_values(metrics: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    """What the bundle's choices gain over each other policy, as far as the log could tell."""
    found = _at(metrics, "policy_value", "ours_minus") or {}
    return {name: one for name, one in found.items() if isinstance(one, Mapping) and "low" in one}


def gain_of(metrics: Mapping[str, Any]) -> Gain | None:
    """What the bundle's choices gain over doing nothing, if the log could tell."""
    found = _at(metrics, "policy_value", "ours_minus", "do nothing")
    return None if found is None else Gain(value=found["value"], low=found["low"], high=found["high"])


def _at(tree: Any, *path: str) -> Any:
    for name in path:
        if not isinstance(tree, Mapping) or name not in tree:
            return None
        tree = tree[name]
    return tree


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
