"""Values over several decisions: the first of each customer, and models that only explain noise away."""

from __future__ import annotations

import numpy as np
import pytest

from models.bundle import Models
from training.evaluation.off_policy.journeys import Steps, compare_journeys, first_decisions, fitted_values
from training.evaluation.off_policy.reward_model import FOLDS
from training.fit.prepared import Prepared


def test_as_many_decisions_as_most_customers_have_in_time_order() -> None:
    """Of five customers four have two decisions and one has three: two each, the earliest first."""
    customer = np.array([0, 0, 0, 1, 1, 2, 2, 3, 3, 4])
    decided_at = np.array([9, 7, 8, 1, 2, 4, 3, 5, 6, 1])

    at, decisions, customers = first_decisions(customer, decided_at, 5)

    assert (decisions, customers) == (2, 5)
    assert at.tolist() == [[1, 2], [3, 4], [6, 5], [7, 8]]


@pytest.mark.parametrize(("most", "decisions"), [(0, 0), (1, 1), (3, 1)])
def test_no_more_decisions_than_asked_and_than_there_are(most: int, decisions: int) -> None:
    assert first_decisions(np.arange(4), np.arange(4), most)[1] == decisions


def test_without_customers_there_are_no_journeys() -> None:
    none = np.empty(0, dtype=np.int64)

    assert first_decisions(none, none, 3)[1:] == (0, 0)


def steps(c: int, k: int, reward: np.ndarray, treatment: np.ndarray) -> Steps:
    return Steps(
        x=np.ones((c, k, 1)),
        phase=np.zeros((c, k), dtype=np.int64),
        treatment=treatment,
        reward=reward,
        fold=np.arange(c) % FOLDS,
        n_phases=1,
    )


def test_values_add_up_over_the_decisions() -> None:
    """Every decision brings 1 whatever is done: with two to come the value is 2, with one it is 1."""
    made = steps(600, 2, np.ones((600, 2)), np.zeros((600, 2), dtype=np.int64))

    q, v = fitted_values(made, np.full((600, 2, 2), 0.5))

    assert q[:, 0] == pytest.approx(2.0, abs=0.02)
    assert v[:, 1] == pytest.approx(1.0, abs=0.02)


def test_a_treatment_that_earns_raises_the_value_of_the_policy_that_takes_it() -> None:
    """Treatment 1 brings 4 EUR: always taking it is worth about 4 more than never."""
    rng = np.random.default_rng(1)
    treatment = rng.integers(0, 2, (6_000, 1))
    made = steps(6_000, 1, 4.0 * treatment, treatment)
    always = np.tile([0.0, 1.0], (6_000, 1, 1))

    difference = fitted_values(made, always)[1] - fitted_values(made, always[..., ::-1])[1]

    assert difference == pytest.approx(4.0, abs=0.5)


def test_the_logging_policy_is_worth_what_was_earned(trained: tuple[Prepared, Models]) -> None:
    """The log drew evenly from four treatments: two decisions in a row are worth their mean reward."""
    prepared, _ = trained
    use = np.flatnonzero(np.isfinite(prepared.rows.reward))
    even = np.zeros((len(use), len(prepared.journey.treatments)))
    for name in (("nothing", None), ("teaser", "email"), ("teaser", "web"), ("care", "web")):
        even[:, prepared.journey.treatment_index[name]] = 0.25

    assert compare_journeys(prepared, use, {"log": even}, 1, 50, np.random.default_rng(1)) is None
    found = compare_journeys(prepared, use, {"log": even}, 2, 50, np.random.default_rng(1))

    assert found is not None
    assert (found.decisions, found.left_out) == (2, pytest.approx(1 - found.journeys / 600))
    log = found.values["log"]
    assert not log.refused
    assert list(log.mean_weight) == pytest.approx([1.0, 1.0])
    at, _, _ = first_decisions(prepared.rows.customer[use], prepared.rows.decided_at[use], 2)
    earned = prepared.rows.reward[use[at]].sum(axis=1).mean()
    assert log.estimates["wdr"].value == pytest.approx(earned, abs=0.15)
    assert log.estimates["wdr"].low < log.estimates["wdr"].value < log.estimates["wdr"].high
