"""Scarce contacts go to those who gain most."""

from __future__ import annotations

from training.batch.capacity import Wish, for_all, losers


def test_the_highest_gains_keep_their_contact_and_the_first_loser_sets_the_price() -> None:
    wishes = [Wish("a", "call", 5.0), Wish("b", "call", 1.0), Wish("c", "call", 3.0), Wish("d", "mail", 0.1)]

    lost, prices = losers(wishes, {"call": 2, "mail": 1})

    assert lost == {"b"}
    assert prices == {"call": 1.0}


def test_the_order_of_customers_means_nothing_where_gains_are_equal() -> None:
    wishes = [Wish(f"d{number}", "call", 1.0) for number in range(9)]

    assert losers(wishes, {"call": 3}) == losers(wishes[::-1], {"call": 3})


def test_a_first_pass_has_room_for_everybody() -> None:
    assert for_all({"call": 2})["call"] > 10**9
