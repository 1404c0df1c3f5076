"""An answer is computed once until something is rolled up anew."""

from __future__ import annotations

import pytest

from nba_service.errors import Problem
from nba_service.measures import Measures, Question
from nba_service.measures.rollups.rollup import Rollup
from nba_service.services import Services
from tests.nba_service.measures.conftest import NOW
from tests.nba_service.store.row_builders import decision


@pytest.fixture
def measures(parts: Services) -> Measures:
    return parts.measures


def test_without_a_rollup_the_state_is_empty(measures: Measures) -> None:
    answer = measures.lift(Question())

    assert (answer["state"], answer["period"], answer["rolled_up_at"]) == ("empty", None, None)
    assert measures.age().rolled_up_at is None


def test_an_answer_is_kept_until_the_next_rollup(parts: Services, measures: Measures) -> None:
    rollup = Rollup(parts.store.plain.rollups, parts.source.current().journey, lambda: NOW)
    at = round(NOW.timestamp() * 1000) - 1_000
    parts.store.plain.add_decisions([decision("d", at=at, delivered=at)])
    rollup.run()
    first = measures.lift(Question())
    assert measures.lift(Question()) is first
    assert first["state"] == "ok"
    assert first["period"]["until"] == "2026-11-21T00:00:00Z"

    parts.store.plain.add_decisions([decision("e", "b", at=at, delivered=at)])
    rollup.run()

    assert sum(arm["customers"] or 0 for arm in measures.lift(Question(hide_below=0))["arms"]) == 2


def test_a_measure_that_there_is_not_is_refused(measures: Measures) -> None:
    with pytest.raises(Problem) as refused:
        measures.ask("luck", Question())
    assert refused.value.kind == "NOT_FOUND"


def test_two_measures_of_one_page_read_their_records_once(
    parts: Services, measures: Measures, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = round(NOW.timestamp() * 1000) - 1_000
    parts.store.plain.add_decisions([decision("d", at=at, delivered=at)])
    Rollup(parts.store.plain.rollups, parts.source.current().journey, lambda: NOW).run()
    table, asked = parts.store.plain.rollups, []
    read = table.read

    def counted(kind: str, first: int, last: int) -> list[bytes]:
        asked.append(kind)
        return read(kind, first, last)

    monkeypatch.setattr(table, "read", counted)
    measures.gap(Question())
    measures.touchpoints(Question())
    assert sorted(asked) == ["decisions", "events", "moves"]

    measures.gap(Question(days=7))
    assert sorted(asked[3:]) == ["decisions", "events"]  # other weeks; moves are all there already
