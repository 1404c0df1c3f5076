"""Rules of phases: who moves a customer, when they lapse, and that nothing later is known."""

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
from models.domain.history import DAY_MS, History, build_history, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey, Lapse, PhaseRule
from models.domain.phases import PhaseMachine, PhaseTrace
from models.errors import JourneyFileError
from tests.models.domain.stands import NOON, ORIGIN, Stand, at, event, look, with_rules


def follow(journey: Journey, interactions: Sequence[Interaction], days: float) -> Stand | None:
    history = build_history(journey, [interactions])
    customer, instant = np.array([0]), np.array([at(days)])
    trace = PhaseMachine(journey).trace(history)
    phase, when = trace.next_entry(customer, history.ends(customer, instant), instant)
    if phase[0] < 0:
        assert when[0] == -1
        return None
    return Stand(journey.phases[phase[0]].name, (int(when[0]) - ORIGIN) / DAY_MS)


def with_lapses(journey: Journey, **lapses: Lapse | None) -> Journey:
    phases = [replace(p, lapse=lapses[p.name]) if p.name in lapses else p for p in journey.phases]
    return replace(journey, phases=tuple(phases))


def test_a_stranger_without_history_is_in_the_first_phase_from_now_on(tiny_journey: Journey) -> None:
    assert look(tiny_journey, [], 3) == Stand("stranger", 3)
    assert look(tiny_journey, [event(5, "order")], 3) == Stand("stranger", 3)
    assert follow(tiny_journey, [], 3) is None


def test_the_first_phase_lasts_since_the_first_event(tiny_journey: Journey) -> None:
    assert look(tiny_journey, [event(1, "visit"), event(2, "visit")], 3) == Stand("stranger", 1)


def test_an_event_counts_strictly_after_it_happened(tiny_journey: Journey) -> None:
    quote = [event(1, "quote")]

    assert look(tiny_journey, quote, 1).phase == "stranger"
    assert look(tiny_journey, quote, 1 + 1 / DAY_MS) == Stand("interested", 1)


def test_a_rule_applies_only_from_its_phases(tiny_journey: Journey) -> None:
    """``quote`` leads on from stranger only: a customer who asks again stays one."""
    assert look(tiny_journey, [event(1, "order"), event(2, "quote")], 3) == Stand("customer", 1)


def test_staying_in_a_phase_does_not_begin_it_again(tiny_journey: Journey) -> None:
    assert look(tiny_journey, [event(1, "order"), event(20, "order")], 30) == Stand("customer", 1)


def test_the_first_rule_that_holds_wins(tiny_journey: Journey) -> None:
    first = PhaseRule(when="interaction.touchpoint.startsWith('v')", to="interested")
    second = PhaseRule(when="interaction.touchpoint == 'visit'", to="customer")

    assert look(with_rules(tiny_journey, first, second), [event(1, "visit")], 2).phase == "interested"
    assert look(with_rules(tiny_journey, second, first), [event(1, "visit")], 2).phase == "customer"


def test_a_stated_phase_wins_over_the_rules(tiny_journey: Journey) -> None:
    assert look(tiny_journey, [event(1, "order", phase="interested")], 2) == Stand("interested", 1)


def test_silence_longer_than_the_lapse_moves_at_its_end(tiny_journey: Journey) -> None:
    """interested lapses 30 days after the last own activity, here on day 5."""
    events = [event(1, "quote"), event(5, "visit")]

    assert look(tiny_journey, events, 35) == Stand("interested", 1)
    assert look(tiny_journey, events, 35.1) == Stand("stranger", 35)
    assert follow(tiny_journey, events, 35) == Stand("stranger", 35)
    assert follow(tiny_journey, events, 35.1) is None


def test_what_we_do_is_no_activity_of_theirs(tiny_journey: Journey) -> None:
    contact = event(20, "contact", kind=Kind.CONTACT, action="teaser")
    mail = event(25, "mail_sent")

    assert look(tiny_journey, [event(1, "quote"), contact, mail], 31.1) == Stand("stranger", 31)


def test_lapses_chain_and_each_counts_from_the_one_before(tiny_journey: Journey) -> None:
    chained = with_lapses(tiny_journey, customer=Lapse(after_days=90, to="interested"))

    assert look(chained, [event(0, "order")], 90.1) == Stand("interested", 90)
    assert look(chained, [event(0, "order")], 120.1) == Stand("stranger", 120)
    assert look(chained, [event(0, "order"), event(200, "visit")], 201) == Stand("stranger", 120)


