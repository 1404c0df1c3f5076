"""The gate at promotion: what passed goes through, what did not needs force, and force is remembered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.bundle import Provenance
from models.bundle.gate import BINDS_THE_FIRST, GateCheck, Verdict, admit, admit_first, overrule
from models.errors import GateError
from models.registry import Registry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def check(name: str, *, passed: bool = True, comparative: bool = False) -> GateCheck:
    return GateCheck(
        name=name, value=0.1, threshold=0.2, passed=passed, sentence=f"{name}!", comparative=comparative
    )


CALIBRATED, UNCALIBRATED = check("calibration"), check("calibration", passed=False)
BETTER, WORSE = check("gain", comparative=True), check("gain", passed=False, comparative=True)


def names(verdict: Verdict, champion: str | None) -> list[str]:
    return [objection.name for objection in verdict.objections(champion)]


@pytest.mark.parametrize(
    ("checks", "champion", "objections"),
    [
        ((CALIBRATED, BETTER), "b-0", []),
        ((CALIBRATED, WORSE), "b-0", ["gain"]),
        ((UNCALIBRATED, WORSE), "b-0", ["calibration", "gain"]),
        ((CALIBRATED, WORSE), None, []),  # nobody to be worse than
        ((UNCALIBRATED, BETTER), None, ["calibration"]),
        ((CALIBRATED, BETTER), "b-9", ["other_champion"]),
        ((UNCALIBRATED, WORSE), "b-9", ["calibration", "other_champion"]),
    ],
)
def test_a_comparison_counts_only_with_the_champion_that_decides(
    checks: tuple[GateCheck, ...], champion: str | None, objections: list[str]
) -> None:
    assert names(Verdict(champion="b-0", checks=checks), champion) == objections


def test_a_first_bundle_is_not_promoted_past_a_champion_it_never_met() -> None:
    assert names(Verdict(champion=None, checks=(CALIBRATED,)), "b-1") == ["other_champion"]


def test_a_verdict_survives_the_manifest() -> None:
    verdict = Verdict(champion="b-0", checks=(CALIBRATED, WORSE))

    stored = verdict.to_json()

    assert Verdict.from_json(stored) == verdict
    assert stored["passed"] is False


Publish = Callable[[str, Any], None]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


@pytest.fixture
def publish(registry: Registry, tmp_path: Path, save_tiny_bundle: Callable[..., object]) -> Publish:
    def add(name: str, gate: Any) -> None:
        extra = {} if gate is None else {"gate": gate}
        save_tiny_bundle(tmp_path / name, bundle_id=name, provenance=Provenance(extra=extra))
        registry.add(tmp_path / name, name)

    return add


def loads(_: Path) -> str | None:
    return None


@pytest.mark.parametrize("gate", [None, {"passed": True}, "passed"])
def test_a_bundle_without_a_verdict_is_refused(registry: Registry, publish: Publish, gate: Any) -> None:
    publish("b-1", gate)

    with pytest.raises(GateError, match=r"b-1.*not promoted[\s\S]*not_judged"):
        registry.promote("b-1", "why not", NOW, check=loads, admit=admit)
    assert registry.champion() is None
    assert registry.history() == ()


@pytest.mark.parametrize("name", sorted(BINDS_THE_FIRST))
def test_the_first_bundle_may_not_be_worse_than_something_simple(
    registry: Registry, publish: Publish, name: str
) -> None:
    """It is left to a person, who says why; until then the playbook decides."""
    poor = GateCheck(name=name, value=-1, threshold=0, passed=False, sentence="Doing nothing earns more.")
    publish("b-1", Verdict(champion=None, checks=(poor,)).to_json())

    with pytest.raises(GateError, match="Doing nothing earns more"):
        registry.promote("b-1", "the first", NOW, check=loads, admit=admit_first)
    assert registry.champion() is None
    registry.promote("b-1", "agreed with marketing", NOW, check=loads, admit=overrule)

    assert registry.champion() == "b-1"
    assert registry.history()[0]["overruled"] == [name]


def test_where_nothing_decides_yet_calibration_stops_no_bundle(registry: Registry, publish: Publish) -> None:
    """No model is worse than one that is off somewhere; a must-not of the business stays a must-not."""
    golden = GateCheck(
        name="golden_decisions", value=1, threshold=0, passed=False, sentence="Tenants would get panels."
    )
    publish("b-1", Verdict(champion=None, checks=(golden,)).to_json())
    publish("b-2", Verdict(champion=None, checks=(UNCALIBRATED,)).to_json())
    publish("b-3", Verdict(champion="b-2", checks=(UNCALIBRATED,)).to_json())

    with pytest.raises(GateError, match="Tenants would get panels"):
        registry.promote("b-1", "the first", NOW, check=loads, admit=admit_first)
    registry.promote("b-2", "the first", NOW, check=loads, admit=admit_first)
    with pytest.raises(GateError, match="calibration"):
        registry.promote("b-3", "the second", NOW, check=loads, admit=admit_first)

    assert registry.champion() == "b-2"
    (line,) = registry.history()
    assert line["overruled"] == ["calibration"]


def test_force_promotes_and_the_history_says_what_it_overruled(registry: Registry, publish: Publish) -> None:
    publish("b-1", Verdict(champion=None, checks=(UNCALIBRATED,)).to_json())

    with pytest.raises(GateError, match="calibration!"):
        registry.promote("b-1", "try", NOW, check=loads, admit=admit)
    registry.promote("b-1", "agreed with marketing", NOW, check=loads, admit=overrule)

    assert registry.champion() == "b-1"
    (line,) = registry.history()
    assert line["forced"] is True
    assert line["overruled"] == ["calibration"]
    assert line["reason"] == "agreed with marketing"


def test_force_that_was_not_needed_leaves_no_mark(registry: Registry, publish: Publish) -> None:
    publish("b-1", Verdict(champion=None, checks=(CALIBRATED,)).to_json())

    registry.promote("b-1", "first", NOW, check=loads, admit=overrule)

    assert "forced" not in registry.history()[0]


def test_the_champion_is_asked_about_when_the_switch_happens(registry: Registry, publish: Publish) -> None:
    """b-2 was judged against nobody; once b-1 decides, that verdict is too old."""
    verdict = Verdict(champion=None, checks=(CALIBRATED,)).to_json()
    for name in ("b-1", "b-2"):
        publish(name, verdict)
    registry.promote("b-1", "first", NOW, check=loads, admit=admit)

    with pytest.raises(GateError, match="other_champion"):
        registry.promote("b-2", "second", NOW, check=loads, admit=admit)
    assert registry.champion() == "b-1"
