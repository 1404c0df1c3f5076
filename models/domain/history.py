"""Histories of many customers in columns, for phases and features.

Training builds one ``History`` of millions of events, the service one of a single customer; the same
code reads both. Times are integer milliseconds since 1970 UTC and money is integer cents, so that sums
and differences are exact and one customer at a time equals all at once, bit for bit.

Knows how interactions and tables become columns; knows nothing of what they mean to a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts, Codes, Ints
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.domain.spans import FIRST_MS, LAST_MS, find_ends
from models.errors import HistoryError

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
MAX_CENTS: Final = 2**53
"""Amounts beyond it are refused: sums of them would no longer be exact in a float64."""

TOUCHPOINT: Final = int(Kind.TOUCHPOINT)  # as plain numbers: looking up a member of an enum takes 2 us
CONTACT: Final = int(Kind.CONTACT)
OUTCOME: Final = int(Kind.OUTCOME)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PhaseWalk(NamedTuple):
    """Where one customer stands after some events, what lapses later not applied.

    ``before``, ``last_but_one``: the phases before, -1 none; ``active``: last activity of their own;
    ``opened``: first event; ``entered``: number of moves; ``reached``: a bit for each phase
    that they were in.
    """

    phase: int
    before: int
    last_but_one: int
    since: int
    entered: int
    active: int
    opened: int
    reached: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Folded:
    """One customer's events before those in a history, by sort.

    Attributes:
        kind, channel, touchpoint, action: shape (m,). As in ``History``.
        count, first, last, cents: shape (m,), int64. How many, the first and last time, the sum.
        walk: where the customer stood after them.
        open: action code → contacts that no positive outcome followed.
        lasts: (name of an event, property) → its last value.
    """

    kind: NDArray[np.int8]
    channel: Codes
    touchpoint: Codes
    action: Codes
    count: Ints
    first: Ints
    last: Ints
    cents: Ints
    walk: PhaseWalk
    open: Mapping[int, int]
    lasts: Mapping[tuple[str, str], float | bool | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Events of ``n_customers`` customers, ascending in time within each customer.

    Attributes:
        start: shape (n_customers + 1,). Customer i owns the events ``start[i]:start[i + 1]``.
        occurred_at: shape (n_events,), int64. Milliseconds since 1970 UTC.
        kind: shape (n_events,), int8. ``models.domain.interaction.Kind``.
        channel: shape (n_events,), int32. Position in ``journey.channels``; -1 none.
        touchpoint: shape (n_events,), int32. Position in ``touchpoints`` (an outcome's name for outcomes).
        action: shape (n_events,), int32. Position in ``journey.actions``; -1 none.
        phase: shape (n_events,), int32. Phase stated by the source; -1 none.
        value_cents: shape (n_events,), int64.
        touchpoints: names behind the touchpoint codes; ``journey.touchpoint_names`` first, then any others.
        properties: per event, or None where nobody reads them or none has any.
        folded: of the only customer, what happened before these events; None: nothing.
        walked: where the only customer stands after so many events, if somebody has looked before.
    """

    start: Ints
    occurred_at: Ints
    kind: NDArray[np.int8]
    channel: Codes
    touchpoint: Codes
    action: Codes
    phase: Codes
    value_cents: Ints
    touchpoints: tuple[str, ...]
    properties: Sequence[Mapping[str, Any]] | None = None
    folded: Folded | None = None
    walked: tuple[int, PhaseWalk] | None = None

    @property
    def n_customers(self) -> int:
        return len(self.start) - 1

    @property
    def n_events(self) -> int:
        return len(self.occurred_at)

    def ends(self, customer: AnyInts, instant: Ints) -> Ints:
        """Index of each customer's first event that is not strictly before the moment.

        Args:
            customer: shape (n,). Positions of customers.
            instant: shape (n,) or (n, w), int64. Milliseconds since 1970 UTC.

        Returns:
            Shape of ``instant``, int64; ``start[customer + 1]`` where no such event exists.
        """
        return find_ends(self.start, self.occurred_at, customer, instant)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC, exactly; parts of a millisecond are dropped.

    Raises:
        HistoryError: the moment has no time zone.

    Example:
        >>> to_ms(datetime(1970, 1, 2, tzinfo=UTC))
        86400000
    """
    if moment.tzinfo is None:
        raise HistoryError(f"{moment.isoformat()} has no time zone; hand over aware datetimes")
    since = moment - _EPOCH
    return since.days * DAY_MS + since.seconds * 1000 + since.microseconds // 1000


def from_ms(milliseconds: int) -> datetime:
    """The moment, aware and in UTC; the inverse of ``to_ms``.

    Example:
        >>> from_ms(86_400_000)
        datetime.datetime(1970, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_iso(milliseconds: int) -> str:
    """The moment as answers write it.

    Example:
        >>> to_iso(86_400_000)
        '1970-01-02T00:00:00Z'
    """
    return from_ms(milliseconds).isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> int:
    """Milliseconds since 1970 UTC of a time that is written with its zone.

    Raises:
        ValueError: it is none.

    Example:
        >>> from_iso("1970-01-02T01:00:00+01:00")
        86400000
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with its zone, got {text!r}")
    return to_ms(moment)


def build_history(journey: Journey, per_customer: Sequence[Sequence[Interaction]]) -> History:
    """Columns of the interactions of some customers, as the service hands them over.

    Interactions may come in any order; those of one instant keep theirs. A touchpoint that the journey
    file declares as a contact becomes one. Channels, actions and phases that this journey file does not
    have (any more) become -1, other touchpoint names are kept behind the declared ones.

    Raises:
        HistoryError: an interaction has a time without zone, or a value that is no sensible amount.
    """
    others: dict[str, int] = {}
    rows: list[tuple[Any, ...]] = []
    start = [0]
    for interactions in per_customer:
        own = _rows(journey, others, interactions)
        own.sort(key=itemgetter(0))
        rows += own
        start.append(len(rows))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    return History(
        start=np.array(start, dtype=np.int64),
        occurred_at=np.array(columns[0], dtype=np.int64),
        kind=np.array(columns[1], dtype=np.int8),
        channel=np.array(columns[2], dtype=np.int32),
        touchpoint=np.array(columns[3], dtype=np.int32),
        action=np.array(columns[4], dtype=np.int32),
        phase=np.array(columns[5], dtype=np.int32),
        value_cents=np.array(columns[6], dtype=np.int64),
        touchpoints=(*journey.touchpoint_names, *others) if others else journey.touchpoint_names,
        properties=columns[7],
    )


def _rows(
    journey: Journey, others: dict[str, int], interactions: Sequence[Interaction]
) -> list[tuple[Any, ...]]:
    """Time, kind, channel, touchpoint, action, phase, cents and properties of each.

    One loop without calls: every decision reads its customer's whole past here.
    """
    contacts, declared = journey.contact_touchpoints, journey.touchpoint_index
    channels, actions, phases = journey.channel_index, journey.action_index, journey.phase_index
    rows = []
    for event in interactions:
        name, kind, moment = event.touchpoint, event.kind, event.occurred_at
        if moment.tzinfo is None:
            to_ms(moment)  # raises, with what to do
        since = moment - _EPOCH
        touchpoint = declared.get(name)
        if touchpoint is None:
            touchpoint = others.setdefault(name, len(declared) + len(others))
        rows.append(
            (
                since.days * DAY_MS + since.seconds * 1000 + since.microseconds // 1000,
                CONTACT if kind == TOUCHPOINT and name in contacts else kind,
                -1 if event.channel is None else channels.get(event.channel, -1),
                touchpoint,
                -1 if event.action is None else actions.get(event.action, -1),
                -1 if event.phase is None else phases.get(event.phase, -1),
                _cents(event) if event.value else 0,
                event.properties,
            )
        )
    return rows


def _cents(event: Interaction) -> int:
    return to_cents(event.value, f"interaction {event.touchpoint!r} at {event.occurred_at.isoformat()}")


def to_cents(value: float, whose: str) -> int:
    """An amount of EUR in cents, which sums and differences are exact in.

    Raises:
        HistoryError: it is no sensible amount.
    """
    cents = value * 100
    if not -MAX_CENTS <= cents <= MAX_CENTS:  # not a number fails both
        raise HistoryError(
            f"{whose} has the value {value!r}, expected a number of EUR between -9e13 and 9e13"
        )
    return round(cents)


def history_from_columns(
    *,
    journey: Journey,
    n_customers: int,
    customer: AnyInts,
    occurred_at: Ints,
    kind: AnyInts,
    channel: AnyInts,
    touchpoint: AnyInts,
    action: AnyInts,
    touchpoints: Sequence[str],
    phase: AnyInts | None = None,
    value_cents: Ints | None = None,
    properties: Sequence[Mapping[str, Any]] | None = None,
) -> History:
    """A history of whole tables, in any order.

    Events of one customer and instant keep theirs.

    Args:
        journey: whose channels, actions and phases the codes mean.
        n_customers: how many customers there are, those without events included.
        customer: shape (n_events,). Positions of customers, in [0, n_customers).
        occurred_at: shape (n_events,), int64. Milliseconds since 1970 UTC.
        kind, channel, touchpoint, action, phase: shape (n_events,). As in ``History``; touchpoints that
            the journey file declares as contacts become contacts.
        touchpoints: the names that ``touchpoint`` points at, in any order; renumbered here.
        value_cents: shape (n_events,), int64; None: all zero.
        properties: one mapping per event, if phase rules read them.

    Raises:
        HistoryError: shapes differ, or a code or a time is out of range.
    """
    n = len(occurred_at)
    phase = np.full(n, -1, dtype=np.int32) if phase is None else phase
    value_cents = np.zeros(n, dtype=np.int64) if value_cents is None else value_cents
    names, renumber = _renumber(journey, touchpoints)
    _check("customer", customer, n, 0, n_customers)
    _check("occurred_at", occurred_at, n, FIRST_MS, LAST_MS)
    _check("kind", kind, n, 0, len(Kind))
    _check("channel", channel, n, -1, len(journey.channels))
    _check("touchpoint", touchpoint, n, 0, len(touchpoints))
    _check("action", action, n, -1, len(journey.actions))
    _check("phase", phase, n, -1, len(journey.phases))
    _check("value_cents", value_cents, n, -MAX_CENTS, MAX_CENTS + 1)
    order = _order(customer, occurred_at)
    codes = renumber[touchpoint if order is None else touchpoint[order]]
    return History(
        start=np.concatenate([[0], np.cumsum(np.bincount(customer, minlength=n_customers))]).astype(np.int64),
        occurred_at=_sorted(occurred_at, order, np.int64),
        kind=_with_contacts(journey, _sorted(kind, order, np.int8), codes, names),
        channel=_sorted(channel, order, np.int32),
        touchpoint=codes,
        action=_sorted(action, order, np.int32),
        phase=_sorted(phase, order, np.int32),
        value_cents=_sorted(value_cents, order, np.int64),
        touchpoints=names,
        properties=properties if properties is None or order is None else [properties[i] for i in order],
    )


def _check(name: str, column: AnyInts, n: int, low: int, high: int) -> None:
    if column.shape != (n,):
        raise HistoryError(f"column {name} has the shape {column.shape}, expected ({n},) like occurred_at")
    if n and not (low <= int(column.min()) and int(column.max()) < high):
        raise HistoryError(
            f"column {name} reaches from {column.min()} to {column.max()}, expected {low} to {high - 1}"
        )


def _renumber(journey: Journey, touchpoints: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    """All names, the journey's first, and the new code of each old one."""
    index = dict(journey.touchpoint_index)
    codes = [index.setdefault(name, len(index)) for name in touchpoints]
    return tuple(index), np.array(codes, dtype=np.int32)


def _order(customer: AnyInts, occurred_at: Ints) -> NDArray[np.intp] | None:
    """What sorts by customer, then time, stably; None if it is sorted already."""
    later = (customer[1:] > customer[:-1]) | (
        (customer[1:] == customer[:-1]) & (occurred_at[1:] >= occurred_at[:-1])
    )
    return None if bool(later.all()) else np.lexsort((occurred_at, customer))


def _sorted(column: AnyInts, order: NDArray[np.intp] | None, dtype: type[np.integer[Any]]) -> NDArray[Any]:
    return (column if order is None else column[order]).astype(dtype, copy=False)


def _with_contacts(
    journey: Journey, kind: NDArray[np.int8], touchpoint: Codes, names: tuple[str, ...]
) -> NDArray[np.int8]:
    declared = np.array([name in journey.contact_touchpoints for name in names], dtype=bool)
    if not declared.any():
        return kind
    reached_out = (kind == TOUCHPOINT) & declared[touchpoint]
    return np.where(reached_out, np.int8(CONTACT), kind)
