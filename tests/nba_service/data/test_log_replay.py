"""The log, decided again: counted, compared, and read a page at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from models.domain.history import to_ms
from models.policy.engine import Engine
from nba_service.data import log_replay
from nba_service.data.log_replay import Replaying
from nba_service.data.rehearsed_change import RehearsedChange
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.made import decision_row
from nba_service.services import Services
from nba_service.store.rows import CustomerRow
from tests.nba_service.conftest import NOW


@pytest.fixture
def replaying(parts: Services) -> Replaying:
    return Replaying(parts.store, parts.source, parts.decisions)


def log(parts: Services, number: int, *, in_dollars: bool = False, **changed: Any) -> None:
    """Decision ``log/number``, that many minutes after noon, in a row that is not as usual."""
    call = DecisionCall(
        customer_id=f"c-{number}",
        phase="customer",
        channels=("web",),
        decision_id=f"log/{number}",
        decided_at=NOW + timedelta(minutes=number),
    )
    row = decision_row(parts.decisions.hypothetical(call))
    if in_dollars:
        answer = {**orjson.loads(row.answer or ""), "currency": "USD", "gone": 1}
        changed["answer"] = orjson.dumps(answer).decode()
    changes = {
        name: change(getattr(row, name)) if callable(change) else change for name, change in changed.items()
    }
    parts.store.plain.add_decisions([replace(row, **changes)], {})


def test_an_empty_log_is_an_empty_report(replaying: Replaying) -> None:
    report = replaying.replay(0, 100)

    assert (report.decisions, report.identical, report.different, report.impossible) == (0, 0, 0, {})


def test_each_decision_is_identical_different_or_impossible(parts: Services, replaying: Replaying) -> None:
    log(parts, 0)
    log(parts, 1, in_dollars=True)
    log(parts, 2, state=None)
    log(parts, 3, bundle="b-gone")
    log(parts, 4, state=None)

    report = replaying.replay(0, 100)

    assert (report.decisions, report.identical, report.different) == (5, 1, 1)
    assert report.impossible == {"REPLAY_IMPOSSIBLE": 2, "BUNDLE_GONE": 1}
    (difference,) = report.differences
    assert difference.decision_id == "log/1"
    assert difference.fields == {"currency": ("USD", "EUR"), "gone": (1, None)}


def test_it_begins_at_a_moment_and_ends_after_so_many(parts: Services, replaying: Replaying) -> None:
    for number in range(5):
        log(parts, number)

    assert replaying.replay(to_ms(NOW + timedelta(minutes=3)), 100).decisions == 2
    assert replaying.replay(0, 3).decisions == 3
    assert replaying.replay(0, 0).decisions == 0


def test_pages_leave_none_out_and_repeat_none(
    parts: Services, replaying: Replaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_replay, "_PAGE", 2)
    for number in range(5):
        log(parts, number, decided_at=to_ms(NOW))

    assert [row.decision_id for row in replaying._logged(0, 100)] == [f"log/{n}" for n in range(5)]
    assert [row.decision_id for row in replaying._logged(0, 3)] == [f"log/{n}" for n in range(3)]


def test_only_the_first_differences_are_shown(
    parts: Services, replaying: Replaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_replay, "_MOST_SHOWN", 2)
    for number in range(3):
        log(parts, number, in_dollars=True)

    report = replaying.replay(0, 100)

    assert report.different == 3
    assert [one.decision_id for one in report.differences] == ["log/0", "log/1"]


def test_a_rehearsal_compares_with_another_engine_and_counts_what_it_cannot(
    parts: Services, replaying: Replaying
) -> None:
    log(parts, 0)
    log(parts, 1)
    log(parts, 2, state=None)
    journey = parts.source.current().journey
    moved = [replace(one, phases=("stranger",)) if one.name == "care" else one for one in journey.actions]
    care_is_gone = replace(journey, actions=tuple(moved))

    same, impossible = replaying.rehearse(RehearsedChange(engine=Engine(journey, None, "none")), 0, 100)
    changed, _ = replaying.rehearse(RehearsedChange(engine=Engine(care_is_gone, None, "none")), 0, 100)

    assert (same.decisions, same.changed) == (2, 0)
    assert impossible == {"REPLAY_IMPOSSIBLE": 1}
    (care,) = [one for one in changed.shifts if one.action == "care"]
    assert care.before > 0
    assert care.after == 0


def test_imported_decisions_are_rehearsed_from_what_the_store_knows_of_their_moment(
    parts: Services, replaying: Replaying
) -> None:
    """Of an erased person, too, only columns are left; but there is no customer any more."""
    gone = dict.fromkeys(("answer", "request", "state", "bundle"))
    for number in range(3):
        log(parts, number, **gone)
    parts.store.plain.put_customers([CustomerRow(customer_id="c-1"), CustomerRow(customer_id="c-2")])
    journey = parts.source.current().journey

    same, impossible = replaying.rehearse(RehearsedChange(engine=Engine(journey, None, "none")), 0, 100)

    assert (same.decisions, same.changed) == (2, 0)
    assert impossible == {"REPLAY_IMPOSSIBLE": 1}
