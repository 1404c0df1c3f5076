"""Where customers are and where we are, phase by phase.

*Theirs* is the share of customers in a phase who use a touchpoint, *ours* the share of our contacts in that
phase that go there; *effect* is what being there does to the next phase. Knows records; a measure's words
and hidden cells are the service's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from models.arrays import Codes, Floats, Ints, Mask, Records
from models.domain.actions import NOTHING
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.customers import within
from models.measures.effects import Odds, moves_on, odds_ratio
from models.measures.gains import gain_over_nothing
from models.measures.intervals import Interval
from models.measures.log.records import Log, Names

HORIZON_DAYS: Final = 14.0
"""How long a step may take, where the journey file has no horizon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A touchpoint, or one of our channels as a whole."""

    name: str
    kind: str  # channel, touchpoint
    label: str
    channel: str | None
    ownership: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A row in a phase.

    ``theirs`` and ``ours`` are shares; ``cost``: EUR of our contacts there.
    """

    phase: str
    theirs: float
    ours: float
    customers: int
    contacts: int
    contacted: int
    cost: float
    effect: Odds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSize:
    """Customers seen in a phase, and our contacts there."""

    phase: str
    label: str
    customers: int
    contacts: int


def rows_of_journey(journey: Journey) -> tuple[Row, ...]:
    """Our channels, then the touchpoints that are not our own contacts."""
    channels = [
        Row(name=c.name, kind="channel", label=c.label, channel=c.name, ownership=c.ownership.value)
        for c in journey.channels
    ]
    touchpoints = [
        Row(
            name=t.name,
            kind="touchpoint",
            label=t.label,
            channel=t.channel,
            ownership=journey.ownership_of(t).value,
            actions=t.actions,
        )
        for t in journey.touchpoints
        if not t.contact
    ]
    return (*channels, *touchpoints)


class Gap:
    """The cells of a period."""

    def __init__(self, journey: Journey, log: Log, names: Names, since: int, until: int, now: int) -> None:
        """``log``: moves from the beginning; the others may begin before the period."""
        self._names = names
        self._journey = journey
        events = within(log.events, since, until)
        self._events: Records = events[events["contact"] == 0]
        decisions = within(log.decisions, since, until)
        self._now = now
        horizon = round((journey.objective.horizon_days or HORIZON_DAYS) * DAY_MS)
        moved = moves_on(log.moves, order_of(journey, names), decisions["customer"], decisions["at"], horizon)
        judged = (decisions["at"] + horizon <= now) & (decisions["probability"] > 0)
        nothing = names.find(NOTHING)
        owner = np.unique(decisions["customer"], return_inverse=True)[1]
        self._in_phase = {
            phase.name: _Decisions.of(
                decisions, owner, moved, judged, decisions["phase"] == names.find(phase.name), nothing
            )
            for phase in journey.phases
        }
        self._users = {field: _users(self._events, field) for field in ("channel", "touchpoint")}

    def phases(self) -> tuple[PhaseSize, ...]:
        """Every phase with who was seen in it."""
        return tuple(
            PhaseSize(
                phase=phase.name,
                label=phase.label,
                customers=self._seen(phase.name),
                contacts=int(self._in_phase[phase.name].delivered.sum()),
            )
            for phase in self._journey.phases
        )

    def gains(self) -> dict[str, Interval | None]:
        """Phase → EUR that a contact gained over doing nothing there; None: not known."""
        found: dict[str, Interval | None] = {}
        for phase, here in self._in_phase.items():
            gain = gain_over_nothing(here.records, here.delivered, here.nothing, self._now)
            found[phase] = None if gain is None else gain.interval
        return found

    def cells(self, row: Row) -> tuple[Cell, ...]:
        """One cell a phase."""
        return tuple(self._cell(row, phase.name) for phase in self._journey.phases)

    def _cell(self, row: Row, phase: str) -> Cell:
        field, name = ("channel", row.channel) if row.kind == "channel" else ("touchpoint", row.name)
        users = self._users[field].get((self._names.find(phase), self._names.find(name)), 0)
        here = self._in_phase[phase]
        there = here.delivered & self._ours(row, here)
        contacts, all_contacts, seen = int(there.sum()), int(here.delivered.sum()), self._seen(phase)
        return Cell(
            phase=phase,
            theirs=users / seen if seen else 0.0,
            ours=contacts / all_contacts if all_contacts else 0.0,
            customers=users,
            contacts=contacts,
            contacted=int(np.count_nonzero(np.bincount(here.owner[there]))) if contacts else 0,
            cost=float(here.records["cost"][there].sum()) if contacts else 0.0,
            effect=here.effect(there) if contacts else None,
        )

    def _ours(self, row: Row, here: _Decisions) -> Mask:
        if row.kind == "channel":
            found: Mask = here.channel == self._names.find(row.channel)
            return found
        if not row.actions:
            return np.zeros(len(here.records), dtype=bool)
        return np.isin(here.action, [self._names.find(action) for action in row.actions])

    @cache  # noqa: B019 - lives as long as one answer
    def _seen(self, phase: str) -> int:
        here = self._events["customer"][self._events["phase"] == self._names.find(phase)]
        return len(np.unique(np.concatenate([here, self._in_phase[phase].records["customer"]])))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decisions:
    """Decisions in one phase, whether customers moved on, and which can be judged by now.

    ``owner`` is the place of each one's customer among all; it, ``channel``, ``action`` and ``weight`` (one
    over the probability) are read once for many cells.
    """

    records: Records
    owner: Ints
    channel: Codes
    action: Codes
    weight: Floats
    moved: Mask
    judged: Mask
    delivered: Mask
    nothing: Mask

    @classmethod
    def of(
        cls, decisions: Records, owner: Ints, moved: Mask, judged: Mask, here: Mask, nothing: int
    ) -> _Decisions:
        records = decisions[here]
        probability = records["probability"].astype(np.float64)
        return cls(
            records=records,
            owner=owner[here],
            channel=np.ascontiguousarray(records["channel"]),
            action=np.ascontiguousarray(records["action"]),
            weight=1.0 / np.where(probability > 0, probability, 1.0),
            moved=moved[here],
            judged=judged[here],
            delivered=records["delivered"] > 0,
            nothing=records["action"] == nothing,
        )

    def effect(self, there: Mask) -> Odds | None:
        """Our contacts ``there`` against decisions in which nothing was done."""
        use = self.judged & (there | self.nothing)
        return odds_ratio(self.moved[use], there[use], self.weight[use], self.owner[use], "logged")


