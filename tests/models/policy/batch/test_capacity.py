"""Scarce contacts go to those who gain most."""

from __future__ import annotations

from models.policy.batch.capacity import Wish, for_all, share_out

WISHES = [Wish("a", "call", 5.0), Wish("b", "call", 1.0), Wish("c", "call", 3.0), Wish("d", "mail", 0.1)]


def granted(wishes: list[Wish], rooms: dict[str, int]) -> set[str]:
    cuts = share_out(wishes, rooms)
    return {w.decision_id for w in wishes if w.channel not in cuts or cuts[w.channel].grants(w, wished=w)}


def test_the_highest_gains_keep_their_contact_and_the_first_loser_sets_the_price() -> None:
    assert granted(WISHES, {"call": 2, "mail": 1}) == {"a", "c", "d"}
    assert share_out(WISHES, {"call": 2, "mail": 1})["call"].price == 1.0
    assert granted(WISHES, {"call": 0, "mail": 5}) == {"d"}


def test_the_order_of_customers_means_nothing_where_gains_are_equal() -> None:
    wishes = [Wish(f"d{number}", "call", 1.0) for number in range(9)]

    assert granted(wishes, {"call": 3}) == granted(wishes[::-1], {"call": 3})
    assert len(granted(wishes, {"call": 3})) == 3


def test_what_would_be_granted_depends_on_the_others_alone() -> None:
    """A contact would be lost to the first loser; who wished nothing needs the last place."""
    cut = share_out(WISHES, {"call": 2})["call"]

    assert cut.grants(Wish("a", "call", 1.1), wished=WISHES[0])
    assert not cut.grants(Wish("a", "call", 0.9), wished=WISHES[0])
    assert not cut.grants(Wish("z", "call", 2.9), wished=None)
    assert cut.grants(Wish("z", "call", 3.1), wished=None)
    assert cut.grants(Wish("b", "call", 3.1), wished=WISHES[1])


def test_a_channel_with_as_many_wishes_as_room_has_none_for_another() -> None:
    cut = share_out(WISHES, {"call": 3})["call"]

    assert cut.price is None
    assert not cut.grants(Wish("z", "call", 0.5), wished=None)
    assert cut.grants(Wish("b", "call", -1.0), wished=WISHES[1])
    assert "call" not in share_out(WISHES, {"call": 4})


def test_a_first_pass_has_room_for_everybody() -> None:
    assert for_all({"call": 2})["call"] > 10**9
