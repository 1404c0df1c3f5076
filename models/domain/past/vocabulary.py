"""The sorts of events of one customer, as a small table.

Kind, name, channel, action and stated phase of an event repeat; each combination is kept once, by name, so
that a kept past does not depend on any journey file. The order is fixed: the same sorts give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.errors import PastError

MOST_SORTS: Final = 65_535
_KEPT: Final = 4_096


class Sort(NamedTuple):
    """What an event is, but for its time and value.

    ``kind``: ``models.domain.interaction.Kind``.
    """

    kind: int
    name: str
    channel: str | None = None
    action: str | None = None
    phase: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Sorts in a fixed order.

    Attributes:
        sorts: ascending.
        text: as it is packed; two vocabularies are the same if their texts are.
        code: position of each sort.
    """

    sorts: tuple[Sort, ...]
    text: bytes
    code: Mapping[Sort, int] = field(default_factory=dict)

    def joined(self, sorts: Iterable[Sort]) -> Vocabulary:
        """This vocabulary with more sorts; itself if it has them all."""
        new = {sort for sort in sorts if sort not in self.code}
        return _joined(self.text, frozenset(new)) if new else self

    def codes_in(self, other: Vocabulary) -> NDArray[np.uint16]:
        """Of each sort here its position in another vocabulary, which has them all."""
        return np.array([other.code[sort] for sort in self.sorts], dtype=np.uint16)


def vocabulary_of(sorts: Iterable[Sort]) -> Vocabulary:
    """The vocabulary of some sorts.

    Raises:
        PastError: there are too many.
    """
    ordered = sorted(set(sorts), key=_order)
    if len(ordered) > MOST_SORTS:
        raise PastError(f"A customer has had {len(ordered)} sorts of events, expected at most {MOST_SORTS}.")
    names = sorted({name for sort in ordered for name in sort[1:] if name is not None})
    code = {name: number for number, name in enumerate(names, start=1)}
    rows = [[sort.kind, *(0 if name is None else code[name] for name in sort[1:])] for sort in ordered]
    return parse_vocabulary(json.dumps([names, rows], ensure_ascii=False, separators=(",", ":")).encode())


@lru_cache(maxsize=_KEPT)
def codes_between(text: bytes, other: bytes) -> NDArray[np.uint16]:
    """``codes_in`` of two packed vocabularies."""
    code = parse_vocabulary(text).codes_in(parse_vocabulary(other))
    code.flags.writeable = False
    return code


@lru_cache(maxsize=_KEPT)
def _joined(text: bytes, new: frozenset[Sort]) -> Vocabulary:
    return vocabulary_of([*parse_vocabulary(text).sorts, *new])


@lru_cache(maxsize=_KEPT)
def parse_vocabulary(text: bytes) -> Vocabulary:
    """A vocabulary from its packed form; many customers share one."""
    names, rows = json.loads(text)
    words: list[str | None] = [None, *names]
    sorts = tuple(
        Sort(kind, words[name] or "", *(words[part] for part in rest)) for kind, name, *rest in rows
    )
    return Vocabulary(sorts, text, {sort: number for number, sort in enumerate(sorts)})


def _order(sort: Sort) -> tuple[int, str, str, str, str]:
    return sort.kind, sort.name, sort.channel or "", sort.action or "", sort.phase or ""
