"""The bandit among actions that the catalogue does not know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_service.compat.azure_personalizer.bandit import means, probabilities
from nba_service.store.records.free_choices import Evidence

EVIDENCE = st.builds(
    lambda shown, rate: Evidence(shown, shown * rate), st.floats(0, 10_000), st.floats(-1, 1)
)


@given(st.lists(EVIDENCE, min_size=1, max_size=50))
def test_probabilities_sum_to_one_and_nothing_is_impossible(evidence: list[Evidence]) -> None:
    found = probabilities(evidence)

    assert sum(found) == pytest.approx(1)
    assert min(found) > 0


@given(st.lists(EVIDENCE, min_size=1, max_size=50))
def test_the_likeliest_action_has_the_best_smoothed_mean(evidence: list[Evidence]) -> None:
    found, merit = probabilities(evidence), means(evidence)

    assert merit[found.index(max(found))] == pytest.approx(max(merit))


def test_worked_by_hand() -> None:
    """Common mean 6/(10+30) = 0.15; means (6+1.5)/20 and 1.5/30; gamma 5·sqrt(30/2); gap 0.325."""
    evidence = [Evidence(10, 6), Evidence(20, 0)]

    assert means(evidence) == pytest.approx([0.375, 0.05])
    worse = 1 / (2 * (1 + 5 * 15**0.5 * 0.325))
    assert probabilities(evidence) == pytest.approx([1 - worse, worse])
