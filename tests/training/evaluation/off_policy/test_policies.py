"""Policies side by side on the small log, where teasers by mail work best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from models.errors import TrainingConfigError
from training.evaluation.figures.scored_rows import ScoredRows, score_rows
from training.evaluation.off_policy.bootstrap import Estimate
from training.evaluation.off_policy.policies import (
    LOGGING,
    NOT_IDENTIFIABLE,
    OURS,
    PolicyComparison,
    compare_policies,
    estimates_json,
)
from training.fit.prepared import Prepared


@pytest.fixture(scope="module")
def scored(trained: tuple[Prepared, Models]) -> ScoredRows:
    """The later rows; every treatment of the log was a candidate."""
    prepared, models = trained
    found = score_rows(prepared, models, None, np.random.default_rng(1))
    mask = np.zeros_like(found.mask)
    for name in (("nothing", None), ("teaser", "email"), ("teaser", "web"), ("care", "web")):
        mask[:, prepared.journey.treatment_index[name]] = True
    return replace(found, mask=mask)


@pytest.fixture(scope="module")
def compared(trained: tuple[Prepared, Models], scored: ScoredRows) -> PolicyComparison:
    return compare_policies(trained[0], scored, "EUR", 50, np.random.default_rng(2), always=["teaser"])


def test_everyone_is_there_and_measured_on_the_same_rows(
    compared: PolicyComparison, scored: ScoredRows
) -> None:
    assert {"do nothing", "random", "always teaser", "most popular", OURS, LOGGING} <= {*compared.values}
    assert compared.rows == len(scored.rows)
    assert compared.refusal is None
    assert OURS not in compared.ours_minus


def test_the_logging_policy_earns_what_was_earned(
    compared: PolicyComparison, trained: tuple[Prepared, Models], scored: ScoredRows
) -> None:
    earned = trained[0].rows.reward[scored.rows].mean()

    assert compared.values[LOGGING].estimates["snips"].value == pytest.approx(earned)
    assert compared.values[LOGGING].mean_weight == 1.0


def test_a_random_policy_is_the_log_and_so_worth_the_same(compared: PolicyComparison) -> None:
    """The log drew evenly from the four treatments that random has."""
    random, log = compared.values["random"], compared.values[LOGGING]

    assert random.mean_weight == pytest.approx(1.0)
    assert random.estimates["ips"].value == pytest.approx(log.estimates["ips"].value)


def test_a_models_own_word_is_no_measurement(compared: PolicyComparison) -> None:
    assert all("dm" not in value.estimates for value in compared.values.values())


def test_without_probabilities_nothing_is_compared(
    trained: tuple[Prepared, Models], scored: ScoredRows
) -> None:
    blind = replace(scored, expected=None)

    found = compare_policies(trained[0], blind, "EUR", 50, np.random.default_rng(1))

    assert (found.values, found.refusal, found.rows) == ({}, NOT_IDENTIFIABLE, 0)


def test_an_action_that_is_not_there_is_told(trained: tuple[Prepared, Models], scored: ScoredRows) -> None:
    with pytest.raises(TrainingConfigError, match=r"evaluation\.always: expected actions .* got gift"):
        compare_policies(trained[0], scored, "EUR", 50, np.random.default_rng(1), always=["gift"])


def test_estimates_are_rounded_for_the_file() -> None:
    assert estimates_json({"dr": Estimate(value=1 / 3, low=0.0, high=1.0)}) == {
        "dr": {"value": 0.333333, "low": 0.0, "high": 1.0}
    }
