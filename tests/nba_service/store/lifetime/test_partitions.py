"""Months on PostgreSQL: an id is one row for ever, no write is refused, whole months go, nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from nba_service.errors import StoreError
from nba_service.resilience import recovery
from nba_service.resilience.journal import Journal
from nba_service.resilience.recovery import RecoveryWorker
from nba_service.resilience.replay import Replay
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.lifetime import partitions, retention
from nba_service.store.lifetime.months import month_of, start_of
from nba_service.store.lifetime.partitions import AHEAD, make_months, partitions_of
from nba_service.store.rows import DecisionRow, InteractionRow, OutcomeRow
from nba_service.store.sql import migrate
from nba_service.store.sql.connection import Database
from nba_service.store.sql.tables import IDS, TIME_OF, decisions, interactions
from nba_service.store.sql_store import SqlStore

DAY = 86_400_000
JANUARY, FEBRUARY, MARCH = (start_of(month) for month in (600, 601, 602))  # of 2020
OPEN_UNTIL = MARCH + 60 * DAY


@pytest.fixture
def database(postgres_database: Database) -> Iterator[Database]:
    return postgres_database


def decision(key: str, at: int, *, deliver_by: int | None = None, answer: str = "{}") -> DecisionRow:
    """Deferred, if it has to be delivered by some time."""
    return DecisionRow(
        decision_id=key, customer_id="c", decided_at=at, delivered_at=at if deliver_by is None else None,
        action="guide", channel="email", action_probability=0.5, contacts=(("guide", "email"),), context=None,
        candidates=None, bundle="b", policy="p", arm="t", request="{}", answer=answer, state=b"",
        deliver_by=deliver_by,
    )  # fmt: skip


def visit(key: str, at: int) -> InteractionRow:
    return InteractionRow(interaction_id=key, customer_id="c", occurred_at=at, touchpoint="visit")


def outcome(key: str, of: str, at: int) -> OutcomeRow:
    return OutcomeRow(outcome_id=key, decision_id=of, outcome="clicked", occurred_at=at)


def places(database: Database, table: sa.Table) -> dict[str, str]:
    """In which partition each row lies."""
    key = next(iter(table.primary_key.columns))
    with database.transaction() as connection:
        statement = sa.select(key, sa.literal_column("tableoid::regclass::text")).select_from(table)
        return {row[0]: row[1] for row in connection.execute(statement)}


def assert_ids_fit(database: Database) -> None:
    """Every row has its id with its time, and there is no other id."""
    for table in (decisions, interactions):
        with database.transaction() as connection:
            key, at = next(iter(table.primary_key.columns)), table.c[TIME_OF[table.name]]
            rows = {tuple(row) for row in connection.execute(sa.select(key, at))}
            ids = {tuple(row) for row in connection.execute(sa.select(*IDS[table.name].columns))}
        assert rows == ids


def waits(database: Database, statement: str = "INSERT INTO%", then: str = "true") -> None:
    """Until a session of this database waits for a lock with a statement; ``then`` is done to it."""
    asked = sa.text(
        f"SELECT {then} FROM pg_stat_activity WHERE wait_event_type = 'Lock'"  # noqa: S608 - our own
        " AND datname = current_database() AND query LIKE :statement"
    )
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with database.transaction() as connection:
            if connection.execute(asked, {"statement": statement}).first() is not None:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_this_month_and_the_next_ones_are_made_with_the_schema(store: SqlStore, database: Database) -> None:
    with database.transaction() as connection:
        for table in TIME_OF:
            made = partitions_of(connection, table)
            this = month_of(int(time.time() * 1000))
            bounds = [(start_of(month), start_of(month + 1)) for month in range(this, this + AHEAD + 1)]
            assert [(one.begins, one.ends) for one in made][-len(bounds) :] == bounds


def test_a_service_that_runs_on_makes_the_months_it_comes_to(
    store: SqlStore, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = ResilientStore(
        store, Journal(tmp_path, 10_000), most_calls=1, read_seconds=5.0, write_seconds=5.0
    )
    with database.transaction(write=True) as connection:
        last = partitions_of(connection, "decisions")[-1].name
        connection.execute(sa.text(f"DROP TABLE {last}"))

    RecoveryWorker(steady, Replay(steady.journal, store, str), on=False).keep_months()
    assert last not in names_of(database, "decisions"), "not due before tomorrow"
    monkeypatch.setattr(recovery, "_DAY_SECONDS", -1.0)
    RecoveryWorker(steady, Replay(steady.journal, store, str), on=False).keep_months()

    assert last in names_of(database, "decisions")


def names_of(database: Database, table: str) -> list[str]:
    with database.transaction() as connection:
        return [one.name for one in partitions_of(connection, table)]


@pytest.mark.parametrize("kept", [True, False], ids=["committed", "rolled back"])
def test_of_two_who_write_one_id_in_different_months_at_once_one_is_first(
    store: SqlStore, database: Database, kept: bool
) -> None:
    """The second waits for the first, and is told what became of it."""
    make_months(database, [600, 601])
    first = database.engine().connect()
    row = {"interaction_id": "i", "customer_id": "c", "occurred_at": JANUARY, "touchpoint": "visit"}
    first.execute(sa.insert(interactions), row)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(store.add_interactions, [visit("i", FEBRUARY)])
        waits(database)
        first.commit() if kept else first.rollback()
        written = second.result(timeout=30)
    first.close()

    assert (written.new, written.conflicts) == ((0, ("i",)) if kept else (1, ()))
    assert places(database, interactions) == {"i": f"interactions_2020_0{1 if kept else 2}"}
    assert_ids_fit(database)


def test_many_at_once_store_one_decision_per_id_whatever_month_they_say(
    store: SqlStore, database: Database
) -> None:
    make_months(database, range(600, 606))
    start = threading.Barrier(6)

    def write(month: int) -> int:
        start.wait(timeout=30)
        rows = [decision(f"d{n}", start_of(month), answer=str(month)) for n in range(40)]
        return sum(store.add_decisions([row]).new for row in rows)

    with ThreadPoolExecutor(6) as pool:
        new = list(pool.map(write, range(600, 606)))

    assert sum(new) == 40
    assert len(places(database, decisions)) == 40
    assert_ids_fit(database)


def test_a_correction_is_never_left_out_without_a_word(store: SqlStore, database: Database) -> None:
    """An attempt that was given up commits while it is being corrected: that is said, and done anew."""
    late = database.engine().connect()
    row = {"decision_id": "d", "customer_id": "c", "decided_at": JANUARY, "action": "a", "contacts": "[]"}
    late.execute(sa.insert(decisions), row)
    with ThreadPoolExecutor(1) as pool:
        correction = pool.submit(store.correct_decisions, [decision("d", FEBRUARY)])
        waits(database)
        late.commit()
        with pytest.raises(StoreError, match="Correct it again"):
            correction.result(timeout=30)
    late.close()

    store.correct_decisions([decision("d", FEBRUARY)])

    assert store.decisions(["d"])["d"].decided_at == FEBRUARY
    assert_ids_fit(database)


def test_the_same_decision_next_month_is_the_same_decision(store: SqlStore, database: Database) -> None:
    store.add_decisions([decision("d", JANUARY)])

    again = store.add_decisions([decision("d", FEBRUARY)])
    other = store.add_decisions([decision("d", FEBRUARY, answer="other")])

    assert (again.new, again.known, again.conflicts) == (0, 1, ())
    assert other.conflicts == ("d",)
    assert store.decisions(["d"])["d"].decided_at == JANUARY
    assert_ids_fit(database)


def test_what_no_month_takes_is_stored_and_a_later_month_takes_it_over(
    store: SqlStore, database: Database
) -> None:
    far = start_of(12 * 20_000)  # a time that is wrong
    store.add_interactions([visit("i1", JANUARY), visit("i2", FEBRUARY), visit("far", far)])
    store.add_decisions([decision("d1", JANUARY), decision("d2", FEBRUARY)])
    assert set(places(database, interactions).values()) == {"interactions_default"}

    make_months(database, [600])
    make_months(database, [600])  # done already

    default = "interactions_default"
    assert places(database, interactions) == {"i1": "interactions_2020_01", "i2": default, "far": default}
    assert places(database, decisions) == {"d1": "decisions_2020_01", "d2": "decisions_default"}
    assert store.add_interactions([visit("i1", JANUARY)]).known == 1
    assert store.add_interactions([visit("i1", FEBRUARY)]).conflicts == ("i1",)
    assert len(store.state("c", far + 1, 100).events) == 5
    assert set(store.decisions(["d1", "d2"])) == {"d1", "d2"}
    assert_ids_fit(database)


def test_a_month_with_too_many_rows_to_move_is_left_where_it_is(
    store: SqlStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "MOST_MOVED", 2)
    store.add_interactions([visit(f"i{n}", JANUARY) for n in range(3)])

    make_months(database, [600], ["interactions"])

    assert set(places(database, interactions).values()) == {"interactions_default"}
    assert store.add_interactions([visit("i3", JANUARY)]).new == 1


def test_a_month_whose_name_is_taken_stops_nobody(
    store: SqlStore, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with database.transaction(write=True) as connection:
        connection.execute(sa.text("CREATE TABLE interactions_2020_01 (mine TEXT)"))

    make_months(database, [600, 601], ["interactions"])

    assert "partition refused: DuplicateTable" in caplog.text
    assert store.add_interactions([visit("i1", JANUARY), visit("i2", FEBRUARY)]).new == 2
    assert places(database, interactions) == {"i1": "interactions_default", "i2": "interactions_2020_02"}


def test_a_service_starts_on_a_database_that_cannot_be_written(
    store: SqlStore, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with database.transaction(write=True) as connection:
        last = partitions_of(connection, "decisions")[-1].name
        connection.execute(sa.text(f"DROP TABLE {last}"))
    raw = database.engine().raw_connection()  # the one of the pool
    raw.driver_connection.execute("SET default_transaction_read_only = on")
    raw.driver_connection.commit()
    raw.close()

    store.migrate()

    assert "partition refused: ReadOnlySqlTransaction" in caplog.text


def test_writers_go_on_while_months_are_made(store: SqlStore, database: Database) -> None:
    """Everything that was written before, during and after is there once."""
    store.add_interactions([visit(f"before-{n}", JANUARY + n * 31 * DAY) for n in range(12)])
    with ThreadPoolExecutor(5) as pool:
        writing = [
            pool.submit(
                store.add_interactions, [visit(f"{n}-{k}", JANUARY + k * 31 * DAY) for k in range(12)]
            )
            for n in range(20)
        ]
        made = pool.submit(make_months, database, range(600, 612), ["interactions"])
        assert [one.result(timeout=60).new for one in writing] == [12] * 20
        made.result(timeout=60)

    assert len(places(database, interactions)) == 12 * 21
    assert "interactions_default" not in places(database, interactions).values()
    assert_ids_fit(database)


def months_with_rows(store: SqlStore, database: Database) -> None:
    make_months(database, [600, 601])
    store.add_interactions([visit("i1", JANUARY), visit("i2", FEBRUARY), visit("i3", MARCH)])
    store.add_decisions(
        [
            decision("gone", JANUARY),
            decision("waiting", JANUARY, deliver_by=OPEN_UNTIL),
            decision("answered", JANUARY + DAY),
            decision("february", FEBRUARY),
            decision("march", MARCH),
        ]
    )
    store.add_outcomes(
        [
            outcome("o-gone", "gone", JANUARY + DAY),
            outcome("o-answered", "answered", MARCH + DAY),
            outcome("o-march", "march", MARCH + DAY),
        ]
    )


def left(store: SqlStore) -> set[str]:
    found = {row["interaction_id"] for row in store.scan("interactions", "", 1_000)}
    found |= {row["decision_id"] for row in store.scan("decisions", "", 1_000)}
    return found | {row["outcome_id"] for row in store.scan("outcomes", "", 1_000)}


LEFT = {"i3", "waiting", "answered", "march", "o-answered", "o-march"}


def test_old_months_go_as_a_whole_and_what_is_open_stays(store: SqlStore, database: Database) -> None:
    months_with_rows(store, database)
    expected = {"interactions": 2, "decisions": 2, "outcomes": 1}
    assert store.old_rows(MARCH, MARCH + DAY) == {**expected, "kept_open": 2}

    assert store.forget_old(MARCH, MARCH + DAY) == expected

    assert left(store) == LEFT
    with database.transaction() as connection:
        for table in TIME_OF:
            assert min(one.ends for one in partitions_of(connection, table)) > MARCH
    assert places(database, decisions)["waiting"] == "decisions_default"
    assert store.decisions(["waiting"])["waiting"].deliver_by == OPEN_UNTIL
    assert store.add_decisions([decision("waiting", MARCH)]).known == 1
    assert store.add_decisions([decision("gone", MARCH)]).new == 1, "forgotten ids are free"
    assert_ids_fit(database)


def test_a_month_whose_lock_is_not_to_be_had_goes_row_by_row(
    store: SqlStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "_TRIES", 1)
    months_with_rows(store, database)
    with database.transaction() as reader:  # a long report on the tables
        reader.execute(sa.text("LOCK TABLE ONLY decisions, ONLY interactions IN ACCESS SHARE MODE"))
        assert store.forget_old(MARCH, MARCH + DAY) == {"interactions": 2, "decisions": 2, "outcomes": 1}
        assert left(store) == LEFT
    store.forget_old(MARCH, MARCH + DAY)  # the empty months go now
    with database.transaction() as connection:
        assert min(one.ends for one in partitions_of(connection, "interactions")) > MARCH
    assert_ids_fit(database)


def test_what_is_killed_halfway_has_taken_all_old_rows_of_a_person_or_none(
    store: SqlStore, database: Database
) -> None:
    months_with_rows(store, database)
    busy = database.engine().connect()
    busy.execute(sa.text("SELECT 1 FROM outcomes WHERE outcome_id = 'o-gone' FOR UPDATE"))
    with ThreadPoolExecutor(1) as pool:
        retention_run = pool.submit(store.forget_old, MARCH, MARCH + DAY)
        waits(database, "DELETE FROM outcomes%", then="pg_terminate_backend(pid)")
        with pytest.raises(StoreError):
            retention_run.result(timeout=60)
    busy.rollback()
    busy.close()
    assert left(store) == {"i1", "i2", "gone", "february", "o-gone", *LEFT}
    assert_ids_fit(database)

    assert store.forget_old(MARCH, MARCH + DAY) == {"interactions": 2, "decisions": 2, "outcomes": 1}

    assert left(store) == LEFT
    assert_ids_fit(database)


def test_a_month_of_which_much_is_open_goes_row_by_row(
    store: SqlStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PORTION", 1)
    months_with_rows(store, database)
    assert store.forget_old(MARCH, MARCH + DAY) == {"interactions": 2, "decisions": 2, "outcomes": 1}
    assert left(store) == LEFT
    assert places(database, decisions)["waiting"] == "decisions_2020_01"
    assert_ids_fit(database)


def test_an_import_of_old_history_makes_its_months(store: SqlStore, database: Database) -> None:
    store.load("interactions", [_columns(visit(f"i{n}", JANUARY + n * 31 * DAY)) for n in range(3)])
    found = sorted(places(database, interactions).values())
    assert [name[-7:] for name in found] == ["2020_01", "2020_02", "2020_03"]


def test_an_import_makes_no_months_of_times_that_are_wrong(store: SqlStore, database: Database) -> None:
    before = names_of(database, "interactions")
    wrong = [-(10**15), 0, 10**15]
    store.load("interactions", [_columns(visit(f"i{n}", at)) for n, at in enumerate(wrong)])
    assert names_of(database, "interactions") == before
    assert set(places(database, interactions).values()) == {"interactions_default"}


def _columns(row: InteractionRow) -> dict[str, object]:
    names = ("interaction_id", "customer_id", "occurred_at", "touchpoint")
    nothing = dict.fromkeys(("channel", "action", "phase", "value", "properties"))
    return {**{name: getattr(row, name) for name in names}, **nothing}


def test_a_row_that_moved_to_another_month_would_be_lost_and_is_refused(
    store: SqlStore, database: Database
) -> None:
    make_months(database, [600, 601])
    store.add_interactions([visit("i", JANUARY)])
    with pytest.raises(sa.exc.DBAPIError, match="does not change"), database.transaction() as connection:
        connection.execute(sa.update(interactions).values(occurred_at=FEBRUARY))


def test_a_decision_by_id_is_looked_for_in_its_month_only(store: SqlStore, database: Database) -> None:
    make_months(database, range(600, 606))
    store.add_decisions([decision("d", FEBRUARY)])
    assert plan(database, store._reader._decision, {"decision": "d", "at": FEBRUARY}) == ["decisions_2020_02"]


def test_the_past_of_a_customer_is_looked_for_since_their_first_month(
    store: SqlStore, database: Database
) -> None:
    """Of outcomes of decisions that contacted nobody no time is known; their decisions are in any month."""
    make_months(database, range(600, 606))
    store.add_interactions([visit("i1", MARCH), visit("i2", MARCH + DAY)])
    person = store._reader.state("c", MARCH + 32 * DAY, 10).person
    assert person.first_at == MARCH
    parameters = {"customer": "c", "before": MARCH + 32 * DAY, "limit": 10, "first": person.first_at}

    looked_at = plan(database, store._reader._events, parameters)

    assert sorted(one for one in looked_at if one.startswith("interactions")) == [
        "interactions_2020_03",
        "interactions_2020_04",
    ]


def test_reads_of_a_person_use_one_plan_for_all_values_and_other_statements_do_not(
    store: SqlStore, database: Database
) -> None:
    with store._reader._transaction() as connection:
        connection.execute(store._reader._person, {"customer": "c"})
        assert connection.execute("SHOW plan_cache_mode").fetchone()[0] == "force_generic_plan"
    with database.transaction() as connection:
        assert connection.execute(sa.text("SHOW plan_cache_mode")).scalar() == "auto"


def plan(database: Database, statement: str, parameters: dict[str, object]) -> Sequence[str]:
    """The tables that a statement looks at."""
    raw = database.engine().raw_connection()
    lines = [row[0] for row in raw.cursor().execute(f"EXPLAIN {statement}", parameters)]
    raw.close()
    return [line.split(" on ")[1].split(" ")[0] for line in lines if "Scan" in line and " on " in line]


def test_rows_of_the_schema_before_stay_in_one_partition(database: Database) -> None:
    """Up and down again nothing is lost; up, ids count and later months lie apart."""
    migrate.upgrade(database, "0008")
    soon = start_of(month_of(int(time.time() * 1000)) + 2)
    times = {"old": JANUARY, "now": int(time.time() * 1000), "soon": soon}
    with database.transaction(write=True) as connection:
        for key, at in times.items():
            row = {"interaction_id": key, "customer_id": "c", "occurred_at": at, "touchpoint": "visit"}
            connection.execute(sa.insert(interactions), row)
            made = {"decision_id": key, "customer_id": "c", "decided_at": at, "action": "a", "contacts": "[]"}
            connection.execute(sa.insert(decisions), made)

    store = SqlStore(database)
    store.migrate()

    found = places(database, decisions)
    assert found["old"] == found["now"]
    assert found["old"].startswith("decisions_before_")
    assert found["soon"] == f"decisions_{partitions.name_of(month_of(soon))}"
    assert store.known_decisions(["old", "now", "soon", "none"]) == {"old", "now", "soon"}
    assert store.add_interactions([visit("old", FEBRUARY)]).conflicts == ("old",)
    assert_ids_fit(database)
    assert store.forget_old(soon, soon)["decisions"] == 2, "its partition goes when all in it is old"
    assert set(places(database, decisions)) == {"soon"}

    store.add_interactions([visit("later", JANUARY)])
    migrate.downgrade(database, "0008")
    with database.transaction() as connection:
        assert set(connection.execute(sa.select(interactions.c.interaction_id)).scalars()) == {
            "soon",
            "later",
        }
        assert connection.execute(sa.text("SELECT to_regclass('interaction_ids')")).scalar() is None
