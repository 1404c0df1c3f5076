"""What an experiment's file says, and what is said where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from models.errors import TrainingDataError
from training.experiment.read import Experiment, experiment_of, read_experiment


@pytest.fixture(scope="module")
def experiment(experiment_file: Path) -> Experiment:
    return read_experiment(experiment_file, treatment="Arm", outcome="Spent (EUR)")


def test_arms_have_the_control_first(experiment: Experiment, experiment_table: pa.Table) -> None:
    assert experiment.arms == ("control", "E-Mail", "Letter")
    names = np.array(experiment.arms)[experiment.arm].tolist()
    assert names == experiment_table.column("Arm").to_pylist()
    assert experiment.outcome.tolist() == experiment_table.column("Spent (EUR)").to_pylist()


def test_numbers_words_and_yes_or_no_were_known_before(experiment: Experiment) -> None:
    assert experiment.attributes.column_names == ["Age", "Home", "Member"]


def test_what_was_taken_for_granted_is_said(experiment: Experiment) -> None:
    said = "; ".join(experiment.notes)

    assert "the control is 'control', by its name" in said
    assert "everybody is taken to have been drawn with the shares of the arms" in said
    assert "taken as known before: Age, Home, Member" in said
    assert "not used, because neither numbers nor a few words: Row id" in said


def test_shares_are_the_probabilities_where_none_are_stated(experiment: Experiment) -> None:
    shares = np.bincount(experiment.arm) / len(experiment)

    assert np.allclose(experiment.probability, shares[experiment.arm])


SMALL: dict[str, list[Any]] = {
    "arm": ["A", "B", "A", None],
    "y": [1.0, 0.0, 1.0, 1.0],
    "p": [0.5, 0.5, 0.5, 0.5],
    "text": ["a", "b", "c", "d"],
}


def small(**changes: list[Any]) -> pa.Table:
    return pa.table({**SMALL, **changes})


def test_rows_without_an_arm_are_left_out_and_counted() -> None:
    found = experiment_of(small(), "it", treatment="arm", outcome="y", control="A", probability="p")

    assert len(found) == 3
    assert found.notes[0] == "1 rows without arm or outcome are left out"
    assert found.probability.tolist() == [0.5, 0.5, 0.5]


def test_columns_that_were_measured_afterwards_can_be_left_out() -> None:
    found = experiment_of(small(), "it", treatment="arm", outcome="y", control="A", ignore=["text"])

    assert found.attributes.column_names == ["p"]


@pytest.mark.parametrize(
    ("table", "options", "told"),
    [
        (small(), {"outcome": "z"}, "z is not there"),
        (small(), {"control": None}, r"which arm of A, B got nothing\? State it with --control"),
        (small(), {"control": "C"}, "expected a control among A, B, got 'C'"),
        (small(arm=["A"] * 4), {}, "expected two arms or more in column arm, got A"),
        (small(), {"outcome": "text"}, "expected numbers in column text, got string"),
        (small(p=[0.0, 0.5, 2.0, 0.5]), {"probability": "p"}, "2 of 3 probabilities in column p"),
        (small(y=[1.0, float("nan"), 0.0, 0.0]), {}, "column y has values that are no finite numbers"),
    ],
)
def test_what_is_wrong_is_told(table: pa.Table, options: dict[str, Any], told: str) -> None:
    wanted: dict[str, Any] = {"treatment": "arm", "outcome": "y", "control": "A", **options}

    with pytest.raises(TrainingDataError, match=told):
        experiment_of(table, "it", **wanted)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match=r"gone\.csv does not exist"):
        read_experiment(tmp_path / "gone.csv", treatment="arm", outcome="y")
