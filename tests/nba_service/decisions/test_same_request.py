"""Whether two calls ask the same, however they are spelled and whichever id of a person they use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from nba_service.decisions.calls import DecisionCall, InteractionCall, Profile, WindowCall
from nba_service.decisions.same_request import canonical_request, same_question
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.interface import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(Settings(database_url=f"sqlite:///{tmp_path}/nba.sqlite"))
    made.migrate()
    made.merge("ada", ["ada-old"], at=0, ids=iter(["m-1"]), profile=None)
    yield made
    made.close()


def request(**fields: object) -> str:
    return canonical_request(DecisionCall(**{"customer_id": "ada", **fields}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 1},
        {"exclude": (), "interactions": (), "context": {}},
        {"phase": None, "deferred": False},
        {"profile": Profile()},
        {"explain": True},
    ],
)
def test_what_is_as_when_left_out_and_the_wish_for_reasons_are_no_part_of_the_question(
    fields: dict[str, object],
) -> None:
    assert request(**fields) == request() == '{"customer_id":"ada"}'


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 2},
        {"deferred": True},
        {"decision_id": "d"},
        {"decided_at": NOW},
        {"channels": ("web",)},
        {"profile": Profile(attributes={"age": 0})},
        {"profile": Profile(consent={"email": False})},
        {"context": {"device": ""}},
        {"window": WindowCall(until=NOW)},
    ],
)
def test_whatever_says_something_is_part_of_the_question(fields: dict[str, object]) -> None:
    assert request(**fields) != request()


def test_keys_have_one_order_and_times_stand_where_callers_put_them() -> None:
    found = request(
        context={"z": 1, "a": 2},
        decided_at=NOW,
        window=WindowCall(begin=NOW, until=NOW),
        interactions=(InteractionCall(touchpoint="visit", occurred_at=NOW, value=0.0),),
    )

    assert orjson.loads(found) == {
        "customer_id": "ada",
        "context": {"a": 2, "time": "2026-11-20T12:00:00Z", "z": 1},
        "window": {"from": "2026-11-20T12:00:00Z", "until": "2026-11-20T12:00:00Z"},
        "interactions": [{"touchpoint": "visit", "occurred_at": "2026-11-20T12:00:00Z", "value": 0.0}],
    }
    assert found == request(
        window=WindowCall(until=NOW, begin=NOW),
        interactions=(InteractionCall(value=0.0, occurred_at=NOW, touchpoint="visit"),),
        decided_at=NOW,
        context={"a": 2, "z": 1},
    )


def test_the_order_of_placements_and_interactions_counts() -> None:
    assert request(placements=("banner", "sidebar")) != request(placements=("sidebar", "banner"))


def test_any_id_of_a_person_asks_the_same(store: Store) -> None:
    asked, other, stranger = (
        canonical_request(DecisionCall(customer_id=name, limit=2)) for name in ("ada", "ada-old", "eve")
    )

    assert same_question(store, asked, asked)
    assert same_question(store, asked, other)
    assert same_question(store, other, asked)
    assert not same_question(store, asked, stranger)


def test_another_content_is_another_question_whoever_asks(store: Store) -> None:
    assert not same_question(store, request(limit=2), request(limit=3))
    assert not same_question(store, request(limit=2), request())


def test_a_decision_whose_request_is_not_kept_answers_no_question(store: Store) -> None:
    assert not same_question(store, None, request())
