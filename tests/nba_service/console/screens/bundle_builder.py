"""Bundles as a manifest would tell of them, for tests of screens."""

from __future__ import annotations

from nba_service.console.facts.bundle_facts import BundleFacts, Check, Gain


def facts(
    bundle: str = "b-1", role: str = "champion", gain: Gain | None = None, *failing: str
) -> BundleFacts:
    checks = tuple(
        Check(name=name, value=0.1, bound=0.2, passed=name not in failing, sentence="so it is")
        for name in ("calibration_propensity", "drift_scores", "coverage", "golden_decisions")
    )
    return BundleFacts(
        bundle=bundle,
        role=role,
        since=None,
        reason="",
        share=None,
        created_at=None,
        learned_from=None,
        learned_until=None,
        checks=checks,
        gain=gain,
        promised=None,
        error=None,
        problem="",
    )
