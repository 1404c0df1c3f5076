"""What the ledger of consents costs: reading a state, storing events and profiles; in turns with and without.

``python -m benchmarks.store.consents [DATABASE_URL] [--rounds N] [--calls N]``. CPU of this process in
microseconds a call, the median of a round, then median (least to most) over rounds. ``without`` reads the
state as it was read before there was a ledger; it then counts no consents. PostgreSQL's own CPU is not in it.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from models.domain.consent import current
from nba_service.settings import Durability
from nba_service.store.reads.state import Reader
from nba_service.store.rows import CustomerRow, InteractionRow
from nba_service.store.sql.connection import Database
from nba_service.store.sql.row_codec import stored_state
from nba_service.store.sql_store import SqlStore

FLAGS = ("email", "sms", "phone", "letter")
CUSTOMERS = 200
NOW = 1_800_000_000_000


class ReaderWithout(Reader):
    """Reads a person as before: the column of the ledger is always empty."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        join = "LEFT JOIN consents k ON k.customer_id = p.person\n"
        assert join in self._person  # else nothing is compared
        self._person = self._person.replace(join, "").replace("k.ledger", "NULL AS ledger")


@contextmanager
def database_of(url: str | None) -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        if url is None:
            database = Database(
                f"sqlite:///{Path(folder) / 'nba.sqlite'}", durability=Durability.FLUSH, timeout_ms=5_000
            )
            yield database
            database.close()
            return
        from benchmarks.store.months import schema

        with schema(url, f"nba_consents_{uuid.uuid4().hex[:8]}") as database:
            yield database


def fill(store: SqlStore) -> None:
    """Customers of four flags, two of which they refused before, with 20 events each."""
    for at in (1, 2):
        store.put_customers(
            [
                CustomerRow(
                    customer_id=f"c{who}",
                    attributes={"age": 40},
                    consent=dict.fromkeys(FLAGS[: 2 * at], at == 2),
                    updated_at=NOW - 10_000 + at,
                )
                for who in range(CUSTOMERS)
            ]
        )
    store.add_interactions(
        [
            InteractionRow(
                interaction_id=f"i{who}-{number}", customer_id=f"c{who}", occurred_at=NOW - 5_000 + number,
                touchpoint="visit",
            )
            for who in range(CUSTOMERS)
            for number in range(20)
        ]
    )  # fmt: skip


def calls(store: SqlStore, database: Database) -> dict[str, Callable[[int], object]]:
    with_ledger, without = Reader(database), ReaderWithout(database)
    ids = itertools.count()

    def event(number: int, withdraws: tuple[str, ...]) -> None:
        row = InteractionRow(
            interaction_id=f"new-{next(ids)}", customer_id=f"c{number % CUSTOMERS}", occurred_at=NOW + number,
            touchpoint="visit", withdraws=withdraws, arrived_at=NOW + number,
        )  # fmt: skip
        store.add_interactions([row])

    def put(number: int, consent: dict[str, bool]) -> None:
        row = CustomerRow(
            customer_id=f"c{number % CUSTOMERS}", attributes={"age": 41}, consent=consent,
            updated_at=NOW + next(ids),
        )  # fmt: skip
        store.put_customers([row])

    def state(reader: Reader, number: int) -> None:
        rows = reader.state(f"c{number % CUSTOMERS}", NOW, 2_000)
        found = stored_state(rows.person, rows.past, rows.ahead, 2_000)
        current(found.consents)

    return {
        "read a state, without": lambda number: state(without, number),
        "read a state, with": lambda number: state(with_ledger, number),
        "store an event that withdraws nothing": lambda number: event(number, ()),
        "store an event that withdraws one": lambda number: event(number, ("email",)),
        "put a profile that mentions none": lambda number: put(number, {}),
        "put a profile that grants one": lambda number: put(number, {"email": True}),
    }


def measure(work: Mapping[str, Callable[[int], object]], number: int) -> dict[str, float]:
    """CPU microseconds of the median call, the calls of all in turns."""
    spent: dict[str, list[int]] = {name: [] for name in work}
    for index in range(number):
        turn = list(work.items())
        for name, one in turn if index % 2 else reversed(turn):
            begun = time.process_time_ns()
            one(index)
            spent[name].append(time.process_time_ns() - begun)
    return {name: statistics.median(times) / 1_000 for name, times in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=400)
    asked = parser.parse_args()
    with database_of(asked.url) as database:
        store = SqlStore(database)
        store.migrate()
        fill(store)
        work = calls(store, database)
        reads = {name: one for name, one in work.items() if name.startswith("read")}
        writes = {name: one for name, one in work.items() if name not in reads}
        measure(work, 50)
        rounds = [measure(reads, asked.calls) | measure(writes, asked.calls) for _ in range(asked.rounds)]
    for name in work:
        found = [one[name] for one in rounds]
        print(f"{name}: {statistics.median(found):.0f} µs ({min(found):.0f} to {max(found):.0f})")


if __name__ == "__main__":
    main()
