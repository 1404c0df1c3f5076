"""What group commit is worth: decisions stored a second, and commits per decision, durable before answered.

``python -m benchmarks.store.group_commit [DATABASE_URL] [--writes N] [--rounds N]``. Each round measures, in
turn: a bare insert of one row with its own flush, by one thread (the floor); then 1, 4 and 16 threads that
store decisions with a claim each, every one in a transaction of its own, and together. A throw-away SQLite by
default; a PostgreSQL database is given by its URL and keeps what was written.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import event

from nba_service.settings import Durability
from nba_service.store.rows import Claim, DecisionRow, Written
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.group_commit import PendingWrite

THREADS = (1, 4, 16)


class Single(SqlStore):
    """Every write in a transaction of its own, by its own thread."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)

        def alone(write: PendingWrite) -> Written:
            self._writes.writer.write([write])
            return write.outcome()

        self._writes.group_commit.submit = alone  # type: ignore[method-assign]


def row(key: str) -> DecisionRow:
    """A decision of the usual size."""
    return DecisionRow(
        decision_id=key, customer_id=key, decided_at=1_000, delivered_at=1_000, action="guide",
        channel="email", action_probability=0.5, contacts=(("guide", "email"),), context=None,
        candidates="c" * 3_000, bundle="b", policy="p", arm="t", request="r" * 300, answer="a" * 800,
        state=b"s" * 1_500,
    )  # fmt: skip


def timed(work: Callable[[int], None], threads: int) -> tuple[float, float]:
    """Seconds by the clock and of this process's CPU."""
    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    wall, cpu = time.perf_counter(), time.process_time()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(store: SqlStore, threads: int, writes: int) -> dict[str, float]:
    run, each, commits = uuid4().hex[:8], writes // threads, [0]

    def work(thread: int) -> None:
        for number in range(each):
            key = f"{run}-{thread}-{number}"
            store.add_decisions([row(key)], {key: Claim(version=0)})

    engine = store._database.engine()

    def count(_connection: object) -> None:
        commits[0] += 1

    event.listen(engine, "commit", count)
    wall, cpu = timed(work, threads)
    event.remove(engine, "commit", count)
    done = each * threads
    return {"rate": done / wall, "cpu": cpu / done * 1e6, "commits": commits[0] / done}


def floor(database: Database, writes: int) -> dict[str, float]:
    """One row of one column, flushed, by the bare driver."""
    raw = database.engine().raw_connection()
    cursor = raw.cursor()
    mark = "?" if database.dialect.name == "sqlite" else "%s"
    begin = time.perf_counter()
    for _ in range(writes):
        if database.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(f"INSERT INTO floor_of_benchmark VALUES ({mark})", (uuid4().hex,))  # noqa: S608
        if database.dialect.name == "sqlite":
            cursor.execute("COMMIT")
        else:
            raw.commit()
    wall = time.perf_counter() - begin
    raw.close()
    return {"rate": writes / wall, "cpu": 0.0, "commits": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", nargs="?")
    parser.add_argument("--writes", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.url or f"sqlite:///{Path(folder) / 'nba.sqlite'}"
        database = Database(url, durability=Durability.COMMIT, timeout_ms=60_000, pool_size=max(THREADS))
        together, single = SqlStore(database), Single(database)
        together.migrate()
        with database.transaction(write=True) as connection:
            connection.execute(sa.text("CREATE TABLE IF NOT EXISTS floor_of_benchmark (key TEXT)"))
        found: dict[str, list[dict[str, float]]] = {}
        for _ in range(asked.rounds):
            found.setdefault("bare insert, 1 thread", []).append(floor(database, asked.writes // 2))
            for threads in THREADS:
                for name, store in (("each by itself", single), ("together", together)):
                    label = f"{threads} threads, {name}"
                    found.setdefault(label, []).append(measure(store, threads, asked.writes))
        report(database.dialect.name, found)
        database.close()


def report(dialect: str, found: dict[str, list[dict[str, float]]]) -> None:
    print(f"{dialect}: median (least to most) of {len(next(iter(found.values())))} rounds")
    print(f"{'':32}{'writes/s':>24}{'CPU us a write':>24}{'commits a write':>18}")
    for label, rounds in found.items():
        cells = []
        for name in ("rate", "cpu"):
            values = [one[name] for one in rounds]
            cells.append(f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})")
        commits = statistics.median(one["commits"] for one in rounds)
        print(f"{label:32}{cells[0]:>24}{cells[1]:>24}{commits:>18.2f}")


if __name__ == "__main__":
    main()
