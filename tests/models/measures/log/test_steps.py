"""Steps of a period: who took one, after how long, and what we and they did before it."""

from __future__ import annotations

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.log.records import Names, customer_hash
from models.measures.log.steps import BOUNDS, step_taken, steps_in
from tests.models.measures.fact_builders import DAY0, build, decision, visit

SINCE, UNTIL = DAY0, DAY0 + 28 * DAY_MS


def test_moves_are_counted_by_step_and_first_sights_are_none(tiny_journey: Journey) -> None:
    """Two ask for an offer, one of them orders; one only visits."""
    names = Names()
    log = build(
        tiny_journey, names,
        visit(1, "visit", "a"), visit(4, "quote", "a"), visit(9, "order", "a"),
        visit(2, "visit", "b"), visit(5, "quote", "b"),
        visit(3, "visit", "c"),
    )  # fmt: skip
    found = {(names.name(one.before), names.name(one.phase)): one for one in steps_in(log, SINCE, UNTIL)}

    assert {step: (one.moves, one.customers, one.lapsed) for step, one in found.items()} == {
        ("stranger", "interested"): (2, 2, 0),
        ("interested", "customer"): (1, 1, 0),
    }
    assert next(iter(found)) == ("stranger", "interested")  # the most moves first
    assert steps_in(log, SINCE - DAY_MS, SINCE) == []


def test_a_step_has_its_times_actions_touchpoints_and_people(tiny_journey: Journey) -> None:
    """a was a stranger for 3 days, b for 10; a got a mail two days before, b nine: too long ago."""
    names = Names()
    log = build(
        tiny_journey, names,
        visit(1, "visit", "a"), decision("d-1", 2, customer_id="a"), visit(4, "quote", "a"),
        visit(2, "visit", "b"), decision("d-2", 3, customer_id="b"), visit(12, "quote", "b"),
        decision("d-3", 13, customer_id="b"),  # after the step
        decision("d-4", 11, "nothing", customer_id="b"),
    )  # fmt: skip
    step = (names.find("stranger"), names.find("interested"))
    found = step_taken(log, SINCE, UNTIL, *step, back_days=7.0, most=10)

    assert [round(day, 2) for day in found.days] == [3.7, 4.75, 6.5, 8.25, 9.3]
    assert [(number, BOUNDS[place - 1]) for place, number in enumerate(found.histogram) if number] == [
        (1, 3.0),
        (1, 7.0),
    ]
    assert [(names.name(one.code), one.customers, one.times) for one in found.actions] == [("teaser", 1, 1)]
    assert [(names.name(one.code), one.customers) for one in found.triggers] == [("quote", 2)]
    assert found.latest.tolist() == [customer_hash("b"), customer_hash("a")]


def test_who_takes_a_step_twice_is_one_person(tiny_journey: Journey) -> None:
    """Asks, is quiet for thirty days and lapses, and asks again."""
    names = Names()
    log = build(tiny_journey, names, visit(0, "visit"), visit(1, "quote"), visit(40, "quote"))
    until = DAY0 + 60 * DAY_MS
    step = (names.find("stranger"), names.find("interested"))
    found = step_taken(log, SINCE, until, *step, back_days=7.0, most=10)
    back = step_taken(log, SINCE, until, *reversed(step), back_days=7.0, most=10)

    assert (found.count.moves, found.count.customers, len(found.latest)) == (2, 1, 1)
    assert (back.count.moves, back.count.lapsed, back.triggers) == (1, 1, ())


def test_a_step_that_nobody_took_is_empty(tiny_journey: Journey) -> None:
    names = Names()
    log = build(tiny_journey, names, visit(1, "visit"))
    found = step_taken(log, SINCE, UNTIL, -1, -1, back_days=7.0, most=10)

    assert (found.count.moves, found.days, sum(found.histogram), found.actions) == (0, (), 0, ())
