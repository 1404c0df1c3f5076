"""Rolls up: brings packed records up to date with what is stored.

Exact whatever came late: every write about a person raises their version or adds a decision, so all whose
version or number of decisions differs from what was rolled up are read anew, in portions that are stored each
for itself. Broken off, it goes on where it was. Another journey file means other phases and values, so
everything begins anew. Never on the path of a decision. Knows store and journey file; what records mean is in
``models/measures``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import structlog

from models.arrays import Records
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.measures.log.build import RecordBuilder
from models.measures.log.records import Log, Names, customer_hash
from nba_service.measures.rollups.packing import BUCKETS, FORM, PACKED_AS, WEEK_MS, by_week, pack, unpack
from nba_service.measures.rollups.second_look import SecondLook
from nba_service.store.records.rollups import Place, RollupTable, key_of

PORTION: Final = 2_000
"""People rolled up in one transaction, at most."""
ROLLED_UP_AT: Final = "rollup"
_BASIS: Final = "rollup_basis"
_SHADOW: Final = "rollup_shadow"
_MEANING: Final = 2  # of what records hold; one more: everything is rolled up anew

log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """What a run did.

    ``anew``: everything from the start, for another journey file. ``whole``: nothing is left; False: another
    process is at it.
    """

    people: int
    gone: int
    seconds: float
    anew: bool
    whole: bool


Progress = Callable[[int, int], None]
"""Told how many people are done, and of how many."""


class Rollup:
    """Rolls up one store by one journey file."""

    def __init__(
        self,
        table: RollupTable,
        journey: Journey,
        clock: Callable[[], datetime],
        second_look: SecondLook | None = None,
    ) -> None:
        """``second_look``: None: which rule held people back alone, and what a shadow does, is left open."""
        self._table = table
        self._journey = journey
        self._clock = clock
        self._second_look = second_look

    def run(self, progress: Progress = lambda done, of: None) -> RolledUp:
        """Bring everything up to date."""
        begun, started = to_ms(self._clock()), time.monotonic()
        anew = self._begin()
        changed, gone = dict(self._table.changed()), self._table.gone()
        shadow, followed = self._followed_by_shadow()
        todo: dict[str, int | None] = {**dict.fromkeys(gone), **followed, **changed}
        done, whole = 0, True
        for bucket, portion in _portions(todo):
            if not self._roll(bucket, {who: todo[who] for who in portion}, begun):
                whole = False
                break
            done += len(portion)
            progress(done, len(todo))
        if whole:
            self._drop_old()
            self._table.note(_SHADOW, shadow)
            self._table.note(ROLLED_UP_AT, begun)
        took = time.monotonic() - started
        if todo:
            log.info("rolled_up", people=len(changed), gone=len(gone), seconds=round(took, 2), whole=whole)
        return RolledUp(people=len(changed), gone=len(gone), seconds=took, anew=anew, whole=whole)

    def _begin(self) -> bool:
        """Forget everything if it was rolled up by another journey file; whether that was done."""
        basis = _basis(self._journey)
        if self._table.mark(_BASIS) == basis:
            return False
        self._table.clear()
        self._table.note(PACKED_AS, FORM)
        self._table.note(_BASIS, basis)
        return True

    def _followed_by_shadow(self) -> tuple[int, Mapping[str, int]]:
        """The shadow as a number; and of a new one the people with decisions since its trial began."""
        shadow = None if self._second_look is None else self._second_look.shadow
        if shadow is None:
            return 0, {}
        number = customer_hash(f"{shadow.bundle}:{shadow.since}") >> 2
        new = self._table.mark(_SHADOW) != number
        return number, self._table.decided_since(shadow.since) if new else {}

    def _roll(self, bucket: int, people: dict[str, int | None], now: int) -> bool:
        turn = self._table.turn()
        names = Names(self._table.names())
        there = [who for who, version in people.items() if version is not None]
        stored = self._table.bucket(bucket)
        fresh = by_week(self._records(there, stored, names, now))
        hashes = np.array([key_of(who) for who in people], dtype=np.uint64)
        packed: dict[Place, bytes] = {}
        weeks = {(kind, week) for kind, week, _ in stored} | set(fresh)
        for kind, week in weeks:
            before = stored.get((kind, week, bucket), b"")
            records = _without(unpack(kind, [before] if before else []), hashes)
            added = fresh.get((kind, week))
            content = pack(records if added is None else _merged(records, added))
            if content != before:
                packed[kind, week, bucket] = content
        return self._table.put(turn, packed, people, names.known())

    def _records(self, people: Sequence[str], stored: Mapping[Place, bytes], names: Names, now: int) -> Log:
        facts = self._table.facts(people)
        fresh = RecordBuilder(self._journey, names).build(facts)
        if self._second_look is None:
            return fresh
        own = np.array([key_of(who) for who in people], dtype=np.uint64)
        before = {}
        for kind in ("refusals", "shadows"):
            records = unpack(kind, [content for place, content in stored.items() if place[0] == kind])
            before[kind] = records[np.isin(records["customer"], own)]
        return self._second_look.complete(fresh, facts.decisions, before, names, now)

    def _drop_old(self) -> None:
        """What was deleted for its age goes from here, too."""
        oldest = self._table.oldest()
        if oldest is not None:
            self._table.drop_weeks(oldest // WEEK_MS)


def _portions(people: dict[str, int | None]) -> Iterator[tuple[int, Sequence[str]]]:
    """Bucket by bucket, so that each pack is written a few times at most."""
    buckets: list[list[str]] = [[] for _ in range(BUCKETS)]
    for who in people:
        buckets[key_of(who) % BUCKETS].append(who)
    for bucket, members in enumerate(buckets):
        for start in range(0, len(members), PORTION):
            yield bucket, members[start : start + PORTION]


def _without(records: Records, hashes: Records) -> Records:
    return records[~np.isin(records["customer"], hashes)] if len(records) else records


def _merged(records: Records, added: Records) -> Records:
    both = np.concatenate([records, added])
    return both[np.lexsort((both["at"], both["customer"]))]


def _basis(journey: Journey) -> int:
    """What records depend on besides what happened, as a number."""
    return customer_hash(f"{_MEANING}:{FORM}:{journey.sha256}") >> 2
