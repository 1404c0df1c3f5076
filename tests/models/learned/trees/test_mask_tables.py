"""Masks are as small as they can be, and float32 rows compare as their float64 values do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.learned.trees.lightgbm_text import parse_forest
from models.learned.trees.mask_tables import floor32, mask_type


@pytest.mark.parametrize(("leaves", "bits"), [(1, 8), (8, 8), (9, 16), (17, 32), (33, 64), (64, 64)])
def test_a_mask_has_a_bit_for_each_leaf(small_tree: str, leaves: int, bits: int) -> None:
    start = small_tree.index("num_leaves")
    chain = {
        "num_leaves": [leaves],
        "split_feature": [0] * (leaves - 1),
        "threshold": range(leaves - 1),
        "decision_type": [0] * (leaves - 1),
        "left_child": [-1 - i for i in range(leaves - 1)],
        "right_child": [*range(1, leaves - 1), -leaves],
        "leaf_value": range(leaves),
    }
    lines = [f"{name}={' '.join(map(str, values))}" for name, values in chain.items()]
    forest = parse_forest(small_tree[:start] + "\n".join(lines) + "\n\nend of trees\n\n")

    assert mask_type(forest).itemsize * 8 == bits


@given(st.floats(-(2.0**99), 2.0**99), st.floats(-(2.0**99), 2.0**99, width=32))
def test_a_float32_is_up_to_a_value_if_it_is_up_to_its_floor(value: float, x: float) -> None:
    floor = floor32(np.array([value]))

    assert (np.float64(x) <= value) == bool(np.float32(x) <= floor[0])
    assert np.float64(floor[0]) <= value
