"""Roles of bundles, changed over HTTP: what is refused has a code and a reason."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.bundle import Provenance
from models.bundle.gate import GateCheck, Verdict
from models.registry import Registry, Role
from nba_service.engine.bundles import Bundles
from nba_service.errors import Problem
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory, save_tiny_bundle: Callable[..., object]) -> Path:
    """Bundles that passed the gate (b-1, b-2) and one that did not (b-3); no champion."""
    root = tmp_path_factory.mktemp("gated")
    poor = GateCheck(name="gain", value=-1.0, threshold=0.0, passed=False, sentence="It loses a euro.")
    for name, checks in (("b-1", ()), ("b-2", ()), ("b-3", (poor,))):
        gate = Verdict(champion="b-1", checks=checks).to_json()
        save_tiny_bundle(root / "new" / name, bundle_id=name, provenance=Provenance(extra={"gate": gate}))
        Registry(root).add(root / "new" / name, name)
    Registry(root).promote("b-1", "first", NOW, check=lambda _: None)
    return root


@pytest.fixture
def root(gated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gated, tmp_path / "gated"))


@pytest.fixture
def bundles(root: Path) -> Bundles:
    return Bundles(Settings(registry=root), lambda: NOW)


def refused(problem: pytest.ExceptionInfo[Problem]) -> tuple[str, int]:
    return problem.value.kind, problem.value.status


def test_a_promoted_bundle_decides_until_it_is_taken_back_and_the_log_says_why(
    bundles: Bundles, root: Path
) -> None:
    registry = Registry(root)

    assert bundles.promote("b-2", reason="better") == {"bundle": "b-2", "role": "champion", "share": None}
    assert registry.champion() == "b-2"
    assert bundles.rollback("b-2", reason="worse") == {"bundle": "b-1", "role": "champion", "share": None}
    assert registry.champion() == "b-1"
    assert [(line["bundle"], line["reason"]) for line in registry.history()] == [
        ("b-1", "first"),
        ("b-2", "better"),
        ("b-1", "worse"),
    ]


def test_what_did_not_pass_the_gate_stays_outside(bundles: Bundles, root: Path) -> None:
    with pytest.raises(Problem, match="gain: It loses a euro") as problem:
        bundles.promote("b-3", reason="try")

    assert refused(problem) == ("BUNDLE_REFUSED", 409)
    assert Registry(root).champion() == "b-1"


def test_a_champion_has_no_share(bundles: Bundles) -> None:
    with pytest.raises(Problem, match="A champion decides for all; leave the share out") as problem:
        bundles.promote("b-2", reason="try", share=0.5)

    assert refused(problem) == ("BUNDLE_REFUSED", 409)


def test_a_challenger_begins_and_ends(bundles: Bundles, root: Path) -> None:
    begun = bundles.promote("b-2", reason="try", role="challenger", share=0.2)
    trial = Registry(root).trials.current(Role.CHALLENGER)
    ended = bundles.rollback("b-2", reason="enough")

    assert begun == {"bundle": "b-2", "role": "challenger", "share": 0.2}
    assert trial is not None
    assert (trial.bundle, trial.share) == ("b-2", 0.2)
    assert ended == {"bundle": None, "role": "challenger", "share": None}
    assert Registry(root).trials.current(Role.CHALLENGER) is None
    assert Registry(root).champion() == "b-1"


def test_a_challenger_needs_a_share(bundles: Bundles) -> None:
    with pytest.raises(Problem) as problem:
        bundles.promote("b-2", reason="try", role="challenger")

    assert refused(problem) == ("BUNDLE_REFUSED", 409)


def test_a_bundle_without_a_role_has_nothing_to_take_back(bundles: Bundles) -> None:
    with pytest.raises(Problem, match="Bundle 'b-2' has no role") as problem:
        bundles.rollback("b-2", reason="try")

    assert refused(problem) == ("BUNDLE_REFUSED", 409)


def test_the_first_champion_has_none_before_it(bundles: Bundles) -> None:
    with pytest.raises(Problem) as problem:
        bundles.rollback("b-1", reason="try")

    assert refused(problem) == ("BUNDLE_REFUSED", 409)


@pytest.mark.parametrize("bundle_id", ["b-9", "../b-1", ""])
def test_an_unknown_bundle_is_404_wherever_it_is_named(bundles: Bundles, bundle_id: str) -> None:
    for call in (bundles.promote, bundles.rollback):
        with pytest.raises(Problem, match=r"GET /v1/bundles lists them") as problem:
            call(bundle_id, reason="try")
        assert refused(problem) == ("BUNDLE_UNKNOWN", 404)
