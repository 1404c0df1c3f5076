"""A training as a run of MLflow, against a store of its own in a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from models.errors import TrainingConfigError
from training.api import load_tables, train
from training.run.result import TrainingResult
from training.run.tracking import metrics, parameters, tags, track


@pytest.fixture(scope="module")
def result(log_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    dataset = load_tables(log_folder, log_folder / "training.yaml")
    return train(dataset, tmp_path_factory.mktemp("tracked") / "registry")


def test_names_are_those_that_mlflow_allows(result: TrainingResult) -> None:
    found = metrics(result)

    assert found["response/overall/auc"] == result.manifest.provenance.metrics["response"]["overall"]["auc"]
    assert "policy_value/policies/p _ value ranking/ips/value" in found
    assert found["seconds/publish"] > 0
    assert all(isinstance(value, float) for value in found.values())


def test_what_was_chosen_and_what_came_of_it_can_be_searched(result: TrainingResult) -> None:
    assert parameters(result)["seed"] == "3"
    assert parameters(result)["trees/response_iterations"] == "20"
    assert tags(result)["nba.bundle_id"] == result.manifest.bundle_id
    assert tags(result)["nba.gate"] in ("passed", "refused")


def test_a_run_holds_metrics_parameters_and_the_report(
    result: TrainingResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = pytest.importorskip("mlflow.tracking", reason="MLflow is not installed (nba[mlflow])")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = (tmp_path / "runs").as_uri()

    run = track(result, uri)
    again = track(result, uri)

    client = tracking.MlflowClient(tracking_uri=uri)
    kept: Any = client.get_run(run)
    assert kept.info.status == "FINISHED"
    assert kept.info.experiment_id == client.get_run(again).info.experiment_id
    assert kept.data.metrics == pytest.approx(metrics(result))
    assert kept.data.params["seed"] == "3"
    assert kept.data.tags["nba.content_sha256"] == result.manifest.content_sha256
    assert {each.path for each in client.list_artifacts(run)} == {"manifest.json", "report"}
    report = Path(client.download_artifacts(run, "report/report.json", str(tmp_path)))
    assert json.loads(report.read_text())["bundle_id"] == result.manifest.bundle_id


def test_a_store_that_cannot_be_used_is_told_after_publishing(result: TrainingResult, tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="MLflow is not installed (nba[mlflow])")

    with pytest.raises(TrainingConfigError, match=r"is published, but MLflow at nowhere://x did not take"):
        track(result, "nowhere://x")


def test_without_mlflow_it_says_how_to_get_it(
    result: TrainingResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)

    with pytest.raises(TrainingConfigError, match=r"pip install -e '.\[mlflow\]'"):
        track(result, "sqlite:///runs.db")
