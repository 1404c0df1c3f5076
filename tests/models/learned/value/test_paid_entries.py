"""A phase that pays once pays nothing to who has been there, however the past is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.history import build_history
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.past import build_past, event_of, pack, unpack
from models.domain.past.reading import PastReader
from models.domain.phases import PhaseMachine
from models.learned.features.builder import FeatureBuilder, make_spec
from models.learned.value.paid_entries import paid_entries, pays_once
from tests.models.domain.stands import at, event


@pytest.fixture(scope="session")
def once(tiny_journey: Journey) -> Journey:
    """Entering ``interested`` and ``customer`` pays once; they lapse as before."""
    phases = [replace(phase, paid_once=True) for phase in tiny_journey.phases]
    return replace(tiny_journey, phases=tuple(phases))


def paid(journey: Journey, customers: list[list[Interaction]], days: float) -> list[list[str]]:
    """Names of the phases that have paid for good, of each customer."""
    history, who = build_history(journey, customers), np.arange(len(customers))
    builder = FeatureBuilder(make_spec(journey), journey)
    situations = builder.situate(
        history=history,
        customer=who,
        instant=np.full(len(who), at(days)),
        attributes=builder.attribute_matrix([{}] * len(who)),
    )
    found = paid_entries(pays_once(journey), situations.phases_reached)
    assert found is not None
    return [_names(journey, each) for each in found]


def _names(journey: Journey, done: np.ndarray) -> list[str]:
    return [phase.name for phase, each in zip(journey.phases, done, strict=True) if each]


def test_who_was_there_is_paid_for_and_who_was_not_is_not(once: Journey) -> None:
    """The first phase has no value, so nothing of it is ever paid."""
    bought = [event(0, "visit"), event(1, "record", phase="customer"), event(2, "record", phase="stranger")]

    for days, expected in ((0.5, []), (1.5, ["customer"]), (400, ["customer"])):
        assert paid(once, [bought], days) == [expected]
    assert paid(once, [[event(0, "visit"), event(1, "quote")], []], 2) == [["interested"], []]


def test_a_file_whose_phases_pay_each_time_has_nothing_to_remember(tiny_journey: Journey) -> None:
    worthless = replace(tiny_journey.phases[0], paid_once=True)

    assert pays_once(tiny_journey) is None
    assert pays_once(replace(tiny_journey, phases=(worthless, *tiny_journey.phases[1:]))) is None
    assert paid_entries(None, np.array([7])) is None


PHASES = st.sampled_from(["stranger", "interested", "customer", None])
PAST = st.lists(st.tuples(st.integers(0, 90), PHASES), max_size=8, unique_by=lambda each: each[0])


@settings(max_examples=60, deadline=None)
@given(pasts=st.lists(PAST, min_size=2, max_size=3), days=st.integers(0, 200), cut=st.integers(0, 100))
def test_all_at_once_one_by_one_and_folded_say_the_same(
    once: Journey, pasts: list[list[tuple[int, str | None]]], days: int, cut: int
) -> None:
    machine = PhaseMachine(once)
    reader = PastReader(once, machine)
    customers = [
        [event(day, "record", phase=phase) if phase else event(day, "visit") for day, phase in own]
        for own in (sorted(past, key=lambda each: each[0]) for past in pasts)
    ]
    for own, expected in zip(customers, paid(once, customers, days), strict=True):
        past = build_past(event_of(each, str(number)) for number, each in enumerate(own))
        before = at(min(cut, days))
        for kept in (past, past.fold(before, reader.checkpoint(past, before))):
            history = reader.history(unpack(pack(kept)))
            end = int(history.ends(np.array([0]), np.array([at(days)]))[0])
            reached = machine.states_of_one(history, end, at(days)).reached
            found = paid_entries(pays_once(once), reached)
            assert found is not None
            assert _names(once, found[0]) == expected
        assert paid(once, [own], days) == [expected]
