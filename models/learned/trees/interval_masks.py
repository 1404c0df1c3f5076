"""Masks looked up by interval.

For the few features of a candidate, and for categories of any feature. Between two neighbouring edges of a
feature every node decides alike, so a table has one row per interval with the mask of every tree. Each kind
of condition (thresholds, sets of categories, what is missing) is settled when the table is made. Knows
nothing of LightGBM's text.

Terms: docs/glossary.md. Why and how fast: docs/adr/0003-mask-tables.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models import kernel
from models.arrays import AnyFloats, Floats, Floats32, Ints, Mask
from models.learned.trees.lightgbm_text import MISSING_NAN, MISSING_ZERO, ZERO_BAND, Forest
from models.learned.trees.mask_tables import CHUNK_CELLS, Masks, floor32, mask_type

_SLOT_BITS: Final = 33  # an interval key is the feature's slot above an ordered float32
_NAN_KEY: Final = 0x7F800001  # just above the key of plus infinity


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalMasks:
    """Masks looked up by the intervals in which features lie.

    A feature with k edges has k + 2 rows: up to each edge (the last is infinity), then not-a-number.

    Attributes:
        features: shape (n_slots,).
        edges: per slot, ascending, float64; ends with infinity.
        keys: all edges as ordered integers, slot by slot, for float32 rows.
        slot, slot_key: shape (n_slots,). A slot's position, and as the upper bits of its keys.
        first_row: shape (n_slots,). Where a slot's rows start in ``table``.
        table: shape (n_rows, n_trees). The leaves that remain possible.
    """

    features: NDArray[np.intp]
    edges: tuple[Floats, ...]
    keys: Ints
    slot: Ints
    slot_key: Ints
    first_row: NDArray[np.intp]
    table: Masks

    @classmethod
    def compile(cls, forest: Forest, nodes: NDArray[np.intp], first: int) -> IntervalMasks:
        """Take any ``nodes`` (positions in the forest). ``first``: the feature that is column 0."""
        features = np.unique(forest.feature[nodes])
        mine = [nodes[forest.feature[nodes] == feature] for feature in features]
        edges = tuple(_edges(forest, some) for some in mine)
        slot = np.arange(len(features), dtype=np.int64)
        slot_key = slot << _SLOT_BITS
        sizes = np.array([len(e) + 1 for e in edges])
        return cls(
            features=features - first,
            edges=edges,
            keys=np.concatenate([_ordered(floor32(e)) + key for key, e in zip(slot_key, edges, strict=True)]),
            slot=slot,
            slot_key=slot_key,
            first_row=np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp),
            table=np.concatenate([_table(forest, s, e) for s, e in zip(mine, edges, strict=True)]),
        )

    def masks(self, X: AnyFloats, among: Masks | None = None) -> Masks:
        """Shape (k, n_trees): the leaves that remain possible, of those ``among`` which there are."""
        if kernel.native is not None and X.dtype == np.float32:
            return self._native(X, among)
        masks = self._looked_up(X)
        return masks if among is None else among & masks

    def _native(self, X: AnyFloats, among: Masks | None) -> Masks:
        """``among`` is the caller's to give away: it is written over."""
        trees = self.table.shape[1]
        masks: Masks = np.empty((len(X), trees), dtype=self.table.dtype) if among is None else among
        kernel.native.interval_masks(
            np.ascontiguousarray(X), X.shape[1], self.features, self.keys, self.table, masks.itemsize, trees,
            masks, among is None,
        )  # fmt: skip
        return masks

    def _looked_up(self, X: AnyFloats) -> Masks:
        rows = self._rows(X.take(self.features, axis=1))
        step = max(1, CHUNK_CELLS // (self.table.shape[1] * rows.shape[1]))
        parts = [self._chunk(rows[i : i + step]) for i in range(0, max(1, len(rows)), step)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _chunk(self, rows: NDArray[np.intp]) -> Masks:
        masks: Masks = np.bitwise_and.reduce(self.table.take(rows, axis=0), axis=1)
        return masks

    def _rows(self, x: AnyFloats) -> NDArray[np.intp]:
        """The row of ``table`` for each value: shape (k, n_slots)."""
        if x.dtype == np.float32:
            key = np.where(np.isnan(x), _NAN_KEY, _ordered(x)) + self.slot_key
            rows: NDArray[np.intp] = self.keys.searchsorted(key) + self.slot
            return rows
        columns = [np.searchsorted(e, x[:, s]) for s, e in enumerate(self.edges)]
        return np.stack(columns, axis=1) + self.first_row


def table_rows(forest: Forest, nodes: NDArray[np.intp]) -> int:
    """How many rows ``IntervalMasks`` of these nodes would have: what it costs, before it is made."""
    numeric = np.array([forest.categories[n] is None for n in nodes], dtype=bool)
    pairs = np.stack([forest.feature[nodes[numeric]].astype(float), forest.threshold[nodes[numeric]]])
    categories = sum(2 * len(c) for n in nodes if (c := forest.categories[n]) is not None)
    thresholds = int(np.unique(pairs, axis=1).shape[1])
    return thresholds + categories + 4 * len(np.unique(forest.feature[nodes]))


def _ordered(values: Floats32) -> Ints:
    """Integers in the order of the floats; of not-a-number nothing is promised."""
    bits = np.ascontiguousarray(values).view(np.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)


def _edges(forest: Forest, nodes: NDArray[np.intp]) -> Floats:
    """Upper ends of the intervals on which all of these nodes, of one feature, decide alike."""
    ends: list[float] = [np.inf]
    for node in nodes:
        categories = forest.categories[node]
        if categories is not None:
            # Category c is [c, c + 1); LightGBM cuts off decimals, so 0 is (-1, 1).
            ends.extend(-1.0 if c == 0 else np.nextafter(float(c), -np.inf) for c in categories)
            ends.extend(np.nextafter(c + 1.0, -np.inf) for c in categories)
        else:
            ends.append(float(forest.threshold[node]))
            if forest.missing[node] == MISSING_ZERO:
                ends.extend((float(np.nextafter(-ZERO_BAND, -np.inf)), ZERO_BAND))
    return np.unique(np.array(ends) + 0.0)


def _table(forest: Forest, nodes: NDArray[np.intp], edges: Floats) -> Masks:
    """One feature's rows: the masks of all trees for a value in each interval, and for not-a-number."""
    table = np.full((len(edges) + 1, forest.n_trees), np.iinfo(mask_type(forest)).max, mask_type(forest))
    values = np.append(edges, np.nan)
    for node in nodes:
        right = ~_goes_left(forest, int(node), values)
        table[right, forest.tree[node]] &= ~forest.left_leaves[node].astype(table.dtype)
    return table


def _goes_left(forest: Forest, node: int, values: Floats) -> Mask:
    """What one node decides, as LightGBM's ``Tree::Decision`` does."""
    categories = forest.categories[node]
    if categories is not None:
        whole = np.trunc(np.nan_to_num(values, nan=-1.0))
        among: Mask = np.isin(whole, categories) & (values > -1.0)
        return among
    is_nan = np.isnan(values)
    left = np.where(is_nan, 0.0, values) <= forest.threshold[node]
    if forest.missing[node] == MISSING_NAN:
        left = np.where(is_nan, forest.default_left[node], left)
    elif forest.missing[node] == MISSING_ZERO:
        left = np.where(is_nan | (np.abs(values) <= ZERO_BAND), forest.default_left[node], left)
    decided: Mask = left.astype(bool)
    return decided
