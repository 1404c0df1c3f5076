"""The method as one estimator: parameters, fit, predict, score."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from training.api import Dataset, Evaluation, NextBestAction, Policy

MAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def estimator(dataset: Dataset, fitted: tuple[Policy, Evaluation]) -> NextBestAction:
    """As ``fit`` leaves it, without fitting once more."""
    made = NextBestAction(seed=3)
    made.dataset_, (made.policy_, made.evaluation_) = dataset, fitted
    return made


def test_a_clone_has_its_parameters_and_nothing_learned(estimator: NextBestAction) -> None:
    twin = clone(estimator)

    assert twin.get_params() == {"seed": 3, "tune": 0, "cache": None}
    with pytest.raises(NotFittedError):
        twin.predict({"customer_id": ["c1"]}, at=MAY)


def test_it_fits_as_the_plain_call_does(dataset: Dataset, policy: Policy) -> None:
    assert NextBestAction().fit(dataset).policy_.models.to_files() == policy.models.to_files()


def test_it_predicts_an_action_for_each_row(estimator: NextBestAction, policy: Policy) -> None:
    actions = estimator.predict({"customer_id": ["c1", "c2", "c3"]}, at=MAY)

    assert actions.shape == (3,)
    assert set(actions.tolist()) <= {"nothing", *policy.journey.action_index}


def test_its_score_is_what_it_earns(estimator: NextBestAction, fitted: tuple[Policy, Evaluation]) -> None:
    ours = fitted[1].ours

    assert ours is not None
    assert ours.value is not None
    assert estimator.score() == ours.value.value
