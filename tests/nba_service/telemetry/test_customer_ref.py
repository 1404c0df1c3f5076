"""Customers in logs: a short salted hash that says "the same one again" and nothing else."""

from __future__ import annotations

import re

from nba_service.telemetry.customer_ref import CustomerRef


def test_a_reference_is_the_same_within_a_salt_and_another_in_another() -> None:
    one, same, other = CustomerRef("a"), CustomerRef("a"), CustomerRef("b")

    assert one("c-1") == same("c-1") != other("c-1")
    assert one("c-1") != one("c-2")
    assert CustomerRef()("c-1") != CustomerRef()("c-1")


def test_a_reference_is_short_and_holds_nothing_of_the_id() -> None:
    ref = CustomerRef("salt")

    for customer_id in ("anna@example.com", "", "größe", "x" * 200):
        assert re.fullmatch(r"c_[0-9a-f]{12}", ref(customer_id))


def test_the_id_is_replaced_wherever_it_stands_in_a_text() -> None:
    ref = CustomerRef("salt")

    assert ref.in_text("mail/c-1/c-1", "c-1") == f"mail/{ref('c-1')}/{ref('c-1')}"
    assert ref.in_text("mail/1", "c-1") == "mail/1"
    assert ref.in_text("mail/1", "") == "mail/1"
