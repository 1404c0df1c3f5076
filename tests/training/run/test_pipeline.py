"""From files to a published bundle, through the commands that people type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from models.drift import DriftReference
from models.errors import TrainingConfigError
from models.registry import Registry
from training.cli import tables, train


def run(command: Any, *arguments: str | Path) -> Result:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var") / "registry"


@pytest.fixture(scope="module")
def manifest(log_folder: Path, registry: Path) -> dict[str, Any]:
    """What ``nba train --json`` prints for the small log."""
    result = run(
        train,
        "--config",
        log_folder / "training.yaml",
        "--data",
        log_folder,
        "--registry",
        registry,
        "--json",
    )
    assert result.exit_code == 0
    loaded: dict[str, Any] = json.loads(result.stdout)  # nothing but the manifest
    return loaded


def test_the_first_bundle_decides_and_loads(manifest: dict[str, Any], registry: Path) -> None:
    assert Registry(registry).champion() == manifest["bundle_id"]
    loaded = Registry(registry).load(manifest["bundle_id"])
    assert loaded.manifest.content_sha256 == manifest["content_sha256"]


def test_it_has_learned_what_works(manifest: dict[str, Any]) -> None:
    """Teasers by mail get 0.5, on the website 0.2, care 0.1: the test part must show it."""
    overall = manifest["metrics"]["response"]["overall"]

    assert overall["auc"] > 0.65
    assert overall["log_loss"] < overall["base_rate_log_loss"]


def test_policies_stand_side_by_side_and_none_alone(manifest: dict[str, Any]) -> None:
    value = manifest["metrics"]["policy_value"]

    assert value["identifiable"]
    assert {*value["policies"]} == {
        "do nothing",
        "random",
        "most popular",
        "logging policy",
        "response ranking",
        "p × value ranking",
        "uplift ranking",
        "best single action",
        "phase chain",
        "uplift by attributes",
        "ours",
        "ours, explored",
    }
    assert {*value["ours_minus"]} <= {*value["policies"]} - {"ours"}
    for policy in value["policies"].values():
        assert "dm" not in policy
        assert policy["refused"] or {"ips", "snips"} <= {*policy}


def test_a_journey_value_is_over_as_many_decisions_as_most_customers_have(manifest: dict[str, Any]) -> None:
    """Six decisions in 120 days leave hardly anybody two in the last fifth of them: no journey value."""
    assert manifest["metrics"]["journey_value"] is None


def test_the_manifest_says_how_it_came_about(manifest: dict[str, Any]) -> None:
    extra = manifest["extra"]

    assert extra["rows"]["train"] + extra["rows"]["calibrate"] + extra["rows"]["test"] == 3600
    assert extra["seed"] == 3
    assert manifest["metrics"]["response"]["random_split"]["overall"]["rows"] > 0


def test_it_carries_how_its_training_was_distributed(manifest: dict[str, Any], registry: Path) -> None:
    """What the service compares its customers with; features that move with time are not in it."""
    reference = DriftReference.from_json(manifest["extra"]["drift"])

    assert set(reference.features) < set(manifest["customer_features"])
    assert "phase" in reference.features
    assert not {"hour", "month", "tenure_days"} & set(reference.features)
    np.testing.assert_allclose(reference.shares.sum(axis=1), 1.0, atol=1e-4)
    scores = reference.shares[-2:]
    assert (scores[:, -1] == 0).all(), "every phase of the tiny journey has a treatment"


def test_same_data_and_seed_give_the_same_content(
    manifest: dict[str, Any], log_folder: Path, registry: Path, tmp_path: Path
) -> None:
    again = json.loads(
        run(
            train,
            "--config",
            log_folder / "training.yaml",
            "--data",
            log_folder,
            "--registry",
            registry,
            "--reports",
            tmp_path,
            "--json",
        ).stdout
    )

    assert again["content_sha256"] == manifest["content_sha256"]
    assert again["metrics"] == manifest["metrics"]
    assert Registry(registry).champion() == manifest["bundle_id"]  # later ones wait for nba promote


def test_refitted_it_has_learned_from_the_rows_of_the_test_too(
    manifest: dict[str, Any], log_folder: Path, tmp_path: Path
) -> None:
    config = tmp_path / "training.yaml"
    text = (log_folder / "training.yaml").read_text()
    config.write_text(f"{text}\nrefit: true\n")
    (tmp_path / "journey.yaml").write_bytes((log_folder / "journey.yaml").read_bytes())
    again = json.loads(
        run(
            train, "--config", config, "--data", log_folder, "--registry", tmp_path / "registry", "--json"
        ).stdout
    )  # fmt: skip

    assert again["extra"]["refit"]
    assert not manifest["extra"]["refit"]
    assert again["training_until"] > manifest["training_until"]
    assert again["content_sha256"] != manifest["content_sha256"]
    assert again["metrics"] == manifest["metrics"], "what was measured is what the earlier rows gave"
    assert Registry(tmp_path / "registry").champion() == again["bundle_id"]


def test_effects_do_not_start_from_a_champion_that_has_seen_the_same_rows(
    manifest: dict[str, Any], log_folder: Path, registry: Path, tmp_path: Path
) -> None:
    config = tmp_path / "training.yaml"
    text = (log_folder / "training.yaml").read_text()
    config.write_text(f"{text}\neffects_from_champion: true\n")
    (tmp_path / "journey.yaml").write_bytes((log_folder / "journey.yaml").read_bytes())
    again = json.loads(
        run(train, "--config", config, "--data", log_folder, "--registry", registry, "--json").stdout
    )

    assert manifest["bundle_id"] in again["metrics"]["effects_in_money"]["not_carried"]
    assert again["content_sha256"] == manifest["content_sha256"]


def test_tables_written_as_parquet_train_the_same_bundle(
    manifest: dict[str, Any], log_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "tables"
    assert (
        run(tables, "--config", log_folder / "training.yaml", "--data", log_folder, "--out", out).exit_code
        == 0
    )
    assert pq.read_table(out / "decisions.parquet").num_rows == 3600
    assert (out / "rejects.jsonl").read_text() == ""

    result = run(
        train,
        "--data",
        out,
        "--journey",
        log_folder / "journey.yaml",
        "--registry",
        tmp_path / "registry",
        "--json",
    )

    overall = json.loads(result.stdout)["metrics"]["response"]["overall"]
    assert np.isclose(overall["auc"], manifest["metrics"]["response"]["overall"]["auc"], atol=0.05)


def test_a_log_without_probabilities_is_refused_a_policy_value(log_folder: Path, tmp_path: Path) -> None:
    text = (log_folder / "training.yaml").read_text()
    text = text.replace("AS delivered_at)", "AS delivered_at, CAST(NULL AS DOUBLE) AS action_probability)")
    (tmp_path / "training.yaml").write_text(text)
    (tmp_path / "journey.yaml").write_bytes((log_folder / "journey.yaml").read_bytes())

    result = run(
        train,
        "--config",
        tmp_path / "training.yaml",
        "--data",
        log_folder,
        "--registry",
        tmp_path / "registry",
    )

    assert "not identifiable: this log has no action probabilities; effects are associations" in result.stdout
    assert "promoted: the first bundle of this registry" in result.stdout


def test_the_verdict_is_part_of_the_bundle(manifest: dict[str, Any]) -> None:
    gate = manifest["extra"]["gate"]

    assert gate["champion"] is None
    assert {check["name"] for check in gate["checks"]} == {
        "calibration_propensity",
        "calibration_propensity_by_phase",
        "calibration_next_phase",
        "calibration_next_phase_by_phase",
        "worst_phase",
        "coverage",
        "drift_scores",
        "drift_features",
        "golden_decisions",
        "gain_over_nothing",
        "gain_over_log",
        "rivals",
        "rewarded_events",
        "balance",
        "money",
        "contacts_without_effects",
    }
    assert gate["passed"] is all(check["passed"] for check in gate["checks"])
    assert all(check["sentence"].endswith(".") for check in gate["checks"])


@pytest.fixture
def changed(log_folder: Path, tmp_path: Path) -> Any:
    """Train on the small log with another journey file; what it printed and the manifest."""

    def train_with(old: str, new: str, registry: Path) -> dict[str, Any]:
        text = (log_folder / "journey.yaml").read_text()
        assert old in text
        (tmp_path / "journey.yaml").write_text(text.replace(old, new))
        result = run(
            train,
            "--config",
            log_folder / "training.yaml",
            "--data",
            log_folder,
            "--journey",
            tmp_path / "journey.yaml",
            "--registry",
            registry,
            "--reports",
            tmp_path / "reports",
            "--json",
        )
        loaded: dict[str, Any] = json.loads(result.stdout)
        return loaded

    return train_with


def failed(manifest: dict[str, Any]) -> list[str]:
    return [check["name"] for check in manifest["extra"]["gate"]["checks"] if not check["passed"]]


def test_a_first_bundle_that_breaks_a_golden_decision_is_left(changed: Any, tmp_path: Path) -> None:
    golden = (
        "gate: {golden_decisions: [{name: never mail, phase: stranger, consent: {email: true}, "
        "never: [teaser]}]}"
    )
    published = changed("objective:", f"{golden}\nobjective:", tmp_path / "registry")

    assert failed(published) == ["golden_decisions"]
    assert "never mail: teaser would be allowed" in str(published["extra"]["gate"])
    assert Registry(tmp_path / "registry").champion() is None
    assert [e.bundle_id for e in Registry(tmp_path / "registry").bundles()] == [published["bundle_id"]]


def test_a_bundle_that_cannot_reach_anybody_is_refused(
    manifest: dict[str, Any], changed: Any, registry: Path
) -> None:
    """A policy that never holds: the champion reaches everybody, the new bundle nobody."""
    locked = changed("policies:", "policies:\n  - {code: LOCKED, tier: eligibility, when: 'false'}", registry)

    assert {"coverage", "coverage_beside_champion"} <= {*failed(locked)}
    assert locked["extra"]["gate"]["champion"] == manifest["bundle_id"]
    assert Registry(registry).champion() == manifest["bundle_id"]


def test_a_bundle_that_earns_less_is_refused(manifest: dict[str, Any], changed: Any, registry: Path) -> None:
    """Teasers earn 2 EUR a click; a rule that forbids them costs that, and the log shows it."""
    rule = "  - {code: NO_TEASER, tier: eligibility, actions: [teaser], when: 'false'}"
    lazy = changed("policies:", f"policies:\n{rule}", registry)

    gain = {check["name"]: check for check in lazy["extra"]["gate"]["checks"]}["gain_over_champion"]
    assert "gain_over_champion" in failed(lazy)
    assert -1.0 < gain["value"] < -0.2  # around -2 EUR × 0.2 clicks, and what else follows


@pytest.mark.parametrize(
    "choice",
    [
        "{estimator: sklearn.ensemble.HistGradientBoostingClassifier, max_iter: 15}",
        "{estimator: sklearn.linear_model.LogisticRegression, C: 0.1, max_iter: 300}",
    ],
)
def test_another_estimator_trains_publishes_and_decides_the_same_twice(
    log_folder: Path, tmp_path: Path, choice: str
) -> None:
    """Named in the configuration, it takes the place of our trees in a bundle that loads without it."""
    config = log_folder / "other_estimator.yaml"
    models = f"models:\n  response: {choice}\n  transition: {choice}\n"
    config.write_text((log_folder / "training.yaml").read_text() + models)

    made = []
    for name in "ab":
        registry = tmp_path / name / "registry"
        said = run(train, "--config", config, "--data", log_folder, "--registry", registry, "--json")
        made.append(json.loads(said.stdout))

    loaded = Registry(tmp_path / "a" / "registry").load(made[0]["bundle_id"]).models
    assert made[0]["content_sha256"] == made[1]["content_sha256"]
    assert loaded.response.trees_alone
    assert loaded.transition.trees_alone
    assert loaded.response.trees.compiled
    assert made[0]["extra"]["models"]["response"]["estimator"].startswith("sklearn.")
    assert made[0]["metrics"]["response"]["overall"]["auc"] > 0.65


def test_what_cannot_be_carried_is_told_before_anything_is_read(log_folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "training.yaml"
    forest = "models: {response: {estimator: sklearn.ensemble.RandomForestClassifier}}\n"
    config.write_text((log_folder / "training.yaml").read_text() + forest)

    with pytest.raises(TrainingConfigError, match=r"models.response.estimator: expected one of"):
        run(train, "--config", config, "--data", tmp_path / "nowhere", "--registry", tmp_path / "registry")


def test_sizes_are_not_searched_for_trees_that_are_not_grown(log_folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "training.yaml"
    linear = "models: {response: {estimator: sklearn.linear_model.LogisticRegression}}\n"
    config.write_text((log_folder / "training.yaml").read_text() + linear)
    (tmp_path / "journey.yaml").write_bytes((log_folder / "journey.yaml").read_bytes())
    where = ("--data", log_folder, "--registry", tmp_path / "registry")

    with pytest.raises(TrainingConfigError, match="--tune searches sizes of our trees"):
        run(train, "--config", config, *where, "--tune", "2")
