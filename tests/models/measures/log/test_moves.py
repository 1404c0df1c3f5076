"""Moves are the phases that decisions see, and the lapses that are to come."""

from __future__ import annotations

from dataclasses import replace

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.log.records import Names
from tests.models.measures.fact_builders import DAY0, build, decision, visit


def test_phases_are_those_of_the_moment_and_lapses_are_followed(tiny_journey: Journey) -> None:
    """A quote on day 1 makes a stranger interested; 30 silent days later they are a stranger again."""
    names = Names()
    log = build(
        tiny_journey,
        names,
        visit(0, "visit"),
        visit(1, "quote"),
        visit(2, "visit"),
        decision("before", 0.5),
        decision("after", 1.5, "nothing"),
        decision("stated", 1.5, phase="customer"),
    )

    assert [names.name(code) for code in log.decisions["phase"]] == ["stranger", "interested", "customer"]
    assert [names.name(code) for code in log.events["phase"]] == ["stranger", "stranger", "interested"]
    moves = log.moves
    assert [names.name(code) for code in moves["phase"]] == ["stranger", "interested", "stranger"]
    assert moves["before"].tolist()[0] == 0
    assert moves["value"].tolist() == [0.0, 1.0, 0.0]
    assert moves["lapsed"].tolist() == [0, 0, 1]
    assert moves["at"].tolist() == [DAY0, DAY0 + DAY_MS, DAY0 + 32 * DAY_MS]
    assert moves["since"].tolist()[1:] == [DAY0, DAY0 + DAY_MS]


def test_a_phase_that_pays_once_has_its_value_at_the_first_move_only(tiny_journey: Journey) -> None:
    """Interested on day 1, a stranger again after 30 silent days, interested once more on day 40."""
    events = (visit(0, "visit"), visit(1, "quote"), visit(40, "quote"))
    phases = tuple(replace(phase, paid_once=True) for phase in tiny_journey.phases)

    each, once = (
        build(journey, Names(), *events).moves["value"].tolist()
        for journey in (tiny_journey, replace(tiny_journey, phases=phases))
    )

    assert each == [0.0, 1.0, 0.0, 1.0, 0.0]
    assert once == [0.0, 1.0, 0.0, 0.0, 0.0]
