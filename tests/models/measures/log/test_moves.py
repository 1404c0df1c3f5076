"""Moves are the phases that decisions see, and the lapses that are to come."""

from __future__ import annotations

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
