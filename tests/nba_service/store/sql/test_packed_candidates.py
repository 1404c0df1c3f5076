"""Packed candidates are read as JSON wherever rows of decisions leave the store; old rows as they are."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from models.domain.actions import NOTHING, Treatment
from models.policy.scoring.candidate_record import CandidateLayout, CandidateRecordError
from nba_service.store.rows import DecisionRow
from nba_service.store.sql_store import SqlStore
from tests.models.policy.scoring.test_candidate_record import candidates
from tests.nba_service.store.row_builders import decision

PACKED = candidates(5).packed()
EXACT = candidates(5).records()


def made(key: str = "d") -> DecisionRow:
    return replace(decision(key), candidates=None, workings=PACKED.record)


def names(text: object) -> list[tuple[str, str | None, float]]:
    assert isinstance(text, str)
    return [(one["action"], one["channel"], one["action_probability"]) for one in json.loads(text)]


EXPECTED = names(json.dumps(EXACT))


def test_candidates_leave_the_store_as_json(store: SqlStore) -> None:
    store.put_layout(PACKED.layout)
    store.put_layout(PACKED.layout)
    store.add_decisions([made()], {})
    row = store.decisions(["d"])["d"]

    assert row.workings == PACKED.record
    assert names(store.candidates(row)) == EXPECTED
    [of_customer] = store.records_of("c", 10)["decisions"]
    [exported] = store.scan("decisions", "", 10)
    for shown in (of_customer, exported):
        assert "workings" not in shown
        assert names(shown["candidates"]) == EXPECTED


def test_what_was_stored_before_is_read_as_it_is(store: SqlStore) -> None:
    store.add_decisions([replace(decision("old"), candidates='[{"action":"guide"}]'), decision("bare")], {})
    rows = store.decisions(["old", "bare"])

    assert store.candidates(rows["old"]) == '[{"action":"guide"}]'
    assert store.candidates(rows["bare"]) is None
    assert [one["candidates"] for one in store.scan("decisions", "", 10)] == [None, '[{"action":"guide"}]']


def test_a_layout_that_is_gone_is_named(store: SqlStore) -> None:
    store.add_decisions([made()], {})

    with pytest.raises(CandidateRecordError, match=f"Expected the layout {PACKED.layout.name}"):
        store.candidates(store.decisions(["d"])["d"])


def test_layouts_stand_once(store: SqlStore) -> None:
    other = CandidateLayout.of((Treatment(action=NOTHING, channel=None),), ("stranger",))
    for layout in (PACKED.layout, other, PACKED.layout):
        store.put_layout(layout)

    with store._database.transaction() as connection:
        assert connection.execute(sa.text("SELECT COUNT(*) FROM candidate_layouts")).scalar() == 2
