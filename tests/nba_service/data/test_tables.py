"""Export and import: the same store again, whatever is repeated; what is wrong names its file."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.domain.history import to_ms
from models.domain.journey import Journey
from nba_service.data.tables import COLUMNS, EXPORT_COLUMNS, export_store, import_folder
from nba_service.errors import TransferError
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.interface import Store
from nba_service.store.rows import AccountRow, CustomerRow
from tests.nba_service.conftest import NOW

MARCH, APRIL = datetime(2026, 3, 31, 23, 59, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = open_store(Settings(database_url=f"sqlite:///{tmp_path}/import.sqlite"))
    made.migrate()
    return made


@pytest.fixture
def used(make_app: Callable[..., flask.Flask], settings: Settings) -> Store:
    """A store after some use: two months of interactions, a deferred decision, an early outcome."""
    app = make_app(settings)
    client = app.test_client()
    client.put("/v1/customers/c", json={"attributes": {"age": 40}, "consent": {"email": True}})
    for day in ("2026-10-31", "2026-11-01"):
        visit = {"customer_id": "c", "touchpoint": "visit", "occurred_at": f"{day}T00:00:00Z"}
        client.post("/v1/interactions", json={**visit, "interaction_id": day, "properties": {"a": 1}})
    early = {
        "decision_id": "d",
        "customer_id": "c",
        "deferred": True,
        "context": {"time": "2026-11-19T00:00:00Z"},
    }
    client.post("/v1/decisions", json=early)
    for name in ("delivered", "clicked"):
        client.post("/v1/outcomes", json={"decision_id": "d", "outcome": name, "outcome_id": name})
    client.post("/v1/customers/c/aliases", json={"aliases": ["visitor-1"]})
    found: Store = app.extensions["nba"].store.plain
    found.put_account(AccountRow(account_id="acme", attributes={"employees": 120}, updated_at=1))
    found.put_member("c", "acme", "user", at=2, ids=iter(["m-1"]))
    return found


def read(folder: Path, table: str) -> list[dict[str, Any]]:
    files = sorted((folder / table).glob("*.parquet")) or [folder / f"{table}.parquet"]
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_an_export_has_the_four_tables_by_month(used: Store, tmp_path: Path) -> None:
    moved = export_store(used, tmp_path / "out")

    assert {one.table: one.rows for one in moved} == {
        "consents": 1, "customers": 1, "interactions": 2, "decisions": 1, "outcomes": 1,
        "accounts": 1, "aliases": 1}  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "out" / "interactions").iterdir()) == [
        "2026-10.parquet",
        "2026-11.parquet",
    ]
    for table, columns in EXPORT_COLUMNS.items():
        assert list(read(tmp_path / "out", table)[0]) == list(columns)
    (decision,) = read(tmp_path / "out", "decisions")
    assert decision["delivered_at"] == datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    assert decision["decided_at"] == datetime(2026, 11, 19, tzinfo=UTC)
    assert [row["outcome"] for row in read(tmp_path / "out", "outcomes")] == ["clicked"]


def test_exporting_again_replaces_what_was_exported(used: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_store(used, out)
    first = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    export_store(used, out)

    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == first


def test_ids_of_one_person_are_one_person_again(used: Store, store: Store, tmp_path: Path) -> None:
    """Also where the alias was known first; somebody else's alias is a conflict and stays theirs."""
    export_store(used, tmp_path / "out")
    for _ in range(2):
        moved = {one.table: one for one in import_folder(store, tmp_path / "out")}
    assert store.persons(["visitor-1"]) == {"visitor-1": "c"}
    assert (moved["aliases"].new, moved["aliases"].conflicts) == (0, 0)

    other = {"alias": "visitor-1", "customer_id": "somebody", "merged_at": 0}
    assert store.load("aliases", [other]).conflicts == ("visitor-1",)
    assert store.persons(["visitor-1"]) == {"visitor-1": "c"}


def test_an_old_export_does_not_bring_the_erased_back(used: Store, tmp_path: Path) -> None:
    used.put_customers([CustomerRow(customer_id="bob", attributes={"age": 41})])
    export_store(used, tmp_path / "out")
    used.erase("visitor-1", (f"nobody-{number}" for number in range(99)), to_ms(NOW) + 1)
    left = {
        table: used.scan(table, "", 99) for table in ("customers", "interactions", "decisions", "aliases")
    }

    moved = import_folder(used, tmp_path / "out")

    assert {one.table: (one.rows, one.new, one.erased) for one in moved} == {
        "consents": (1, 0, 1), "customers": (2, 0, 1), "interactions": (2, 0, 2),
        "decisions": (1, 0, 1), "outcomes": (1, 0, 1),
        "accounts": (1, 0, 0), "aliases": (1, 0, 1)}  # fmt: skip
    assert {table: used.scan(table, "", 99) for table in left} == left
    assert used.state("c", to_ms(NOW) + 2, 99).events == ()


def test_an_export_without_rows_still_has_every_table(store: Store, tmp_path: Path) -> None:
    export_store(store, tmp_path / "out")

    assert {table: read(tmp_path / "out", table) for table in COLUMNS} == {table: [] for table in COLUMNS}


