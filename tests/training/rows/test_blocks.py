"""Blocks of rows: every row once, customers in order, each in as few blocks as can be."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.rows.blocks import by_customer


def test_rows_of_a_customer_stand_next_to_each_other_in_their_order() -> None:
    blocks = list(by_customer(np.array([2, 0, 1, 0, 2]), 2))

    assert [block.tolist() for block in blocks] == [[1, 3], [2, 0], [4]]


@given(st.lists(st.integers(0, 6)), st.integers(1, 5))
def test_every_row_comes_once_and_no_block_holds_more_than_asked_for(customers: list[int], size: int) -> None:
    customer = np.array(customers, dtype=np.int64)
    blocks = list(by_customer(customer, size))
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *blocks])

    assert sorted(rows.tolist()) == list(range(len(customers)))
    assert customer[rows].tolist() == sorted(customers)
    assert all(1 <= len(block) <= size for block in blocks)