def test_activity_after_a_lapse_meets_the_rules_of_the_phase_lapsed_to(tiny_journey: Journey) -> None:
    """interested → stranger on day 31, so that quote on day 40 leads on again."""
    assert look(tiny_journey, [event(1, "quote"), event(40, "quote")], 41) == Stand("interested", 40)


def test_a_phase_cannot_lapse_after_no_time(tiny_journey: Journey) -> None:
    with pytest.raises(JourneyFileError, match="'interested' lapses after 0"):
        PhaseMachine(with_lapses(tiny_journey, interested=Lapse(after_days=0, to="stranger")))


def test_the_reference_company_closes_its_loop(solar_journey: Journey) -> None:
    """Signed on day 0: experience, after 240 days loyalty, after another 540 out of the market."""
    signed = [event(0, "contract_signed")]

    assert look(solar_journey, signed, 240.1) == Stand("loyalty", 240)
    assert look(solar_journey, signed, 780.1) == Stand("out_of_market", 780)


def test_entries_are_all_moves_in_order_with_the_event_that_made_them(tiny_journey: Journey) -> None:
    history = build_history(
        tiny_journey, [[], [event(1, "visit"), event(2, "quote"), event(60, "order")], [event(3, "order")]]
    )

    entries = PhaseMachine(tiny_journey).trace(history).entries()

    assert entries.customer.tolist() == [1, 1, 1, 2]
    assert entries.instant.tolist() == [at(2), at(32), at(60), at(3)]
    assert [tiny_journey.phases[p].name for p in entries.phase] == [
        "interested",
        "stranger",
        "customer",
        "customer",
    ]
    assert entries.event.tolist() == [1, -1, 2, 3]


def test_lags_and_moves_count_lapses_and_end_where_all_began(tiny_journey: Journey) -> None:
    """stranger, quote: interested (day 2), lapse: stranger (32), order: customer (60)."""
    history = build_history(tiny_journey, [[event(1, "visit"), event(2, "quote"), event(60, "order")]])
    instant = np.array([at(1.5), at(3), at(33), at(61), at(152)])
    customer = np.zeros(5, dtype=np.int64)

    states = (
        PhaseMachine(tiny_journey).trace(history).states(customer, history.ends(customer, instant), instant)
    )

    assert states.phase.tolist() == [0, 1, 0, 2, 0]
    assert states.lags.tolist() == [[-1, -1], [0, -1], [1, 0], [0, 1], [2, 0]]
    assert states.entered.tolist() == [0, 1, 2, 3, 4]
    assert [f"{mask:b}" for mask in states.reached.tolist()] == ["1", "11", "11", "111", "111"]


def test_what_one_customer_reached_is_not_what_another_did(tiny_journey: Journey) -> None:
    """Three customers one after the other; the second, between two who moved, did nothing but visit."""
    pasts = [[event(1, "quote"), event(2, "order")], [event(1, "visit")], [event(3, "order")]]
    history = build_history(tiny_journey, pasts)
    customer, instant = np.array([2, 1, 0, 0]), np.array([at(9), at(9), at(1.5), at(9)])

    states = (
        PhaseMachine(tiny_journey).trace(history).states(customer, history.ends(customer, instant), instant)
    )

    assert [f"{mask:b}" for mask in states.reached.tolist()] == ["101", "1", "11", "111"]


def walk(journey: Journey, interactions: Sequence[Interaction], until: int) -> list[tuple[int, int]]:
    """(instant, phase) of every entry; the first is where all begin."""
    ordered = sorted(interactions, key=lambda each: each.occurred_at)
    if not ordered:
        return []
    entries = [(to_ms(ordered[0].occurred_at), 0)]
    activity = entries[0][0]

    def lapse(moment: int) -> None:
        while (own := journey.phases[entries[-1][1]].lapse) is not None:
            due = max(activity, entries[-1][0]) + round(own.after_days * DAY_MS)
            if due >= moment:
                return
            entries.append((due, journey.phase_index[own.to]))

    for each in ordered:
        moment, phase = to_ms(each.occurred_at), entries[-1][1]
        lapse(moment)
        phase = entries[-1][1]
        if each.phase is not None:
            new = journey.phase_index[each.phase]
        elif each.touchpoint == "order" and (each.value > 10 or each.value == 0):
            new = 2
        elif each.touchpoint == "quote" and phase == 0:
            new = 1
        else:
            new = phase
        if new != phase:
            entries.append((moment, new))
        if each.kind is not Kind.CONTACT and each.touchpoint != "mail_sent":
            activity = moment
    lapse(until)
    return entries


