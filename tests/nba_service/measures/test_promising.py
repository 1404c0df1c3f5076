"""Promises by week, with days on which no model decided."""

from __future__ import annotations

from dataclasses import replace

from nba_service.measures.promising import outages, promises
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def promising(reading: Reading) -> Reading:
    """The same decisions, each with a promise of 0.6."""
    decisions = reading.log.decisions.copy()
    decisions["propensity"] = 0.6
    return replace(reading, log=replace(reading.log, decisions=decisions))


def test_weeks_end_with_the_period_and_hold_all_contacts(reading: Reading) -> None:
    weeks = promises(promising(reading), Question())["weeks"]

    assert len(weeks) == 4
    assert weeks[-1]["until"] == "2026-11-21"
    assert sum(week["contacts"] for week in weeks) <= 800
    known = [week for week in weeks if week["happened"]]
    assert known
    assert all(week["happened"]["low"] <= week["happened"]["value"] for week in known)


def test_without_promises_nothing_is_said(reading: Reading) -> None:
    weeks = promises(reading, Question())["weeks"]

    assert {week["happened"] for week in weeks} == {None}
    assert promises(reading, Question(phase="customer"))["weeks"][0]["contacts"] == 0


def test_days_without_a_model_are_named(reading: Reading) -> None:
    decisions = reading.log.decisions.copy()
    names = reading.names
    code = names.code("MODEL_UNAVAILABLE")
    decisions["reason"][decisions["at"] < reading.since + 86_400_000 * 6] = code
    broken = replace(reading, log=replace(reading.log, decisions=decisions))

    found = outages(broken)

    assert outages(reading) == []
    assert found
    assert max(found) < "2026-10-30"
