"""Overlapping rewards: one entry or touchpoint credited twice is counted, what only looks alike is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.domain.journey import Journey
from training.evaluation.off_policy.overlap import Overlap, find_overlap, overlap_note
from training.rows.rows import DecisionRows, RowSource

HORIZON = 14


@pytest.fixture
def worth(tiny_journey: Journey) -> int:
    """A phase whose entry has a value, and that is not the first."""
    return next(i for i, phase in enumerate(tiny_journey.phases) if i and phase.value)


def rows(day: list[int], next_phase: list[int], **columns: Any) -> DecisionRows:
    n = len(day)
    at = np.array(day, dtype=np.int64)
    known: dict[str, Any] = {
        "customer": np.zeros(n, dtype=np.int64),
        "treatment": np.ones(n, dtype=np.int32),
        "source": np.full(n, RowSource.DECISION, dtype=np.int8),
        "response": np.zeros(n, dtype=np.int8),
    } | {name: np.array(values) for name, values in columns.items()}
    return DecisionRows(
        decided_at=at,
        action_probability=np.full(n, 0.5),
        stated_phase=np.full(n, -1, dtype=np.int32),
        phase=np.zeros(n, dtype=np.int32),
        response_known_at=at + HORIZON,
        responded_at=at,
        reward=np.zeros(n),
        next_phase=np.array(next_phase, dtype=np.int32),
        next_known_at=at + HORIZON,
        decision=np.arange(n),
        **known,
    )


def found(log: DecisionRows, journey: Journey, phase: list[int]) -> Overlap:
    return find_overlap(log, np.array(phase, dtype=np.int32), journey)


def test_one_entry_after_two_decisions_is_shared(tiny_journey: Journey, worth: int) -> None:
    """Days 0 and 7, moved on day 10: both horizons end after it."""
    overlap = found(rows([7, 0], [worth, worth]), tiny_journey, [0, 0])

    assert overlap == Overlap(entries=1, responses=0, rewarded=2)
    assert "1 share an entry" in str(overlap_note(overlap))


@pytest.mark.parametrize(
    ("day", "phase", "customer"),
    [([0, 14], [0, 0], [0, 0]), ([0, 7], [0, 0], [0, 1]), ([0, 7], [0, 2], [0, 0])],
    ids=["one horizon after the other", "two customers", "from another phase: a second entry"],
)
def test_what_only_looks_alike_is_not(
    tiny_journey: Journey, worth: int, day: list[int], phase: list[int], customer: list[int]
) -> None:
    phase = [each if each != worth else 0 for each in phase]
    overlap = found(rows(day, [worth, worth], customer=customer), tiny_journey, phase)

    assert overlap.entries == 0
    assert overlap_note(overlap) is None


def test_contacts_of_one_action_may_share_a_touchpoint_where_nothing_names_the_decision(
    tiny_journey: Journey,
) -> None:
    exposure = [int(RowSource.EXPOSURE)] * 2
    seen = rows([0, 3], [0, 0], response=[1, 1], source=exposure)
    named = rows([0, 3], [0, 0], response=[1, 1])

    assert found(seen, tiny_journey, [0, 0]).responses == 1
    assert found(named, tiny_journey, [0, 0]).responses == 0
