"""What months cost and save on PostgreSQL: the migration, a customer's state, and retention.

``python -m benchmarks.store.months DATABASE_URL [--customers N] [--months N] [--rounds N]``. In schemas of
its own, which it drops: customers with 20 interactions and 8 decisions each, the even ones all within the
last 20 days, the odd ones over all months. First the time that revision 0009 takes up and down. Then, with
all rows in one partition and in one a month, in turn: CPU of the server and of this process for a state, of a
customer of either kind and of a stranger. Last, how long it takes to forget the older half: by months, and
row by row. The server has to be on this machine.
"""
# ruff: noqa: S608 - statements of constants and numbers

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from nba_service.settings import Durability
from nba_service.store.lifetime import partitions
from nba_service.store.lifetime.months import month_of, start_of
from nba_service.store.sql import migrate
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore

DAY = 86_400_000
SHAPES = ("one partition", "months")


@contextmanager
def schema(url: str, name: str) -> Iterator[Database]:
    """A schema of our own, and the database as it is seen from there."""
    drop = f"DROP SCHEMA IF EXISTS {name} CASCADE"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"{drop}; CREATE SCHEMA {name}")
    its_url = f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
    database = Database(its_url, durability=Durability.COMMIT, timeout_ms=600_000)
    try:
        yield database
    finally:
        database.close()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(drop)


def fill(database: Database, customers: int, start: int, now: int) -> None:
    at = (
        f"CASE WHEN mod(who, 2) = 0 THEN {now} - 1000 - (random() * {20 * DAY})::bigint"
        f" ELSE {start} + (random() * {now - start - 1000})::bigint END"
    )
    texts = "repeat(md5(who::text), 20), md5(who::text), repeat(md5(who::text), 10)"

    def rows(each: int) -> str:
        return (
            f"(SELECT who, k, {at} AS at FROM generate_series(1, {customers}) who,"
            f" generate_series(1, {each}) k) AS r"
        )

    with database.transaction(write=True) as connection:
        for statement in (
            "INSERT INTO interactions (interaction_id, customer_id, occurred_at, channel, touchpoint)"
            f" SELECT md5('i' || who || '-' || k), 'c' || who, at, 'web', 'visit' FROM {rows(20)}",
            "INSERT INTO decisions (decision_id, customer_id, decided_at, delivered_at, action, channel,"
            " contacts, candidates, request, answer)"
            " SELECT md5('d' || who || '-' || k), 'c' || who, at, at, 'guide',"
            f""" 'email', '[["guide","email"]]', {texts} FROM {rows(8)}""",
            "INSERT INTO outcomes (outcome_id, decision_id, outcome, occurred_at)"
            " SELECT 'o' || decision_id, decision_id, 'clicked', decided_at + 500 FROM decisions"
            " WHERE decision_id < '4'",
        ):
            connection.exec_driver_sql(statement)


def know_people(database: Database) -> None:
    """As if the service had written the rows."""
    past = "SELECT customer_id, occurred_at AS at FROM interactions UNION ALL"
    past += " SELECT customer_id, decided_at FROM decisions"
    with database.transaction(write=True) as connection:
        connection.exec_driver_sql(
            "INSERT INTO people (customer_id, version, latest_at, first_at)"
            f" SELECT customer_id, 1, max(at), min(at) FROM ({past}) AS past GROUP BY 1"
        )
    with psycopg.connect(database.url.set(drivername="postgresql").render_as_string(False)) as connection:
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE interactions, decisions, outcomes, people")


def timed(label: str, work: Callable[[], object]) -> None:
    begin = time.perf_counter()
    work()
    print(f"{label}: {time.perf_counter() - begin:.1f} s", flush=True)


def server_cpu(store: SqlStore) -> float:
    """CPU seconds of the server's process behind the store's one connection."""
    raw = store._database.engine().raw_connection()
    pid = raw.driver_connection.info.backend_pid
    raw.close()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def state_cost(store: SqlStore, who: Callable[[], str], now: int, reads: int = 1_000) -> tuple[float, float]:
    """CPU us of the server and of this process for one state."""
    for _ in range(30):
        store.state(who(), now, 2_000)
    server, own = server_cpu(store), time.process_time()
    for _ in range(reads):
        store.state(who(), now, 2_000)
    return tuple(
        (end - begin) / reads * 1e6
        for begin, end in ((server, server_cpu(store)), (own, time.process_time()))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    now, pick = int(time.time() * 1000), random.Random(1)  # noqa: S311 - no secret
    this = month_of(now)
    start, middle = start_of(this - asked.months + 1), start_of(this - asked.months // 2)
    print(f"{asked.customers * 20} interactions, {asked.customers * 8} decisions")
    with schema(asked.url, "nba_whole") as whole, schema(asked.url, "nba_months") as divided:
        migrate.upgrade(whole, "0008")
        fill(whole, asked.customers, start, now)
        timed("revision 0009 up", lambda: migrate.upgrade(whole, "0009"))
        timed("revision 0009 down", lambda: migrate.downgrade(whole, "0008"))
        stores = dict(zip(SHAPES, (SqlStore(whole), SqlStore(divided)), strict=True))
        for store in stores.values():
            store.migrate()
        partitions.make_months(divided, range(this - asked.months + 1, this))
        fill(divided, asked.customers, start, now)
        for database in (whole, divided):
            know_people(database)
        half = asked.customers // 2
        kinds = {
            "recent past": lambda: f"c{pick.randrange(half) * 2 + 2}",
            "past in all months": lambda: f"c{pick.randrange(half) * 2 + 1}",
            "stranger": lambda: f"s{pick.random()}",
        }
        found: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for _ in range(asked.rounds):
            for kind, who in kinds.items():
                for shape, store in stores.items():
                    found.setdefault((kind, shape), []).append(state_cost(store, who, now))
        for (kind, shape), rounds in found.items():
            cells = [
                f"{statistics.median(one):.0f} ({min(one):.0f} to {max(one):.0f})"
                for one in zip(*rounds, strict=True)
            ]
            print(f"state, {kind}, {shape}: server {cells[0]} us, client {cells[1]} us")
        timed("forget the older half by months", lambda: print(stores["months"].forget_old(middle, now)))
        timed("forget it row by row", lambda: print(stores["one partition"].forget_old(middle, now)))


if __name__ == "__main__":
    main()
