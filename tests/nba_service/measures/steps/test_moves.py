"""The measure moves: all steps, one of them in full, and nothing of a step that few took."""

from __future__ import annotations

from typing import Any

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.log.records import Names, customer_hash
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading
from nba_service.measures.steps.moves import moves
from tests.models.measures.fact_builders import DAY0, build, decision, visit


def asked(journey: Journey, people: int, hide_below: int) -> dict[str, Any]:
    """``people`` who visit, get a mail and ask for an offer."""
    names, facts = Names(), []
    ids = [f"c-{number:02}" for number in range(people)]
    for who in ids:
        facts += [visit(1, "visit", who), decision(f"d-{who}", 2, customer_id=who), visit(4, "quote", who)]
    until = DAY0 + 28 * DAY_MS
    log = build(journey, names, *facts)
    reading = Reading(log=log, names=names, since=DAY0, until=until, now=until)
    question = Question(phase="stranger", target="interested", hide_below=hide_below)
    known = {customer_hash(who): who for who in ids}
    return moves(reading, journey, question, lambda keys: {key: known[key] for key in keys})


def test_a_step_is_told_in_full(tiny_journey: Journey) -> None:
    found = asked(tiny_journey, 3, 0)
    step = found["step"]

    assert found["steps"] == [
        {"from": "stranger", "to": "interested", "moves": 3, "customers": 3, "lapsed": 0, "hidden": False}
    ]
    assert (step["moves"], step["days"][2]) == (3, 3.0)
    assert step["actions"][0]["action"] == "teaser"
    assert step["touchpoints"][0]["label"] == "Asked for an offer"
    assert {one["customer_id"] for one in step["people"]} == {"c-00", "c-01", "c-02"}


def test_few_are_hidden_with_everything_that_would_tell_who_they_are(tiny_journey: Journey) -> None:
    found = asked(tiny_journey, 3, 20)

    assert found["steps"][0]["moves"] is None
    assert (found["step"]["people"], found["step"]["actions"], found["step"]["hidden"]) == ([], [], True)