def test_what_was_exported_imports_as_the_same_past(used: Store, store: Store, tmp_path: Path) -> None:
    export_store(used, tmp_path / "out")

    first = import_folder(store, tmp_path / "out")
    again = import_folder(store, tmp_path / "out")

    assert [one.new for one in first] == [1, 1, 2, 1, 1, 1, 1]
    assert [(one.new, one.conflicts) for one in again] == [(0, 0)] * 7
    far = 10**15
    assert store.state("c", far, 100).events == used.state("c", far, 100).events
    export_store(store, tmp_path / "again")
    for table in COLUMNS:
        assert read(tmp_path / "again", table) == read(tmp_path / "out", table)


def interactions(**changed: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "interaction_id": ["i1", "i2"],
        "customer_id": ["c", "c"],
        "occurred_at": pa.array([MARCH, APRIL], pa.timestamp("us", tz="Europe/Vienna")),
        "touchpoint": ["visit", "order"],
    }
    return pa.table({name: value for name, value in (columns | changed).items() if value is not None})


def test_times_come_in_any_unit_and_zone_and_columns_may_be_missing(store: Store, tmp_path: Path) -> None:
    pq.write_table(interactions(), tmp_path / "interactions.parquet")

    import_folder(store, tmp_path)

    events = store.state("c", 10**15, 10).events
    assert [event.occurred_at for event in events] == [int(t.timestamp() * 1000) for t in (MARCH, APRIL)]


def test_a_row_that_differs_from_what_is_stored_is_counted_and_left(store: Store, tmp_path: Path) -> None:
    pq.write_table(interactions(), tmp_path / "interactions.parquet")
    import_folder(store, tmp_path)
    pq.write_table(interactions(touchpoint=["visit", "changed"]), tmp_path / "interactions.parquet")

    (moved,) = import_folder(store, tmp_path)

    assert (moved.rows, moved.new, moved.conflicts) == (2, 0, 1)
    assert [event.name for event in store.state("c", 10**15, 10).events] == ["visit", "order"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"touchpoint": None}, "none called touchpoint"),
        ({"occurred_at": pa.array([MARCH, APRIL]).cast(pa.timestamp("ms"))}, "with a time zone"),
        ({"value": ["much", "more"]}, "double in value"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(
    store: Store, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    pq.write_table(interactions(**changed), tmp_path / "interactions.parquet")

    with pytest.raises(TransferError, match=said) as caught:
        import_folder(store, tmp_path)
    assert "interactions.parquet" in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        ({"touchpoint": ["visit", None]}, "touchpoint", "expected a value"),
        ({"customer_id": ["c", ""]}, "customer_id", "expected a value"),
        ({"customer_id": ["c", "a b"]}, "customer_id", "'a b'"),
        ({"customer_id": ["c", "undefined"]}, "customer_id", "placeholder"),
        ({"interaction_id": ["i1", "../x"]}, "interaction_id", "'../x'"),
        ({"value": [1.5, math.nan]}, "value", "expected a number"),
        ({"value": [1.5, 1e13]}, "value", "1e+12"),
        ({"properties": ["{}", "{"]}, "properties", "expected a JSON object"),
        ({"properties": ["{}", "[1]"]}, "properties", "expected a JSON object"),
        ({"occurred_at": pa.array([0, 10**14], pa.timestamp("ms", tz="UTC"))}, "occurred_at", "1970 to 2100"),
    ],
)
def test_a_wrong_row_costs_itself_alone(
    store: Store, tmp_path: Path, changed: dict[str, Any], column: str, said: str
) -> None:
    pq.write_table(interactions(**changed), tmp_path / "interactions.parquet")

    (moved,) = import_folder(store, tmp_path)

    assert (moved.rows, moved.new, moved.left_out) == (2, 1, 1)
    (problem,) = moved.problems
    assert (problem.file, problem.row, problem.column) == ("interactions.parquet", 2, column)
    assert said in problem.reason


def test_what_of_a_customer_cannot_be_used_is_named_and_the_rest_is_taken(
    store: Store, tmp_path: Path, tiny_journey: Journey
) -> None:
    customers = {
        "customer_id": ["c"],
        "attributes": ['{"age": 400, "shoe": 42, "vip": true, "segment": null}'],
        "consent": ['{"email": false, "sms": "no"}'],
        "locale": ["German!"],
        "time_zone": ["Wien"],
    }
    pq.write_table(pa.table(customers), tmp_path / "customers.parquet")
    attributes = {attribute.name: attribute for attribute in tiny_journey.attributes}

    (moved,) = import_folder(store, tmp_path, attributes=attributes)

    row = store.customer("c")
    assert row is not None
    assert (row.attributes, row.consent) == ({"vip": True, "segment": None}, {"email": False})
    assert (row.locale, row.time_zone) == (None, None)
    assert (moved.new, moved.left_out) == (1, 0)
    assert [problem.column for problem in moved.problems] == [
        "locale",
        "time_zone",
        "attributes.age",
        "attributes.shoe",
        "consent.sms",
    ]


def test_a_file_that_is_no_parquet_and_a_folder_without_tables(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match=r"customers\.parquet"):
        import_folder(store, tmp_path)
    (tmp_path / "outcomes.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(TransferError, match=r"outcomes\.parquet"):
        import_folder(store, tmp_path)
