"""A response is a positive outcome within the window, strictly after the moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from models.domain.history import build_history, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from training.data.encode import LoggedOutcomes
from training.rows.labels import NEVER, logged_outcomes, seen_in_history

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_only_outcomes_in_time_count_and_values_add_up(tiny_journey: Journey) -> None:
    """Decision 4: a click in time and one too late; decision 7: a complaint, which is not positive."""
    clicked, complained = (tiny_journey.outcome_index[name] for name in ("clicked", "complained"))
    outcomes = LoggedOutcomes(
        decision=np.array([4, 4, 7, 9]),
        outcome=np.array([clicked, clicked, complained, clicked], dtype=np.int32),
        value=np.array([2.0, 50.0, 1.0, 9.0]),
        occurred_at=np.array([10, 11, 10, 10]),
    )
    teaser = tiny_journey.treatment_index["teaser", "email"]

    responded_at, worth = logged_outcomes(
        outcomes, np.array([4, 7]), np.array([10, 10]), tiny_journey, np.full(2, teaser, dtype=np.int32)
    )

    own = [outcome.value for outcome in tiny_journey.outcomes]
    assert responded_at.tolist() == [10, NEVER]
    assert worth.tolist() == [2.0 + own[clicked], 1.0 + own[complained]]


def test_without_rows_nothing_was_answered(tiny_journey: Journey) -> None:
    none = np.empty(0, dtype=np.int64)
    outcomes = LoggedOutcomes(
        decision=none, outcome=none.astype(np.int32), value=none.astype(float), occurred_at=none
    )

    responded_at, worth = logged_outcomes(outcomes, none, none, tiny_journey, none.astype(np.int32))

    assert (len(responded_at), len(worth)) == (0, 0)


def test_in_a_history_a_touchpoint_with_the_outcomes_name_counts_after_the_contact(
    tiny_journey: Journey,
) -> None:
    """A click at noon: not for a contact at noon, for one a day before, not for one two days before."""
    click = Interaction(occurred_at=NOON, channel="web", touchpoint="clicked", kind=Kind.TOUCHPOINT)
    history = build_history(tiny_journey, [[click]])
    decided = np.array([to_ms(NOON - timedelta(days=days)) for days in (0, 1, 2)])
    teaser = np.full(3, tiny_journey.treatment_index["teaser", "email"], dtype=np.int32)

    responded_at, _ = seen_in_history(
        history, np.zeros(3, dtype=np.int64), decided, decided + 86_400_000, tiny_journey, teaser
    )

    assert responded_at.tolist() == [NEVER, to_ms(NOON), NEVER]
