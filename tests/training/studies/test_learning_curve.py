"""More customers to learn from, judged on the same later decisions."""

from __future__ import annotations

import pytest

from models.errors import TrainingDataError
from training.evaluation.off_policy.bootstrap import Estimate
from training.rows.split import Part
from training.run.dataset import Dataset
from training.run.learning import Learned
from training.studies.learning_curve import LearningCurve, Point, learning_curve


@pytest.fixture(scope="module")
def curve(dataset: Dataset) -> LearningCurve:
    return learning_curve(dataset, (1.0, 0.25))


def test_points_grow_and_the_last_is_the_whole_training(curve: LearningCurve, learned: Learned) -> None:
    few, whole = curve.points

    assert (few.share, whole.share) == (0.25, 1.0)
    assert whole.decisions == int((learned.prepared.split.part < Part.TEST).sum())
    assert 0.15 * whole.customers < few.customers < 0.35 * whole.customers
    assert whole.earned is not None


def test_the_curve_says_whether_more_customers_help(curve: LearningCurve) -> None:
    assert curve.verdict.startswith("From ")
    assert curve.to_json()["points"][0]["share"] == 0.25


def point(share: float, value: float | None, customers: int) -> Point:
    earned = None if value is None else Estimate(value=value, low=value - 0.1, high=value + 0.1)
    refused = "" if value is not None else "too little evidence"
    return Point(
        share=share, customers=customers, decisions=customers, earned=earned, auc=0.6, refused=refused
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((1.0, 1.05), "is within the interval before"),
        ((1.0, 1.5), "so more customers still help"),
        ((1.0, 0.5), "is lower"),
        ((None, 1.0), "The log cannot tell"),
    ],
)
def test_each_shape_has_its_sentence(values: tuple[float | None, float], told: str) -> None:
    points = (point(0.5, values[0], 100), point(1.0, values[1], 200))

    assert told in LearningCurve(currency="EUR", points=points).verdict


@pytest.mark.parametrize("shares", [(), (0.0, 1.0), (1.5,)])
def test_shares_out_of_range_are_refused(shares: tuple[float, ...], dataset: Dataset) -> None:
    with pytest.raises(TrainingDataError, match=r"shares: expected numbers in \(0, 1\]"):
        learning_curve(dataset, shares)
