"""What a bundle says of itself, and nothing where it says nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from models.registry import Registry, Role
from nba_service.console.facts.bundle_facts import Check, bundle_facts, gain_of

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_roles_come_from_the_registry(registry: Path) -> None:
    made = Registry(registry)
    made.trials.begin(Role.CHALLENGER, "b-2", "to compare", NOW, share=0.1, check=lambda _: None)
    found = {one.bundle: one for one in bundle_facts(made)}

    assert (found["b-1"].role, found["b-1"].reason) == ("champion", "first")
    assert (found["b-2"].role, found["b-2"].share, found["b-2"].since) == ("challenger", 0.1, NOW)
    assert found["b-1"].short == "1"


def test_an_empty_registry_has_none(tmp_path: Path) -> None:
    assert bundle_facts(Registry(tmp_path / "none")) == []


def test_a_gain_is_proved_above_zero() -> None:
    def metrics(low: float) -> dict[str, object]:
        return {"policy_value": {"ours_minus": {"do nothing": {"value": 5.0, "low": low, "high": 9.0}}}}

    assert gain_of({}) is None
    assert gain_of({"policy_value": {"reason": "no log"}}) is None
    assert [gain_of(metrics(low)).proved for low in (1.0, -1.0)] == [True, False]  # type: ignore[union-attr]


def test_a_bar_is_drawn_only_where_less_is_better() -> None:
    drawn = Check(name="drift_scores", value=0.1, bound=0.2, passed=True, sentence="")
    assert drawn.drawn
    assert not Check(name="coverage", value=0.9, bound=0.05, passed=True, sentence="").drawn
    assert not Check(name="balance", value=None, bound=5.0, passed=True, sentence="").drawn
