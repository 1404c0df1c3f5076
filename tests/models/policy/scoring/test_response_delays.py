"""Delays: an answer that is not there yet is no refusal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from models.domain.journey import Journey
from models.policy.scoring.response_delays import ENOUGH, Delays, ResponseCount, learn_curve


def answered(
    delay_hours: int | None, age_hours: int = 24 * 30, number: int = 1, ours: bool = True
) -> ResponseCount:
    return ResponseCount(
        phase="stranger",
        action="teaser",
        channel="email",
        ours=ours,
        age_hours=age_hours,
        delay_hours=delay_hours,
        number=number,
        propensity=0.1 * number,
    )


def young_and_old(rng: np.random.Generator, mean_hours: float, hours: int) -> Sequence[ResponseCount]:
    """Ten responses an hour for ``hours`` hours, exponential delays; only those that have come are seen."""
    delay = rng.exponential(mean_hours, (hours, 10))
    age = np.repeat(np.arange(hours), 10).reshape(hours, 10)
    seen = delay <= age
    return [answered(int(d), int(a)) for d, a in zip(delay[seen], age[seen], strict=True)]


def test_old_decisions_give_the_plain_distribution() -> None:
    """Delays 0, 0, 1, 3 hours: half has come at once, three quarters after an hour, all after three."""
    curve = learn_curve([answered(0, number=2), answered(1), answered(3)])

    assert [curve.at(hours) for hours in (0, 1, 2, 3, 9)] == pytest.approx([0.5, 0.75, 0.75, 1, 1])


def test_late_answers_that_cannot_have_come_yet_are_reckoned_with() -> None:
    """Exponential delays of 20 hours on average seen for 100 hours: 39 % have come after ten, not 50 %."""
    counts = young_and_old(np.random.default_rng(3), mean_hours=20, hours=100)
    naive = np.mean([count.delay_hours is not None and count.delay_hours < 10 for count in counts])

    found = learn_curve(counts).at(9)  # whole hours: before the tenth is over

    assert found == pytest.approx(1 - np.exp(-10 / 20), abs=0.04)
    assert naive > found + 0.05


def test_with_few_responses_only_decisions_older_than_their_window_count(tiny_journey: Journey) -> None:
    delays = Delays.of(tiny_journey, [answered(1, number=ENOUGH - 1)])

    assert delays.answered_by("teaser", "email", 7 * 24 - 1) == 0.0
    assert delays.answered_by("teaser", "email", 7 * 24) == 1.0


def test_a_channel_without_responses_of_its_own_borrows_the_others(tiny_journey: Journey) -> None:
    delays = Delays.of(tiny_journey, [answered(0, number=ENOUGH), answered(5, number=ENOUGH)])

    assert delays.answered_by("teaser", "web", 2) == pytest.approx(0.5)
    assert delays.answered_by("teaser", "email", 2) == pytest.approx(0.5)


def test_until_the_first_window_is_over_the_model_says_how_much_has_come(tiny_journey: Journey) -> None:
    """800 decisions a day old, 80 responses expected, 40 came: what a day brings is half, no decline."""
    waiting = answered(None, age_hours=24, number=760)
    came = answered(0, age_hours=24, number=40)

    assert Delays.of(tiny_journey, [waiting, came]).answered_by("teaser", "email", 24) == pytest.approx(0.5)


def test_an_action_that_is_gone_has_no_answers(tiny_journey: Journey) -> None:
    assert Delays.of(tiny_journey, []).answered_by("gone", "email", 10_000) == 0.0
