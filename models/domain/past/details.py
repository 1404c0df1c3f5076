"""The plain properties of events, as a kept past holds them.

Numbers, true or false, and short words of an event are kept as one canonical text, each distinct text once.
Long texts, nested values and what exceeds the bound are left out, but their names are kept, so that a reader
who needs them knows to ask the rows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts

Texts = NDArray[np.uint32]

WORD_LENGTH: Final = 64
MOST_PROPERTIES: Final = 16
_MOST_NAMES: Final = 64

EVERYTHING: Final = frozenset({"*"})
"""Names of what is not kept, where nobody knows them or they are too many."""


class Detail(NamedTuple):
    """What a past keeps of an event's properties.

    ``text``: empty if nothing; ``unkept``: names of what is not kept.
    """

    text: str = ""
    unkept: frozenset[str] = frozenset()


class Last(NamedTuple):
    """The last value of a property among folded events, and when."""

    at: int
    kind: int
    key: int
    value: float | bool | str


Lasts = Mapping[tuple[str, str], Last]
"""(name of the event, property) → its last value."""

NO_DETAIL: Final = Detail()


def detail_of(properties: Mapping[str, object]) -> Detail:
    """What a past keeps of an event's properties.

    Example:
        >>> detail_of({"score": 4, "answers": [1, 2]})
        Detail(text='{"score":4}', unkept=frozenset({'answers'}))
    """
    if not properties:
        return NO_DETAIL
    plain = sorted(name for name, value in properties.items() if is_plain(value))[:MOST_PROPERTIES]
    kept = {name: properties[name] for name in plain}
    said = {name for name, value in properties.items() if value is not None}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""
    return Detail(text, named(said - set(kept)))


@lru_cache(maxsize=8_192)
def detail_of_text(text: str | None) -> Detail:
    """The same of the JSON object that a row holds."""
    return NO_DETAIL if text is None else detail_of(json.loads(text))


def is_plain(value: object) -> bool:
    """Whether a value is kept: a finite number, true or false, or a short word."""
    if isinstance(value, str):
        return len(value) <= WORD_LENGTH
    return isinstance(value, bool) or (isinstance(value, int | float) and math.isfinite(value))


def named(unkept: Iterable[str]) -> frozenset[str]:
    """Names of what is not kept; ``EVERYTHING`` once they are too many."""
    names = frozenset(unkept)
    return EVERYTHING if len(names) > _MOST_NAMES or names & EVERYTHING else names


@lru_cache(maxsize=8_192)
def values_of(text: str) -> Mapping[str, float | bool | str]:
    """The properties that a text holds; many events share one."""
    values: dict[str, float | bool | str] = json.loads(text) if text else {}
    return values


class EventProperties(Sequence[Mapping[str, object]]):
    """The properties of events, read when asked for."""

    __slots__ = ("_codes", "_texts")

    def __init__(self, texts: Sequence[str], codes: AnyInts) -> None:
        self._texts = texts
        self._codes = codes

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, event):  # type: ignore[no-untyped-def]  # of a sequence: one, or some
        if isinstance(event, slice):
            return EventProperties(self._texts, self._codes[event])
        return values_of(self._texts[int(self._codes[event])])


def later(one: Lasts, other: Lasts) -> Lasts:
    """Of each property the value that is the later of two."""
    if not other:
        return one
    joined = dict(one)
    for which, last in other.items():
        known = joined.get(which)
        if known is None or last[:3] > known[:3]:
            joined[which] = last
    return joined


def lasts_of(events: Iterable[tuple[str, int, int, int, str]]) -> Lasts:
    """The last values among events: name, time, kind, key and text of each, in any order."""
    found: dict[tuple[str, str], Last] = {}
    for name, at, kind, key, text in events:
        own = {(name, prop): Last(at, kind, key, value) for prop, value in values_of(text).items()}
        found = dict(later(found, own))
    return found


def used(texts: Sequence[str], codes: Texts) -> tuple[tuple[str, ...], Texts]:
    """Only the texts that events have, ascending, the empty one first; and the events' codes in them."""
    present = sorted({texts[code] for code in np.unique(codes).tolist()} | {""})
    place = {text: number for number, text in enumerate(present)}
    renumber: Texts = np.array([place.get(text, 0) for text in texts], dtype=np.uint32)
    return tuple(present), renumber[codes]
