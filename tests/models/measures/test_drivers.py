"""Factors multiply to the worth of a customer, and their parts add up to the difference."""

from __future__ import annotations

import numpy as np
import pytest

from models.measures.customers import Customers
from models.measures.drivers import drivers_of, everybody, shares_of_difference


def customers(contacts: list[int], responses: list[int], value: list[float]) -> Customers:
    n = len(value)
    zero = np.zeros(n)
    return Customers(
        key=np.arange(n, dtype=np.uint64),
        arm=zero.astype(np.int32),
        bundle=zero.astype(np.int32),
        mixed=zero.astype(bool),
        decisions=np.array(contacts, dtype=np.int64),
        contacts=np.array(contacts, dtype=np.int64),
        responses=np.array(responses, dtype=np.int64),
        value=np.array(value),
        cost=zero,
        earlier=zero,
    )


def test_factors_multiply_to_eur_per_customer() -> None:
    found = drivers_of(customers([4, 2, 0], [1, 1, 0], [30.0, 20.0, 10.0]), np.array([True, True, True]))

    assert (found.contacts_per_customer, found.responses_per_contact) == (2.0, pytest.approx(1 / 3))
    assert found.eur_per_response == 30.0
    product = found.contacts_per_customer * found.responses_per_contact * found.eur_per_response
    assert product == pytest.approx(found.eur_per_customer)


def test_parts_add_up_to_the_difference() -> None:
    ours = drivers_of(customers([4, 2], [1, 1], [30.0, 20.0]), np.array([True, True]))
    theirs = drivers_of(customers([3, 3], [1, 2], [10.0, 9.0]), np.array([True, True]))
    parts = shares_of_difference(ours, theirs)

    assert parts is not None
    assert sum(parts.values()) == pytest.approx(ours.eur_per_customer - theirs.eur_per_customer)
    assert parts["contacts"] == 0.0
    assert parts["responses"] < 0 < parts["value"]


def test_without_responses_nothing_is_shared_out() -> None:
    some = customers([1], [0], [0.0])
    found = drivers_of(some, everybody(some))

    assert shares_of_difference(found, found) is None
    assert drivers_of(some, ~everybody(some)).eur_per_customer == 0.0
