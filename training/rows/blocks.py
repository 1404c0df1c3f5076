"""Rows in blocks, customer after customer.

Features of some rows are read from all events between the first and the last of their customers. In the order
of time a few thousand rows have customers of the whole log, so each block would read all of it. Knows
customers; knows nothing of what is done with a block.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.arrays import AnyInts, Ints


def by_customer(customer: AnyInts, size: int) -> Iterator[Ints]:
    """Positions of rows, ``size`` at a time and those of a customer next to each other.

    Args:
        customer: shape (n,). Of each row, in any order.
    """
    order = np.argsort(customer, kind="stable")
    for begin in range(0, len(order), size):
        yield order[begin : begin + size]
