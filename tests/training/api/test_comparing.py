"""Policies are compared by name or as they are."""

from __future__ import annotations

import pytest

from models.errors import TrainingDataError
from training.api import NOTHING, Dataset, Policy, compare


def test_a_policy_is_compared_with_doing_nothing(policy: Policy, dataset: Dataset) -> None:
    found = compare(policy, NOTHING, dataset)

    assert found.b == NOTHING
    assert found.per_decision.estimate is not None


@pytest.mark.parametrize(("a", "b"), [("nothing", "nothing"), ("champion", "nothing")])
def test_at_least_one_policy_is_needed(a: str, b: str, dataset: Dataset) -> None:
    with pytest.raises(TrainingDataError, match="expected at least one policy"):
        compare(a, b, dataset)


def test_other_names_are_refused(policy: Policy, dataset: Dataset) -> None:
    with pytest.raises(TrainingDataError, match=r"expected a policy or 'nothing', got 'champion'"):
        compare(policy, "champion", dataset)
