"""Outcomes over HTTP and into the training table: early, late, twice, out of order, of unknown decisions."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.data.tables import export_store, import_folder
from nba_service.settings import Durability
from nba_service.store.rows import LAST_DELIVERED, DecisionRow, OutcomeRow
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore

SENT = {"customer_id": "c", "action": "teaser", "channel": "web"}


def tell(client: FlaskClient, status: int, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/outcomes", json={"outcome": "clicked", **body})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def decide(client: FlaskClient, key: str = "d") -> dict[str, Any]:
    body = {"customer_id": "c", "decision_id": key, "placements": ["banner"], "phase": "stranger"}
    answer = client.post("/v1/decisions", json={**body, "context": {"time": "2026-11-20T10:00:00Z"}})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()["actions"][0]
    return found


def told_of(client: FlaskClient, customer: str = "c") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1/customers/{customer}").get_json()["outcomes"]
    return found


def test_an_outcome_without_a_decision_belongs_to_the_last_delivered_one(client: FlaskClient) -> None:
    chosen = decide(client)
    named = {"customer_id": "c", "action": chosen["action"], "channel": chosen["channel"]}

    answer = tell(client, 200, outcome_id="o", occurred_at="2026-11-20T11:00:00Z", **named)

    assert (answer["new"], answer["pending"], answer["unattributed"]) == (1, [], [])
    (row,) = told_of(client)
    assert (row["decision_id"], row["attribution"]) == ("d", LAST_DELIVERED)


def test_before_there_is_a_decision_it_waits_and_says_so(client: FlaskClient) -> None:
    answer = tell(client, 202, outcome_id="o", occurred_at="2026-11-20T11:00:00Z", **SENT)

    assert answer["unattributed"] == ["o"]
    again = tell(client, 202, outcome_id="o", occurred_at="2026-11-20T11:00:00Z", **SENT)
    assert (again["new"], again["known"]) == (0, 1)


def test_the_ids_of_outcomes_that_name_their_decision_are_as_they_always_were(client: FlaskClient) -> None:
    """An id made of the content must survive an upgrade, else a repeat would count twice."""
    answer = tell(client, 202, decision_id="d", occurred_at="2026-11-20T11:00:00Z")

    assert answer["ids"] == ["auto-efce9a745894ff5853e84bb67fff9d66"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "FIELD_REQUIRED"),
        ({"customer_id": "c"}, "FIELD_TYPE"),
        ({"customer_id": "c", "action": "teaser"}, "FIELD_TYPE"),
        ({"decision_id": "d", **SENT}, "FIELD_TYPE"),
        ({"decision_id": "d", "channel": "web"}, "FIELD_TYPE"),
        ({**SENT, "action": "unheard"}, "UNKNOWN_ACTION"),
        ({**SENT, "channel": "unheard"}, "UNKNOWN_CHANNEL"),
        ({**SENT, "outcome": "delivered"}, "FIELD_RANGE"),
    ],
)
def test_it_names_its_decision_or_customer_action_and_channel(
    client: FlaskClient, body: dict[str, Any], code: str
) -> None:
    assert tell(client, 422, **body)["code"] == code


def decision(key: str, at: int, deferred: bool = False) -> DecisionRow:
    return DecisionRow(
        decision_id=key, customer_id="c", decided_at=at, delivered_at=None if deferred else at,
        action="teaser", channel="web", action_probability=0.5, contacts=(("teaser", "web"),), context=None,
        candidates=None, bundle="b", policy="p", arm="t", request="{}", answer="{}", state=b"",
    )  # fmt: skip


def outcome(key: str, at: int, of: str = "", name: str = "clicked") -> OutcomeRow:
    if of:
        return OutcomeRow(outcome_id=key, decision_id=of, outcome=name, occurred_at=at)
    return OutcomeRow(
        outcome_id=key, decision_id="", outcome=name, occurred_at=at, customer_id="c", action="teaser",
        channel="web", window_ms=50, attribution=LAST_DELIVERED,
    )  # fmt: skip


FACTS: list[DecisionRow | OutcomeRow] = [
    decision("d1", 100),
    decision("d2", 120, deferred=True),
    outcome("early", 90, "d1"),  # said to be before its decision: kept, and refused by the training
    outcome("named", 130, "d1"),
    outcome("delivery", 125, "d2", "delivered"),
    outcome("bound", 110),
    outcome("moving", 140),  # d1's until d2 is known to have been delivered
    outcome("late", 900),
    outcome("unknown", 130, "d9"),
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "nba.sqlite"
    store = open_at(path)
    store.migrate()
    store.close()
    return path


def open_at(path: Path) -> SqlStore:
    return SqlStore(Database(f"sqlite:///{path}", durability=Durability.ASYNC, timeout_ms=5_000))


def exported(empty: Path, folder: Path, order: list[int]) -> dict[str, bytes]:
    """The files that `nba export` writes after the facts came in this order."""
    folder.mkdir()
    store = open_at(Path(shutil.copy(empty, folder / "nba.sqlite")))
    for index in order:
        fact = FACTS[index]
        if isinstance(fact, DecisionRow):
            store.add_decisions([fact])
        else:
            store.add_outcomes([fact])
    store._writes.catch_up()
    export_store(store, folder / "out")
    store.close()
    files = (folder / "out").rglob("*.parquet")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


_folders = itertools.count()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(
    order=st.permutations(range(len(FACTS))),
    twice=st.lists(st.integers(0, len(FACTS) - 1), max_size=4),
)
def test_the_order_of_arrival_and_repeats_do_not_change_a_byte_of_the_training_table(
    empty: Path, tmp_path: Path, order: list[int], twice: list[int]
) -> None:
    usual = exported(empty, tmp_path / f"a{next(_folders)}", list(range(len(FACTS))))
    assert usual == exported(empty, tmp_path / f"b{next(_folders)}", [*order, *twice])


def test_what_the_export_says_of_each(empty: Path, tmp_path: Path) -> None:
    exported(empty, tmp_path / "x", list(range(len(FACTS))))

    rows = pq.read_table(tmp_path / "x" / "out" / "outcomes").to_pylist()

    assert {row["outcome_id"]: (row["decision_id"], row["attribution"]) for row in rows} == {
        "early": ("d1", "decision_id"),
        "named": ("d1", "decision_id"),
        "bound": ("d1", "last_delivered"),
        "moving": ("d2", "last_delivered"),
        "unknown": ("d9", "decision_id"),
    }


def test_an_import_keeps_what_was_attributed_and_its_mark(empty: Path, tmp_path: Path) -> None:
    exported(empty, tmp_path / "x", list(range(len(FACTS))))
    other = open_at(Path(shutil.copy(empty, tmp_path / "other.sqlite")))

    import_folder(other, tmp_path / "x" / "out")
    again = import_folder(other, tmp_path / "x" / "out")
    same = open_at(tmp_path / "x" / "nba.sqlite")
    onto_itself = import_folder(same, tmp_path / "x" / "out")

    for moved in (again, onto_itself):
        assert [(one.new, one.conflicts) for one in moved if one.table == "outcomes"] == [(0, 0)]
    marks = {row["outcome_id"]: row["attribution"] for row in other.scan("outcomes", "", 100)}
    assert marks["moving"] == LAST_DELIVERED
    assert marks["named"] is None
    other.close()
    same.close()
