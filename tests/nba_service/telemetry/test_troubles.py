"""A day of trouble is noted once, when the store can be written again, and again the next day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from nba_service.errors import StoreError
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.interface import Store
from nba_service.telemetry.troubles import DEGRADED, OVERLOADED, STORE_AWAY, TroubleNotes

DAY = 86_400_000
NOON = 1_794_441_600_000  # 2026-11-12T00:00Z


class Service:
    """What a process counts, by hand."""

    def __init__(self, store: Store) -> None:
        self.store, self.tally, self.openings, self.usable = store, Counter[str](), 0, True
        self.now, self.seconds, self.away = NOON, 0.0, False
        self.notes = self.watch()

    def watch(self) -> TroubleNotes:
        return TroubleNotes(
            self.note,
            tally=self.tally,
            openings=lambda: self.openings,
            usable=lambda: self.usable,
            now_ms=lambda: self.now,
            seconds=lambda: self.seconds,
        )

    def note(self, kind: str, subject: str, detail: Mapping[str, object], at: int) -> None:
        if self.away:
            raise StoreError("It is away.")
        self.store.audit_log.note(kind, subject, detail, at)

    def look(self) -> list[tuple[str, str]]:
        """After half a minute; all that was ever noted."""
        self.seconds += 31
        self.notes.look()
        return [(entry.kind, entry.subject) for entry in self.store.audit_log.entries()]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    store = open_store(Settings(database_url=f"sqlite:///{tmp_path}/nba.sqlite"))
    store.migrate()
    yield Service(store)
    store.close()


def test_nothing_is_noted_where_all_is_well(service: Service) -> None:
    service.tally.update({"decisions": 1000, "CONTENT_FAILED": 900, "malformed": 50})

    assert service.look() == []


def test_an_outage_is_noted_once_a_day_whoever_sees_it(service: Service) -> None:
    service.openings = 1
    assert service.look() == [(STORE_AWAY, "2026-11-12")]
    service.openings = 4
    other = service.watch()  # another worker of the same store
    assert service.look() == [(STORE_AWAY, "2026-11-12")]
    service.seconds += 31
    other.look()
    assert len(list(service.store.audit_log.entries())) == 1
    service.now, service.openings = NOON + DAY, 5
    assert service.look()[-1] == (STORE_AWAY, "2026-11-13")


def test_it_waits_until_the_store_can_be_written(service: Service) -> None:
    service.openings, service.usable = 1, False
    assert service.look() == []
    service.usable, service.away = True, True
    assert service.look() == []
    service.away = False
    assert service.look() == [(STORE_AWAY, "2026-11-12")]


def test_refused_requests_and_a_twentieth_of_degraded_answers_count(service: Service) -> None:
    service.tally.update({"overloaded": 1, "decisions": 1000, "STORE_SLOW": 50})
    assert service.look() == [(OVERLOADED, "2026-11-12")]
    service.tally.update({"decisions": 100, "STORE_SLOW": 19})
    assert len(service.look()) == 1  # too few
    service.tally.update({"decisions": 100, "STORE_SLOW": 15, "MODEL_FAILED": 5})
    assert service.look()[-1] == (DEGRADED, "2026-11-12")
    entry = list(service.store.audit_log.entries())[-1]
    assert '"MODEL_FAILED":5' in entry.detail


def test_it_looks_every_half_a_minute_only(service: Service) -> None:
    service.openings = 1
    service.notes.look()

    assert list(service.store.audit_log.entries()) == []
