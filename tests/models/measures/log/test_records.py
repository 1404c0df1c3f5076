"""Names get codes once, and a customer is the same number in every process."""

from __future__ import annotations

import numpy as np

from models.measures.log.records import DECISION, Names, customer_hash, customers_in


def test_names_keep_their_codes_and_no_name_is_zero() -> None:
    names = Names(["a", "b"])

    assert names.codes(["b", None, "c", "a", "c", ""]).tolist() == [2, 0, 3, 1, 3, 0]
    assert list(names.known()) == ["a", "b", "c"]
    assert [names.name(code) for code in (0, 3)] == ["", "c"]
    assert (names.find("b"), names.find("never seen")) == (2, -1)


def test_customers_are_counted_once() -> None:
    records = np.zeros(3, dtype=DECISION)
    records["customer"] = [customer_hash(name) for name in ("a", "b", "a")]

    assert customers_in(records) == 2
    assert customer_hash("c-1042") == 4377842352790255597