EVENTS = st.builds(
    Interaction,
    occurred_at=st.integers(0, 400).map(lambda days: NOON + timedelta(days=days)),
    channel=st.sampled_from([None, "web", "email"]),
    touchpoint=st.sampled_from(["visit", "quote", "order", "mail_sent", "unheard_of"]),
    kind=st.sampled_from([Kind.TOUCHPOINT, Kind.TOUCHPOINT, Kind.CONTACT]),
    phase=st.sampled_from([None, None, None, "interested", "customer", "stranger"]),
    value=st.sampled_from([0.0, 5.0, 50.0]),
)


@pytest.fixture(scope="module")
def looping_journey(tiny_journey: Journey) -> Journey:
    """Every phase lapses, in a circle, and one rule reads the value of each event."""
    journey = with_lapses(
        tiny_journey,
        stranger=Lapse(after_days=70, to="interested"),
        interested=Lapse(after_days=30, to="stranger"),
        customer=Lapse(after_days=50, to="interested"),
    )
    return with_rules(
        journey,
        PhaseRule(
            when="interaction.touchpoint == 'order' && "
            "(interaction.value > 10.0 || interaction.value == 0.0)",
            to="customer",
        ),
        PhaseRule(when="interaction.touchpoint == 'quote'", to="interested", from_phases=("stranger",)),
    )


def states_of(trace: PhaseTrace, history: History, asked: Sequence[int]) -> tuple[np.ndarray, ...]:
    """Phase, since, next phase and its instant of every customer at every asked instant."""
    customer = np.repeat(np.arange(history.n_customers), len(asked))
    instant = np.tile(np.array(asked, dtype=np.int64), history.n_customers)
    end = history.ends(customer, instant)
    return (*trace.at(customer, end, instant), *trace.next_entry(customer, end, instant))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(EVENTS, max_size=8), min_size=1, max_size=4),
    st.lists(st.integers(-10, 500), min_size=1, max_size=5),
)
def test_the_machine_agrees_with_walking_event_by_event(
    looping_journey: Journey, per_customer: list[list[Interaction]], days: list[int]
) -> None:
    history = build_history(looping_journey, per_customer)
    asked = [at(day) for day in days]
    found = states_of(PhaseMachine(looping_journey).trace(history), history, asked)

    expected = []
    for interactions in per_customer:
        entries = walk(looping_journey, interactions, at(1000))
        for instant in asked:
            before = [entry for entry in entries if entry[0] < instant]
            since, phase = before[-1] if before else (instant, 0)
            later = [entry for entry in entries[1:] if entry[0] >= instant]
            moment, following = later[0] if later else (-1, -1)
            expected.append((phase, since, following, moment))
    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(EVENTS, max_size=12), st.integers(-10, 500))
def test_one_customer_at_one_moment_is_where_the_trace_says(
    looping_journey: Journey, interactions: list[Interaction], day: int
) -> None:
    """Decisions take the short way, training the long one: every field is the same, bit for bit."""
    machine = PhaseMachine(looping_journey)
    history = build_history(looping_journey, [interactions])
    customer, instant = np.array([0]), np.array([at(day)])
    end = history.ends(customer, instant)

    expected = machine.trace(history).states(customer, end, instant)
    for native in {kernel.native, None}:  # compiled, where it was built, and in Python
        with mock.patch.object(kernel, "native", native):
            found = PhaseMachine(looping_journey).states_of_one(history, int(end[0]), int(instant[0]))
        for name in ("phase", "since", "lags", "entered", "anchor", "seen", "reached"):
            mine, theirs = getattr(found, name), getattr(expected, name)
            assert (mine.dtype, mine.shape, mine.tolist()) == (theirs.dtype, theirs.shape, theirs.tolist())


@settings(max_examples=80, deadline=None)
@given(st.lists(EVENTS, max_size=8), st.lists(EVENTS, max_size=8), st.integers(0, 400))
def test_no_phase_knows_what_happens_at_or_after_its_moment(
    looping_journey: Journey, past: list[Interaction], future: list[Interaction], day: int
) -> None:
    instant = NOON + timedelta(days=day)
    past = [each for each in past if each.occurred_at < instant]
    later = [replace(each, occurred_at=instant + (each.occurred_at - NOON)) for each in future]

    assert look(looping_journey, past + later, day) == look(looping_journey, past, day)
