"""Reads packed records of a period.

Weeks that lie in it, and those before it that a measure needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from models.arrays import Records
from models.domain.history import from_ms
from models.domain.journey import Journey
from models.measures.customers import rows_of
from models.measures.log.records import KINDS, Log, Names
from models.measures.traits import Traits, group_of
from nba_service.measures.questions import Question
from nba_service.measures.rollups.pack_cache import PackCache
from nba_service.measures.rollups.packing import FORM, PACKED_AS, WEEK_MS
from nba_service.measures.rollups.rollup import ROLLED_UP_AT
from nba_service.store.records.rollups import RollupTable

_LATEST_WEEK: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupAge:
    """How old the figures are. ``rolled_up_at`` None: nothing was ever rolled up."""

    rolled_up_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Records, and the period (ms) that is asked about.

    Records begin before it.
    """

    log: Log
    names: Names
    since: int
    until: int
    now: int  # up to when everything is known


def read_period(
    table: RollupTable,
    question: Question,
    journey: Journey,
    *,
    before_ms: int = 0,
    kinds: tuple[str, ...] = ("decisions", "events", "moves"),
    packs: PackCache | None = None,
) -> Reading | None:
    """The records of a period; None: nothing was rolled up yet, or by another version.

    Args:
        before_ms: how long before the period they shall begin; moves always begin with the first.
        kinds: those that are needed; the others are empty.
        packs: what was unpacked before; None: everything is read.
    """
    rolled_up_at = table.mark(ROLLED_UP_AT)
    if rolled_up_at is None or table.mark(PACKED_AS) != FORM:
        return None
    cache = PackCache() if packs is None else packs
    since, until = question.period(datetime.fromtimestamp(rolled_up_at / 1000, UTC))
    first, last = (since - before_ms) // WEEK_MS, (until - 1) // WEEK_MS
    found = {kind: np.zeros(0, dtype=type_) for kind, type_ in KINDS.items()}
    for kind in (kind for kind in kinds if kind != "traits"):
        records = cache.records(table, kind, 0 if kind == "moves" else first, last)
        inside = records["at"] < until
        found[kind] = records if inside.all() else records[inside]
    names = Names(table.names())
    if question.group is not None or "traits" in kinds:
        found["traits"] = cache.records(table, "traits", 0, _LATEST_WEEK)
    if question.group is not None:
        members = group_of(Traits.of(found["traits"], journey, names), question.group, names)
        found = {kind: records[rows_of(members, records["customer"])[1]] for kind, records in found.items()}
    log = Log(**{kind: _asked(records, names, question) for kind, records in found.items()})
    return Reading(log=log, names=names, since=since, until=until, now=min(rolled_up_at, until))


def age_of(table: RollupTable) -> RollupAge:
    """When it was last rolled up."""
    at = table.mark(ROLLED_UP_AT)
    return RollupAge(rolled_up_at=None if at is None else from_ms(at))


def _asked(records: Records, names: Names, question: Question) -> Records:
    """Those of the arm that is asked for; phases and channels are each measure's own business."""
    if question.arm is None or "arm" not in (records.dtype.names or ()):
        return records
    chosen: Records = records[records["arm"] == names.find(question.arm)]
    return chosen
