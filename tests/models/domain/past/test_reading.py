"""A kept past gives the history that its interactions give, and stands where their phases stood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.history import build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.past import build_past, event_of, pack, reading, unpack
from models.domain.past.reading import PastReader
from models.domain.phases import PhaseMachine
from tests.models.learned.features.situations import EVENTS

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LOG = st.lists(EVENTS, max_size=12, unique_by=lambda event: event.occurred_at)


@settings(deadline=None)
@given(LOG)
def test_columns_are_those_of_the_interactions(tiny_journey: Journey, log: list[Interaction]) -> None:
    past = build_past(event_of(event, str(number)) for number, event in enumerate(log))
    read = PastReader(tiny_journey, PhaseMachine(tiny_journey)).history(unpack(pack(past)))
    made = build_history(tiny_journey, [log])
    for name in ("start", "occurred_at", "kind", "channel", "action", "phase", "value_cents"):
        assert getattr(read, name).tolist() == getattr(made, name).tolist()
        assert getattr(read, name).dtype == getattr(made, name).dtype
    assert [read.touchpoints[code] for code in read.touchpoint] == [
        made.touchpoints[code] for code in made.touchpoint
    ]


@settings(deadline=None)
@given(LOG, st.integers(0, 12), st.integers(0, 200))
def test_phases_go_on_from_where_they_stood(
    tiny_journey: Journey, log: list[Interaction], cut: int, later: int
) -> None:
    """Folded at any event, with the lapses that follow; a checkpoint of a checkpoint is no different."""
    machine = PhaseMachine(tiny_journey)
    reader = PastReader(tiny_journey, machine)
    past = build_past(event_of(event, str(number)) for number, event in enumerate(log))
    times = [*past.at.tolist(), 2 * 10**12]
    before = times[min(cut, len(times) - 1)]
    instant = max(times[:-1], default=0) + 1 + later * 86_400_000
    halfway = past.fold(times[0], reader.checkpoint(past, times[0]))
    for kept in (
        past.fold(before, reader.checkpoint(past, before)),
        halfway.fold(before, reader.checkpoint(halfway, before)),
    ):
        history = reader.history(unpack(pack(kept)))
        found = machine.states_of_one(history, len(kept), instant)
        made = machine.states_of_one(reader.history(past), len(past), instant)
        for name in ("phase", "since", "lags", "entered", "anchor", "seen"):
            assert np.array_equal(getattr(found, name), getattr(made, name)), name


def test_a_phase_that_the_journey_has_no_more_begins_anew(tiny_journey: Journey) -> None:
    reader = PastReader(tiny_journey, PhaseMachine(tiny_journey))
    event = Interaction(occurred_at=AT, channel="web", touchpoint="quote")
    past = build_past([event_of(event, "1")])
    point = reader.checkpoint(past, to_ms(AT) + 1)
    assert point is not None
    assert point.phase == "interested"
    gone = past.fold(to_ms(AT) + 1, point._replace(phase="gone"))
    folded = reader.history(gone).folded
    assert folded is not None
    assert (folded.walk.phase, folded.walk.since) == (0, to_ms(AT))


@settings(deadline=None)
@given(LOG, st.integers(1, 5), st.integers(0, 14), st.integers(0, 200))
def test_what_is_remembered_of_many_events_changes_nothing(
    tiny_journey: Journey, log: list[Interaction], many: int, cut: int, later: int
) -> None:
    """Whatever was asked before: with fewer events, with others, at an earlier moment."""
    machine = PhaseMachine(tiny_journey)
    events = [event_of(event, str(number)) for number, event in enumerate(log)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "MANY", many)
        reader = PastReader(tiny_journey, machine)
        for part in (events[:cut], events, events[1:], events):
            past = build_past(part)
            history = reader.history(past)
            end = min(cut, len(past))
            moments = [(len(past), max(past.at.tolist(), default=0) + 1 + later * 86_400_000)]
            moments += [(end, int(past.at[end]))] if end < len(past) else []
            for place, instant in moments:
                found = machine.states_of_one(history, place, instant)
                made = machine.states_of_one(replace(history, walked=None), place, instant)
                for name in ("phase", "since", "lags", "entered", "anchor", "seen"):
                    assert np.array_equal(getattr(found, name), getattr(made, name)), name
