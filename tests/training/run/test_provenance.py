"""The manifest tells where a bundle comes from."""

from __future__ import annotations

import json
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import Models, Provenance
from models.bundle.gate import Verdict
from models.domain.history import from_ms
from models.learned.trees.parameters import TreeParameters
from training.config import ModelChoice, TrainingConfig, read_config
from training.fit.fit import fit_models
from training.fit.prepared import Prepared
from training.fit.tune import Tuned
from training.rows.split import Part
from training.run.inputs import prepare_rows, read_tables
from training.run.progress import Progress
from training.run.provenance import provenance


def told(log_folder: Path, trained: tuple[Prepared, Models], **changed: Any) -> Provenance:
    config: TrainingConfig = changed.pop("config", read_config(log_folder / "training.yaml"))
    usual = {
        "config": config,
        "prepared": trained[0],
        "validated": read_tables(config, log_folder, Progress())[2],
        "fingerprint": "f" * 64,
        "metrics": {"response": {}},
        "seed": 3,
        "parameters": TreeParameters(),
        "verdict": Verdict(champion=None, checks=()),
        "prices": {"email": 1.5},
        "drift": {},
        "tuned": None,
        "pages": {"moves": []},
    }
    return provenance(**(usual | changed))


@pytest.fixture(scope="module")
def usual(log_folder: Path, trained: tuple[Prepared, Models]) -> Provenance:
    return told(log_folder, trained)


def test_the_window_is_that_of_the_rows_it_learned_from(
    usual: Provenance, trained: tuple[Prepared, Models]
) -> None:
    prepared, _ = trained
    learned = prepared.rows.decided_at[prepared.split.part < Part.TEST]

    assert usual.training_from == from_ms(int(learned.min()))
    assert usual.training_until == from_ms(int(learned.max()))
    assert usual.data_sha256 == "f" * 64


def test_rows_tables_and_libraries_are_counted_and_named(
    usual: Provenance, trained: tuple[Prepared, Models]
) -> None:
    rows, split = usual.extra["rows"], trained[0].split

    assert (rows["train"], rows["calibrate"], rows["test"]) == tuple(
        int(split.of(part).sum()) for part in Part
    )
    assert rows["purged_responses"] == split.purged
    assert usual.extra["tables"]["decisions"] == 3_600
    assert usual.extra["libraries"]["python"] == platform.python_version()
    assert {"lightgbm", "numpy", "scikit-learn"} <= {*usual.extra["libraries"]}
    assert usual.extra["trees"]["learning_rate"] == TreeParameters().learning_rate
    json.dumps(usual.extra, allow_nan=False)


def test_answers_that_came_early_are_counted_where_they_were_weighed(
    log_folder: Path, trained: tuple[Prepared, Models]
) -> None:
    """Clicks come within half a day and windows last a week: purging loses those of the last days."""
    config = read_config(log_folder / "training.yaml")
    config = replace(config, rows=replace(config.rows, early_labels="weigh"))
    journey, _, validated = read_tables(config, log_folder, Progress())
    prepared = prepare_rows(config, journey, validated, 3, Progress())

    early = told(log_folder, trained, prepared=prepared, config=config).extra["rows"]

    usual = told(log_folder, trained).extra["rows"]
    assert "early_responses" not in usual
    assert early["early_responses"] > 0
    assert early["purged_responses"] < usual["purged_responses"]
    models = fit_models(prepared, TreeParameters(), np.random.default_rng(0))
    assert models.response.to_files() != trained[1].response.to_files()


def test_what_was_searched_for_and_chosen_is_said_only_then(
    usual: Provenance, log_folder: Path, trained: tuple[Prepared, Models]
) -> None:
    tuned = Tuned(parameters=TreeParameters(), loss=0.5, start_loss=0.6, trials=7)
    chosen = {"response": ModelChoice(estimator="a.B", options={"depth": 3})}
    config = replace(read_config(log_folder / "training.yaml"), models=chosen)

    extra = told(log_folder, trained, tuned=tuned, config=config).extra

    assert usual.extra["tuned"] is None
    assert "models" not in usual.extra
    assert extra["tuned"] == {"trials": 7, "loss": 0.5, "start_loss": 0.6}
    assert extra["models"] == {"response": {"estimator": "a.B", "options": {"depth": 3}}}
