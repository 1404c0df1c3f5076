"""A tree finds the conditions that a group was made of, and asks no more than it must."""

from __future__ import annotations

import numpy as np

from models.measures.tree import Condition, grow

N = 4_000
RNG = np.random.default_rng(8)
COLUMNS = {
    "age": RNG.integers(18, 90, N).astype(float),
    "region": RNG.integers(1, 5, N).astype(float),
    "noise": RNG.random(N),
    "roof": np.where(RNG.random(N) < 0.3, np.nan, 50.0),
}
TEXTS = frozenset({"region"})


def test_it_finds_what_a_group_was_made_of() -> None:
    """Those of region 3 under 40 and nobody else: two questions."""
    group = (COLUMNS["region"] == 3) & (COLUMNS["age"] < 40)

    first, *others = grow(COLUMNS, TEXTS, group, least=20)

    asked = {(one.field, one.kind, one.holds) for one in first.path}
    assert ("region", "is", True) in asked
    assert ("age", "below", True) in asked
    assert first.share > 0.9
    assert first.within + sum(leaf.within for leaf in others) == group.sum()
    assert first.people + sum(leaf.people for leaf in others) == N


def test_what_is_not_known_is_a_condition_too() -> None:
    leaves = grow(COLUMNS, TEXTS, np.isnan(COLUMNS["roof"]), least=20)

    assert leaves[0].path == (Condition(field="roof", kind="known", value=0.0, holds=False),)
    assert (leaves[0].share, len(leaves)) == (1.0, 2)


def test_it_never_has_more_leaves_than_asked_nor_smaller_ones() -> None:
    group = RNG.random(N) < 0.1 + 0.5 * COLUMNS["noise"]

    leaves = grow(COLUMNS, TEXTS, group, least=100)

    assert 1 < len(leaves) <= 8
    assert min(leaf.people for leaf in leaves) >= 100


def test_where_nothing_tells_it_is_one_leaf() -> None:
    leaves = grow(COLUMNS, TEXTS, RNG.random(N) < 0.5, least=20)
    everybody = grow(COLUMNS, TEXTS, np.ones(N, dtype=bool), least=20)

    assert len(everybody) == 1
    assert sum(leaf.people for leaf in leaves) == N
