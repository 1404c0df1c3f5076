"""A group described by plain conditions: a tree with few leaves.

Grown where it tells most (Gini impurity), the best leaf first, so that eight leaves are the eight that say
most. Source: Breiman, Friedman, Olshen, Stone, "Classification and Regression Trees", 1984.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Mask

MOST_LEAVES: Final = 8
MOST_WORDS: Final = 20
"""Values of a text that are tried, the most frequent."""
_CUTS: Final = 16
_LEAST_GAIN: Final = 0.002
"""Share of the whole impurity that a split must take out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is asked at a split.

    ``kind``: ``below`` (``value`` is the bound), ``is`` (a code) or ``known``; ``holds``: on which side.
    """

    field: str
    kind: str
    value: float
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """People who are alike in what was asked.

    ``within``: those of the group; ``path``: the conditions that lead here, the first first.
    """

    path: tuple[Condition, ...]
    people: int
    within: int

    @property
    def share(self) -> float:
        return self.within / self.people


@dataclass(slots=True)
class _Node:
    path: tuple[Condition, ...]
    rows: Mask
    split: tuple[float, Condition, Mask] | None = None


def grow(
    columns: Mapping[str, Floats],
    texts: frozenset[str],
    group: Mask,
    *,
    least: int,
    most: int = MOST_LEAVES,
) -> tuple[Leaf, ...]:
    """The leaves, those with most of the group first.

    Args:
        columns: field → shape (n,); NaN: not known.
        texts: fields whose numbers are codes, which have no order.
        group: shape (n,). Who is described.
        least: people of a leaf, at least.
    """
    everybody = _Node((), np.ones(len(group), dtype=bool))
    whole = _impurity(group.sum(), len(group))
    leaves = [everybody]
    everybody.split = _best(columns, texts, group, everybody, least)
    while len(leaves) < most:
        open_ = [node for node in leaves if node.split is not None]
        if not open_:
            break
        node = max(open_, key=_gain)
        if node.split is None or node.split[0] < _LEAST_GAIN * whole:
            break
        _, condition, yes = node.split
        leaves.remove(node)
        for side in (True, False):
            asked = Condition(field=condition.field, kind=condition.kind, value=condition.value, holds=side)
            child = _Node((*node.path, asked), node.rows & (yes if side else ~yes))
            child.split = _best(columns, texts, group, child, least)
            leaves.append(child)
    found = [
        Leaf(path=node.path, people=int(node.rows.sum()), within=int((node.rows & group).sum()))
        for node in leaves
    ]
    return tuple(sorted(found, key=lambda leaf: (-leaf.within, leaf.people)))


def _gain(node: _Node) -> float:
    return 0.0 if node.split is None else node.split[0]


def _impurity(within: float, people: float) -> float:
    return 2.0 * within * (people - within) / people if people else 0.0


def _best(
    columns: Mapping[str, Floats], texts: frozenset[str], group: Mask, node: _Node, least: int
) -> tuple[float, Condition, Mask] | None:
    """The split that takes out most impurity; None: none leaves enough people on both sides."""
    people, within = int(node.rows.sum()), int((node.rows & group).sum())
    whole = _impurity(within, people)
    best: tuple[float, Condition, Mask] | None = None
    if not 0 < within < people:
        return None
    for condition, yes in _conditions(columns, texts, node.rows):
        here = node.rows & yes
        ours, hit = int(here.sum()), int((here & group).sum())
        if min(ours, people - ours) < least:
            continue
        gain = whole - _impurity(hit, ours) - _impurity(within - hit, people - ours)
        if best is None or gain > best[0] + 1e-9:
            best = (gain, condition, yes)
    return best


def _conditions(
    columns: Mapping[str, Floats], texts: frozenset[str], rows: Mask
) -> Iterator[tuple[Condition, Mask]]:
    for field, column in columns.items():
        unknown = np.isnan(column)
        present = column[rows & ~unknown]
        if not len(present):
            continue
        if (rows & unknown).any():
            yield Condition(field=field, kind="known", value=0.0, holds=True), ~unknown
        if field in texts:
            words, counts = np.unique(present, return_counts=True)
            for word in words[np.argsort(-counts, kind="stable")][:MOST_WORDS].tolist():
                yield Condition(field=field, kind="is", value=word, holds=True), column == word
            continue
        cuts = np.unique(np.quantile(present, np.linspace(0, 1, _CUTS + 1)[1:], method="lower"))
        for cut in cuts.tolist():
            if cut > present.min():
                yield Condition(field=field, kind="below", value=cut, holds=True), column < cut
