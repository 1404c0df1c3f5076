"""``nba bundles``, ``nba promote`` and ``nba rollback``, as a person and as a program calls them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.bundle import Provenance
from models.registry import Registry
from nba_service.cli import main


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, save_tiny_bundle: Callable[..., object]) -> Path:
    root = tmp_path_factory.mktemp("registry")
    for name, champion in (("b-1", None), ("b-2", "b-1")):
        gate = {"passed": True, "champion": champion, "checks": []}
        save_tiny_bundle(root / "new" / name, bundle_id=name, provenance=Provenance(extra={"gate": gate}))
        Registry(root).add(root / "new" / name, name)
    return root


@pytest.fixture
def root(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "registry"))


def nba(*arguments: str, root: Path) -> Result:
    return CliRunner().invoke(main, [*arguments, "--registry", str(root)], catch_exceptions=False)


def test_bundles_are_listed_with_the_champion_marked(root: Path) -> None:
    Registry(root).promote("b-2", "test", _now(), check=lambda _: None)

    done = nba("bundles", root=root)

    assert done.exit_code == 0
    (line,) = [line for line in done.stdout.splitlines() if "b-2" in line]
    assert line.startswith("champion")
    assert "2026-11-20 02:00 UTC" in line


def _now() -> object:
    from datetime import UTC, datetime

    return datetime(2026, 11, 21, tzinfo=UTC)


def test_bundles_show_what_they_knew_and_would_have_earned(
    tmp_path: Path, save_tiny_bundle: Callable[..., object]
) -> None:
    value = {"dr": {"value": 2.5, "low": 1.25, "high": 3.75}, "refused": []}
    metrics = {
        "response": {"overall": {"auc": 0.7123}},
        "policy_value": {"policies": {"ours": value}},
    }
    known = Provenance(metrics=metrics)
    save_tiny_bundle(tmp_path / "new" / "b-9", bundle_id="b-9", provenance=known)
    Registry(tmp_path / "root").add(tmp_path / "new" / "b-9", "b-9")

    (line,) = [each for each in nba("bundles", root=tmp_path / "root").stdout.splitlines() if "b-9" in each]

    assert "0.712  2.50 (1.25 to 3.75)" in line


def test_bundles_as_json_carry_the_manifest(root: Path) -> None:
    entries = json.loads(nba("bundles", "--json", root=root).stdout)

    assert {entry["bundle_id"] for entry in entries} == {"b-1", "b-2"}
    assert not any(entry["champion"] for entry in entries)
    assert entries[0]["manifest"]["files"]["features.json"]["size"] > 0


def test_a_damaged_bundle_is_listed_with_its_problem(root: Path) -> None:
    (root / "bundles" / "b-1" / "manifest.json").write_text("{}")

    assert "format_version is None" in nba("bundles", root=root).stdout
    entries = json.loads(nba("bundles", "--json", root=root).stdout)
    assert [entry["problem"] is None for entry in entries] == [True, False]


def test_an_empty_registry_says_what_to_do(tmp_path: Path) -> None:
    done = nba("bundles", root=tmp_path)

    assert done.exit_code == 0
    assert done.stdout == ""
    assert "nba train" in done.stderr
    assert json.loads(nba("bundles", "--json", root=tmp_path).stdout) == []


def test_promote_and_rollback_switch_the_champion(root: Path) -> None:
    assert nba("promote", "b-1", "--reason", "first", root=root).stdout.startswith("b-1 decides since ")
    done = nba("promote", "b-2", "--reason", "better", "--json", root=root)
    assert json.loads(done.stdout)["previous"] == "b-1"

    back = nba("rollback", "--reason", "worse", root=root)

    assert back.exit_code == 0
    assert "(before: b-2)" in back.stdout
    assert Registry(root).champion() == "b-1"


def test_the_gate_refuses_and_force_is_kept_with_its_reason(root: Path) -> None:
    """b-2 was compared with b-1, but nothing is known of it next to itself: b-1 never was next to b-2."""
    assert nba("promote", "b-2", "--reason", "first", root=root).exit_code == 0

    refused = nba("promote", "b-1", "--reason", "the older one", root=root)

    assert refused.exit_code == 1
    assert refused.stderr.startswith("GATE_REFUSED: bundle 'b-1' was not promoted")
    assert "other_champion: It was compared with nothing, but 'b-2' decides now" in refused.stderr
    assert nba("promote", "b-1", "--force", root=root).exit_code == 2  # force needs its reason
    assert nba("promote", "b-1", "--force", "--reason", "I know it", root=root).exit_code == 0
    last = Registry(root).history()[-1]
    assert (last["overruled"], last["reason"]) == (["other_champion"], "I know it")


def test_the_list_says_what_the_gate_said(root: Path) -> None:
    lines = nba("bundles", root=root).stdout.splitlines()

    assert [line.split()[-1] for line in lines if "b-1" in line or "b-2" in line] == ["passed", "passed"]


def test_a_damaged_bundle_is_not_promoted(root: Path) -> None:
    (root / "bundles" / "b-1" / "value.json").write_text("{}")

    done = nba("promote", "b-1", "--reason", "try", root=root)

    assert done.exit_code == 1
    assert done.stderr.startswith("BUNDLE_INVALID: ")
    assert Registry(root).champion() is None


def test_an_unknown_bundle_is_an_error_of_one_line(root: Path) -> None:
    done = nba("promote", "b-9", "--reason", "try", root=root)

    assert done.exit_code == 1
    assert done.stderr.startswith("REGISTRY_INVALID: No bundle 'b-9'")
    assert len(done.stderr.splitlines()) == 1


def test_a_reason_is_asked_for(root: Path) -> None:
    assert nba("promote", "b-1", root=root).exit_code == 2
    assert nba("rollback", root=root).exit_code == 2


def test_the_registry_comes_from_the_environment(root: Path) -> None:
    done = CliRunner().invoke(main, ["bundles", "--json"], env={"NBA_REGISTRY": str(root)})

    assert len(json.loads(done.stdout)) == 2
