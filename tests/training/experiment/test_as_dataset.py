"""An experiment becomes a journey and tables that nothing is wrong with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.errors import TrainingDataError
from models.journey_file import lint_journey, parse_journey
from training.api import fit
from training.experiment.as_dataset import as_dataset, names_of
from training.experiment.read import Experiment, experiment_of
from training.run.dataset import Dataset


@pytest.fixture(scope="module")
def experiment(experiment_table: pa.Table) -> Experiment:
    return experiment_of(experiment_table, "letters.csv", treatment="Arm", outcome="Spent (EUR)")


@pytest.fixture(scope="module")
def dataset(experiment: Experiment) -> Dataset:
    return as_dataset(experiment, seed=1, cost=0.5, bootstrap=50)


def test_no_row_is_rejected_and_arms_are_actions(dataset: Dataset, experiment: Experiment) -> None:
    assert dataset.validated.rejects == ()
    assert dataset.tables.counts["decisions"] == len(experiment)
    assert [action.label for action in dataset.journey.actions] == ["E-Mail", "Letter"]
    assert [action.name for action in dataset.journey.actions] == ["e_mail", "letter"]


def test_rewards_are_the_outcomes_less_the_cost(dataset: Dataset, experiment: Experiment) -> None:
    expected = experiment.outcome - np.where(experiment.arm > 0, 0.5, 0.0)

    assert dataset.tables.reward.to_pylist() == expected.tolist()


def test_the_journey_file_is_one_that_a_person_can_go_on_with(dataset: Dataset) -> None:
    journey = parse_journey(dataset.journey_bytes, "journey.yaml")

    warned = {each.code for each in lint_journey(journey, "journey.yaml", dataset.journey_bytes)}
    assert not {code for code in warned if "UNREACHABLE" in code.upper() or "NEVER" in code.upper()}
    assert {each.name for each in journey.attributes} == {"age", "home", "member"}
    assert [phase.name for phase in journey.phases] == ["everyone"]


def test_a_small_experiment_has_the_outcome_as_a_phase(experiment_table: pa.Table) -> None:
    """Too few to learn effects in money: what moves customers to the outcome is learned instead."""
    few = experiment_of(experiment_table.slice(0, 500), "few.csv", treatment="Arm", outcome="Spent (EUR)")

    before, after = as_dataset(few, seed=1).journey.phases

    assert (before.name, before.value) == ("before", 0.0)
    assert (after.name, after.value) == ("after", pytest.approx(20.0))


def test_another_seed_draws_other_parts(experiment: Experiment, dataset: Dataset) -> None:
    again, other = (as_dataset(experiment, seed=seed, cost=0.5, bootstrap=50) for seed in (1, 2))

    assert again.key == dataset.key
    assert other.key != dataset.key


def test_names_are_what_a_journey_file_allows() -> None:
    assert names_of(["Mens E-Mail", "2 letters", "nothing", "!", "mens e mail"]) == [
        "mens_e_mail",
        "a_2_letters",
        "nothing_2",
        "arm",
        "mens_e_mail_2",
    ]


def test_without_any_outcome_there_is_nothing_to_gain(experiment: Experiment) -> None:
    with pytest.raises(TrainingDataError, match=r"letters\.csv: no outcome is above 0"):
        as_dataset(replace(experiment, outcome=np.zeros(len(experiment))), seed=1)


def test_what_is_learned_beats_sending_letters_to_all(dataset: Dataset) -> None:
    """Letters to those over 50 are worth 0.25 · 20 - 0.5 = 4.5 to half of the customers, mails 0.5 to all."""
    _, evaluation = fit(dataset)
    earned = {each.policy: each.value.value for each in evaluation.policies if each.value is not None}

    assert earned["ours"] > earned["always letter"]
    assert earned["ours"] > earned["do nothing"] + 0.5
