"""The walk of one customer, compiled and in Python: the same numbers, from wherever it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import kernel
from models.domain.history import PhaseWalk, build_history
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey, Lapse, PhaseRule
from models.domain.past import build_past, event_of
from models.domain.past.reading import PastReader
from models.domain.phases import PhaseMachine
from tests.models.domain.stands import NOON, at
from tests.models.domain.test_phases import with_lapses

pytestmark = pytest.mark.skipif(kernel.native is None, reason="the kernel was not built: no C compiler")

EVENTS = st.builds(
    lambda hours, **of: Interaction(occurred_at=NOON + timedelta(hours=hours), channel="web", **of),
    hours=st.integers(0, 24 * 120),
    touchpoint=st.sampled_from(["visit", "quote", "order", "unheard_of"]),
    kind=st.sampled_from([Kind.TOUCHPOINT, Kind.TOUCHPOINT, Kind.CONTACT]),
    phase=st.sampled_from([None, None, None, None, "interested", "customer"]),
    value=st.sampled_from([0.0, 5.0, 50.0]),
)
BY_VALUE = PhaseRule(when="interaction.touchpoint == 'order' && interaction.value > 10.0", to="customer")
BY_NAME = PhaseRule(when="interaction.touchpoint == 'quote'", to="interested", from_phases=("stranger",))
BY_CHANNEL = PhaseRule(when="interaction.channel == 'web' && interaction.kind == 'contact'", to="interested")


def journeys(journey: Journey) -> list[Journey]:
    """Rules of names alone, of all that an event is, and one that has to be asked about each order."""
    lapsing = with_lapses(
        journey, interested=Lapse(after_days=9, to="stranger"), customer=Lapse(after_days=3, to="interested")
    )
    rules = ((BY_NAME,), (BY_NAME, BY_CHANNEL), (BY_VALUE, BY_NAME), ())
    return [replace(lapsing, phase_rules=rule) for rule in rules]


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, max_size=30), st.integers(0, 30), st.booleans())
def test_compiled_and_in_python(
    tiny_journey: Journey, events: Sequence[Interaction], place: int, goes_on: bool
) -> None:
    for journey in journeys(tiny_journey):
        history = build_history(journey, [events])
        end = min(place, len(events))
        if goes_on:
            history = replace(history, walked=(end // 2, PhaseWalk(1, 0, -1, at(-3), 1, at(-1), at(-9))))
        found = [PhaseMachine(journey).walk_one(history, end, at(5))]
        with mock.patch.object(kernel, "native", None):
            found.append(PhaseMachine(journey).walk_one(history, end, at(5)))
        assert found[0] == found[1]


def test_a_machine_that_knows_the_sorts_already_walks_the_same_way(tiny_journey: Journey) -> None:
    """Sorts are looked up once; the next customer meets a table that is filled."""
    journey = journeys(tiny_journey)[2]
    days = {"quote": 1, "order": 2, "visit": 8}
    events = [
        Interaction(occurred_at=NOON + timedelta(days=day), channel="web", touchpoint=name, value=50.0)
        for name, day in days.items()
    ]
    history, machine = build_history(journey, [events]), PhaseMachine(journey)

    first, again = (machine.walk_one(history, 3, at(9)) for _ in range(2))

    assert first == again
    assert journey.phases[first.phase].name == "interested"  # a customer for three days from the order on
    assert first.since == at(5)
    assert first.entered == 3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(EVENTS, min_size=1, max_size=30), st.lists(st.integers(1, 24 * 150), min_size=1), st.booleans()
)
def test_one_walk_stands_where_each_of_many_stands(
    tiny_journey: Journey, events: Sequence[Interaction], hours: Sequence[int], folded: bool
) -> None:
    for journey in journeys(tiny_journey):
        walks, history = PhaseMachine(journey).walks, build_history(journey, [events])
        instants = int(history.occurred_at[0]) + 3_600_000 * np.sort(np.array(hours, dtype=np.int64))
        if folded:
            past = build_past(event_of(event, str(n)) for n, event in enumerate(events))
            kept = past.fold(int(instants[0]) - 1)
            history = PastReader(journey, PhaseMachine(journey)).history(kept)
        ends = history.occurred_at.searchsorted(instants)
        found = [walks.phases_at(history, ends, instants)]  # rules are asked
        each = zip(ends.tolist(), instants.tolist(), strict=True)
        told = [walks.stand(history, end, instant).phase for end, instant in each]
        found.append(walks.phases_at(history, ends, instants))
        with mock.patch.object(kernel, "native", None):
            found.append(walks.phases_at(history, ends, instants))
        assert [own.tolist() for own in found] == [told] * 3