def _users(events: Records, field: str) -> dict[tuple[int, int], int]:
    """Phase and code → how many different customers."""
    triples = np.zeros(len(events), dtype=[("customer", "<u8"), ("phase", "<i4"), ("code", "<i4")])
    triples["customer"], triples["phase"], triples["code"] = (
        events["customer"],
        events["phase"],
        events[field],
    )
    order = np.lexsort((triples["code"], triples["phase"], triples["customer"]))
    triples = triples[order]
    new = np.append(True, triples[1:] != triples[:-1])[: len(triples)]
    pairs, counts = np.unique(
        triples["phase"][new].astype(np.int64) << 32 | triples["code"][new], return_counts=True
    )
    return {
        (int(pair >> 32), int(pair & 0xFFFFFFFF)): int(count)
        for pair, count in zip(pairs, counts, strict=True)
    }


def order_of(journey: Journey, names: Names) -> Ints:
    """The position of each phase by its code."""
    order = np.zeros(len(names.known()) + 1, dtype=np.int64)
    for position, phase in enumerate(journey.phases):
        code = names.find(phase.name)
        if code > 0:
            order[code] = position
    return order


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cell to look at.

    ``eur_month``: EUR a month, on a ``basis``: ``cost`` of our contacts there, below 0, or what contacts
    there would gain if they did ``like_contacts_here``; None: nobody knows.
    """

    row: Row
    cell: Cell
    eur_month: Interval | None
    basis: str


MUCH: Final = 0.10
"""A share that is worth a look."""
FAR_LESS: Final = 0.25
"""Of the other side's share: there it is that, here it is not."""
MOST_FINDINGS: Final = 5
MONTH_DAYS: Final = 30.4375


def missing(
    found: Sequence[tuple[Row, Cell]], gains: Mapping[str, Interval | None], days: float, hide_below: int = 0
) -> tuple[Finding, ...]:
    """They are there, we are not; what would bring most first, then the most customers.

    ``gains``: phase → EUR a contact there gained over doing nothing.
    """
    picked = [
        Finding(
            row=row,
            cell=cell,
            eur_month=_times(gains.get(cell.phase), cell.customers * MONTH_DAYS / days),
            basis="like_contacts_here",
        )
        for row, cell in found
        if cell.theirs >= MUCH and cell.ours < cell.theirs * FAR_LESS and cell.customers >= hide_below
    ]
    return tuple(sorted(picked, key=lambda f: (-_eur(f), -f.cell.customers))[:MOST_FINDINGS])


def idle(found: Sequence[tuple[Row, Cell]], days: float, hide_below: int = 0) -> tuple[Finding, ...]:
    """We are there, few of them are; the most contacted first."""
    picked = [
        _costing(row, cell, days)
        for row, cell in found
        if cell.ours >= MUCH and cell.theirs < cell.ours * FAR_LESS and cell.contacted >= hide_below
    ]
    return tuple(sorted(picked, key=lambda f: -f.cell.contacted)[:MOST_FINDINGS])


def unmoved(found: Sequence[tuple[Row, Cell]], days: float, hide_below: int = 0) -> tuple[Finding, ...]:
    """We act and nothing is proved to move on; the dearest first."""
    picked = [
        _costing(row, cell, days)
        for row, cell in found
        if cell.effect is not None
        and cell.effect.interval.proved(1.0) != "up"
        and cell.contacted >= hide_below
        and cell.contacts
    ]
    return tuple(sorted(picked, key=_eur)[:MOST_FINDINGS])


def _costing(row: Row, cell: Cell, days: float) -> Finding:
    eur = -cell.cost * MONTH_DAYS / days
    return Finding(row=row, cell=cell, eur_month=Interval(value=eur, low=eur, high=eur), basis="cost")


def _times(interval: Interval | None, times: float) -> Interval | None:
    if interval is None:
        return None
    return Interval(value=interval.value * times, low=interval.low * times, high=interval.high * times)


def _eur(finding: Finding) -> float:
    return 0.0 if finding.eur_month is None else finding.eur_month.value
