"""Pasts of several customers read together are each customer's own history."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.past import NO_PAST, build_past, event_of
from models.domain.past.joining import joined_history, may_join
from models.domain.past.past import Past
from models.domain.past.reading import MANY, PastReader
from models.domain.phases import PhaseMachine
from models.errors import PastError
from tests.models.learned.features.situations import EVENTS
from tests.models.learned.features.situations import NOON as AT

TOLD = st.builds(
    Interaction,
    occurred_at=st.just(AT),
    channel=st.just("web"),
    touchpoint=st.sampled_from(["visit", "quote"]),
    properties=st.sampled_from([{}, {"score": 1}, {"score": 2, "severity": "low"}]),
)


def past_of(log: list[Interaction]) -> Past:
    return build_past(event_of(event, str(number)) for number, event in enumerate(log))


@pytest.fixture
def reader(tiny_journey: Journey) -> PastReader:
    return PastReader(tiny_journey, PhaseMachine(tiny_journey))


@settings(deadline=None)
@given(st.lists(st.lists(EVENTS | TOLD, max_size=6), min_size=1, max_size=5))
def test_each_part_is_the_customers_own(tiny_journey: Journey, logs: list[list[Interaction]]) -> None:
    reader = PastReader(tiny_journey, PhaseMachine(tiny_journey))
    pasts = [past_of(log) for log in logs]
    together = joined_history(tiny_journey, reader, pasts)
    for number, past in enumerate(pasts):
        own = reader.history(past)
        rows = slice(*together.start[number : number + 2].tolist())
        for name in ("occurred_at", "kind", "channel", "action", "phase", "value_cents"):
            column = getattr(together, name)
            assert column[rows].tolist() == getattr(own, name).tolist()
            assert column.dtype == getattr(own, name).dtype
        assert [together.touchpoints[code] for code in together.touchpoint[rows]] == [
            own.touchpoints[code] for code in own.touchpoint
        ]
        told = [{}] * len(past) if own.properties is None else list(own.properties)
        assert told == ([{}] * len(past) if together.properties is None else list(together.properties[rows]))


def test_a_folded_past_and_a_long_one_are_read_alone(tiny_journey: Journey, reader: PastReader) -> None:
    visits = past_of([Interaction(occurred_at=AT, channel="web", touchpoint="visit")] * MANY)
    folded = visits.fold(int(visits.at[-1]) + 1)
    assert not may_join(visits)
    assert not may_join(folded)
    assert may_join(NO_PAST)
    with pytest.raises(PastError, match="one by one"):
        joined_history(tiny_journey, reader, [NO_PAST, folded])


def test_names_are_the_journeys_where_nobody_said_another(tiny_journey: Journey, reader: PastReader) -> None:
    """So that what is kept by list of names is found again."""
    visit = past_of([Interaction(occurred_at=AT, channel="web", touchpoint="visit")])
    assert joined_history(tiny_journey, reader, [visit, NO_PAST]).touchpoints is tiny_journey.touchpoint_names
    assert np.array_equal(joined_history(tiny_journey, reader, [visit, NO_PAST]).start, [0, 1, 1])
