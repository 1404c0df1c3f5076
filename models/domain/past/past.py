"""A customer's past in columns.

Events, and exact totals of what was folded away. Kept step by step or made from all events it is the same,
whatever the order of arrival: events stand in the order of time, kind and key, one key counts once, and what
is older than ``folded_before`` is in the totals alone. Knows time and names; knows nothing of journeys. A
past is a value: every function returns another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.arrays import Ints
from models.domain.past.details import NO_DETAIL, Detail, Lasts, Texts, lasts_of, later, named, used
from models.domain.past.vocabulary import Sort, Vocabulary, codes_between, vocabulary_of

Sorts = NDArray[np.uint16]
Number = TypeVar("Number", np.int64, np.uint16, np.uint32)

NEVER_FOLDED: Final = -(2**62)
_FEW: Final = 8
_NO_INTS: Final = np.zeros(0, dtype=np.int64)
_NO_SORTS: Final = np.zeros(0, dtype=np.uint16)
NO_TEXTS: Final = np.zeros(0, dtype=np.uint32)
"""Stands for the texts of all events where none has any."""


class PastEvent(NamedTuple):
    """One event.

    ``at``: milliseconds since 1970 UTC; ``key``: of its row (``key_of``); ``detail``: its properties.
    """

    at: int
    sort: Sort
    cents: int
    key: int
    detail: Detail = NO_DETAIL


class Checkpoint(NamedTuple):
    """Where a customer stood after the events that were folded.

    By what the journey file said then. ``active``: last activity of their own; ``opened``: first event.
    ``open``: action → contacts that no positive outcome followed. ``reached``: phases that they were in,
    besides ``phase`` and ``lags``.
    """

    phase: str
    since: int
    lags: tuple[str | None, str | None]
    entered: int
    active: int
    opened: int
    open: Mapping[str, int]
    reached: tuple[str, ...] = ()

    def all_reached(self) -> frozenset[str]:
        """Every phase that the customer is known to have been in."""
        return frozenset({self.phase, *(name for name in self.lags if name), *self.reached})


def _later(points: Sequence[Checkpoint]) -> Checkpoint | None:
    """The checkpoint of the later move, with what either has reached; None: there is none."""
    if not points:
        return None
    last = max(points, key=lambda point: (point.since, point.phase))
    known = frozenset[str]().union(*(point.all_reached() for point in points))
    return last._replace(reached=tuple(sorted(known - {last.phase, *last.lags})))


class _TextColumns(TypedDict, total=False):
    texts: tuple[str, ...]
    text: Texts


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """How often each sort was folded, when, and its cents."""

    sort: Sorts = field(default_factory=lambda: _NO_SORTS)
    count: Ints = field(default_factory=lambda: _NO_INTS)
    first: Ints = field(default_factory=lambda: _NO_INTS)
    last: Ints = field(default_factory=lambda: _NO_INTS)
    cents: Ints = field(default_factory=lambda: _NO_INTS)

    def __len__(self) -> int:
        return len(self.sort)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Past:
    """All that is known to have happened with a customer.

    Attributes:
        vocabulary: the sorts of events.
        at: shape (n,). Ascending; events of one instant by kind (touchpoints, contacts, outcomes) and key.
        sort: shape (n,). Positions in ``vocabulary.sorts``.
        cents: shape (n,).
        key: shape (n,). Which row an event is.
        totals: of events before ``folded_before``.
        folded_before: milliseconds since 1970 UTC; no event in the columns is older.
        checkpoint: None if nothing was folded, or not by somebody who knew the journey.
        texts: distinct properties of events, ascending; the first is of events that have none.
        text: shape (n,), positions in ``texts``; or empty, if no event has any.
        lasts: the last value of each property among what was folded.
        unkept: names of properties that some event has and that are not kept here.
        packed: its bytes, if it was made of them (``unpack``); None: nobody has packed it.
    """

    vocabulary: Vocabulary
    at: Ints
    sort: Sorts
    cents: Ints
    key: Ints
    totals: Totals = field(default_factory=Totals)
    folded_before: int = NEVER_FOLDED
    checkpoint: Checkpoint | None = None
    texts: tuple[str, ...] = ("",)
    text: Texts = field(default_factory=lambda: NO_TEXTS)
    lasts: Lasts = field(default_factory=dict)
    unkept: frozenset[str] = frozenset()
    packed: bytes | None = field(default=None, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.at)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Past) and self._contents() == other._contents()

    __hash__ = None  # type: ignore[assignment]  # a past holds arrays

    def _contents(self) -> tuple[object, ...]:
        totals = self.totals
        columns = (self.at, self.sort, self.cents, self.key, totals.sort, totals.count, totals.first)
        return (
            self.vocabulary.text,
            self.folded_before,
            self.checkpoint,
            *(self.texts, self.text.tobytes(), dict(self.lasts), self.unkept),
            *(column.tobytes() for column in (*columns, totals.last, totals.cents)),
        )

    def add(self, events: Iterable[PastEvent]) -> Past:
        """The past with more events; those that are in it already change nothing.

        An event from before ``folded_before`` goes into the totals, where nobody can tell whether it was
        counted before, so the caller has to know that it is new.
        """
        new = _unknown(self, events)
        if not new:
            return self
        if len(new) == 1 and _is_next(self, new[0]):
            return _followed_by(self, new[0])
        both = self._speaking(self.vocabulary.joined(event.sort for event in new))
        code, totals, lasts = both.vocabulary.code, both.totals, self.lasts
        unkept = [name for event in new for name in event.detail.unkept]
        old = [event for event in new if event.at < self.folded_before]
        if old:
            totals = summed([totals, *(_one(code[event.sort], event) for event in old)])
            lasts = later(lasts, lasts_of(map(_told, old)))
            new = [event for event in new if event.at >= self.folded_before]
        return Past(
            vocabulary=both.vocabulary,
            at=_joined(both.at, [event.at for event in new]),
            sort=_joined(both.sort, [code[event.sort] for event in new]),
            cents=_joined(both.cents, [event.cents for event in new]),
            key=_joined(both.key, [event.key for event in new]),
            totals=totals,
            folded_before=self.folded_before,
            checkpoint=self.checkpoint,
            **_with_texts(self, [event.detail.text for event in new]),
            lasts=lasts,
            unkept=named({*self.unkept, *unkept}) if unkept else self.unkept,
        )._ordered()

    def merge(self, other: Past) -> Past:
        """The past of two people who turn out to be one.

        What either has folded stays folded. Where two checkpoints meet, that of the later move holds.
        """
        before = max(self.folded_before, other.folded_before)
        mine, theirs = self.fold(before), other.fold(before)
        vocabulary = mine.vocabulary.joined(theirs.vocabulary.sorts)
        mine, theirs = mine._speaking(vocabulary), theirs._speaking(vocabulary)
        points = [p.checkpoint for p in (mine, theirs) if p.checkpoint is not None]
        joined = Past(
            vocabulary=vocabulary,
            at=np.concatenate([mine.at, theirs.at]),
            sort=np.concatenate([mine.sort, theirs.sort]),
            cents=np.concatenate([mine.cents, theirs.cents]),
            key=np.concatenate([mine.key, theirs.key]),
            totals=summed([mine.totals, theirs.totals]),
            folded_before=before,
            checkpoint=_later(points),
            **_with_texts(mine, event_texts(theirs)),
            lasts=later(mine.lasts, theirs.lasts),
            unkept=named(mine.unkept | theirs.unkept),
        )
        return joined._ordered()

    def fold(self, before: int, checkpoint: Checkpoint | None = None) -> Past:
        """The past with everything older than a moment in its totals.

        ``checkpoint``: where the customer stood then; None: the one there is stays.
        """
        if before <= self.folded_before:
            return self
        end = int(self.at.searchsorted(before))
        totals = summed([self.totals, of_events(self.sort[:end], self.at[:end], self.cents[:end])])
        return replace(
            self,
            at=self.at[end:],
            sort=self.sort[end:],
            cents=self.cents[end:],
            key=self.key[end:],
            totals=totals,
            folded_before=before,
            checkpoint=checkpoint or self.checkpoint,
            lasts=_lasts_before(self, end),
            **texts_of(self, np.arange(end, len(self))),
        )

    def _ordered(self) -> Past:
        """Events in their order, each key once."""
        at = self.at
        if len(at) < 2 or bool((at[1:] > at[:-1]).all()):
            return self
        kind = np.array([sort.kind for sort in self.vocabulary.sorts], dtype=np.int8)[self.sort]
        order = np.lexsort((self.key, kind, at))
        key = self.key[order]
        repeated = np.zeros(len(order), dtype=bool)
        repeated[1:] = (key[1:] == key[:-1]) & (at[order][1:] == at[order][:-1])
        rows = order[~repeated]
        columns = {name: getattr(self, name)[rows] for name in ("at", "sort", "cents", "key")}
        return replace(self, **columns, **texts_of(self, rows))

    def _speaking(self, vocabulary: Vocabulary) -> Past:
        """The same past with the codes of a vocabulary that has all of its sorts."""
        if vocabulary.text == self.vocabulary.text:
            return self
        code = codes_between(self.vocabulary.text, vocabulary.text)
        totals = replace(self.totals, sort=code[self.totals.sort]) if len(self.totals) else self.totals
        sort = code[self.sort] if len(self.sort) else self.sort
        return replace(self, vocabulary=vocabulary, sort=sort, totals=totals)


NO_PAST: Final = Past(vocabulary=vocabulary_of([]), at=_NO_INTS, sort=_NO_SORTS, cents=_NO_INTS, key=_NO_INTS)


def build_past(events: Iterable[PastEvent], base: Past | None = None) -> Past:
    """The past of all events, in any order; ``base``: what was folded of others that are gone."""
    return (NO_PAST if base is None else base).add(events)


def key_of(kind: int, row_id: str, number: int = 0) -> int:
    """The key of an event: of the ``number``-th contact of a decision, or of any other row."""
    digest = hashlib.blake2b(f"{kind}{number} {row_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def event_texts(past: Past) -> list[str]:
    """The properties of each event; empty: none."""
    if not len(past.text):
        return [""] * len(past)
    return [past.texts[code] for code in past.text.tolist()]


def _with_texts(past: Past, more: Sequence[str]) -> _TextColumns:
    """The columns of texts with those of more events."""
    if not len(past.text) and not any(more):
        return {}
    texts = [*event_texts(past), *more]
    distinct = sorted({*texts, ""})
    place = {text: number for number, text in enumerate(distinct)}
    return {"texts": tuple(distinct), "text": np.array([place[t] for t in texts], dtype=np.uint32)}


def _lasts_before(past: Past, end: int) -> Lasts:
    """The last values of what was folded and of the first events."""
    if not len(past.text):
        return past.lasts
    sorts = past.vocabulary.sorts
    columns = (past.sort[:end].tolist(), past.at[:end].tolist(), past.key[:end].tolist())
    rows = zip(*columns, event_texts(past)[:end], strict=True)
    gone = ((sorts[sort].name, at, sorts[sort].kind, key, text) for sort, at, key, text in rows)
    return later(past.lasts, lasts_of(gone))


def texts_of(past: Past, rows: NDArray[np.intp]) -> _TextColumns:
    """The columns of texts of some events."""
    if not len(past.text):
        return {}
    texts, codes = used(past.texts, past.text[rows])
    return {"texts": texts, "text": codes if len(texts) > 1 else NO_TEXTS}


def _told(event: PastEvent) -> tuple[str, int, int, int, str]:
    return event.sort.name, event.at, event.sort.kind, event.key, event.detail.text


def _joined(column: NDArray[Number], values: Sequence[int]) -> NDArray[Number]:
    return np.concatenate([column, np.array(values, dtype=column.dtype)])


def _unknown(past: Past, events: Iterable[PastEvent]) -> list[PastEvent]:
    new = {event.key: event for event in events}
    if len(new) <= _FEW:
        return [event for key, event in new.items() if not np.count_nonzero(past.key == key)]
    known = set(past.key.tolist())
    return [event for key, event in new.items() if key not in known]


def _is_next(past: Past, event: PastEvent) -> bool:
    """Whether an event comes after all others, as most do, and none has properties."""
    if event.detail.text or len(past.text):
        return False
    last = past.at.item(-1) if len(past.at) else past.folded_before
    return event.at > last and event.at >= past.folded_before


def _followed_by(past: Past, event: PastEvent) -> Past:
    """What ``add`` gives for one more event that is next."""
    vocabulary, sort, totals = past.vocabulary.joined((event.sort,)), past.sort, past.totals
    if vocabulary is not past.vocabulary:
        code = codes_between(past.vocabulary.text, vocabulary.text)
        sort = code.take(sort)
        totals = replace(totals, sort=code[totals.sort]) if len(totals) else totals
    unkept = event.detail.unkept
    return Past(
        vocabulary=vocabulary,
        at=_appended(past.at, event.at),
        sort=_appended(sort, vocabulary.code[event.sort]),
        cents=_appended(past.cents, event.cents),
        key=_appended(past.key, event.key),
        totals=totals,
        folded_before=past.folded_before,
        checkpoint=past.checkpoint,
        lasts=past.lasts,
        unkept=named({*past.unkept, *unkept}) if unkept else past.unkept,
    )


def _appended(column: NDArray[Number], value: int) -> NDArray[Number]:
    longer = np.empty(len(column) + 1, dtype=column.dtype)
    longer[:-1] = column
    longer[-1] = value
    return longer


def _one(code: int, event: PastEvent) -> Totals:
    columns = [np.array([value], dtype=np.int64) for value in (1, event.at, event.at, event.cents)]
    return Totals(np.array([code], dtype=np.uint16), *columns)


def of_events(sort: Sorts, at: Ints, cents: Ints) -> Totals:
    return Totals(sort, np.ones(len(at), dtype=np.int64), at, at, cents)


def summed(parts: Sequence[Totals]) -> Totals:
    """One row a sort, in the order of sorts."""
    sort = np.concatenate([part.sort for part in parts])
    if not len(sort):
        return Totals()
    count, first, last, cents = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("count", "first", "last", "cents")
    )
    order = np.argsort(sort, kind="stable")
    begin = np.flatnonzero(np.diff(sort[order], prepend=np.int64(-1)))
    return Totals(
        sort[order][begin],
        np.add.reduceat(count[order], begin),
        np.minimum.reduceat(first[order], begin),
        np.maximum.reduceat(last[order], begin),
        np.add.reduceat(cents[order], begin),
    )
