"""Variants are drawn with stated shares, and a customer keeps theirs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from models.domain.actions import Content
from models.domain.journey import Journey
from models.policy.choice.variants import draw_variant, shares_of

SHARES = {("offer", "email"): {"a": 0.2, "b": 0.8}}


@pytest.fixture(scope="module")
def journey(tiny_journey: Journey) -> Journey:
    """The tiny journey with two variants of the offer's mail."""
    texts = {name: {"email": {"en": Content(title=name, body="x")}} for name in ("a", "b")}
    actions = tuple(
        replace(one, variants=texts) if one.name == "offer" else one for one in tiny_journey.actions
    )
    return replace(tiny_journey, actions=actions)


def test_variants_come_as_often_as_their_shares_say(journey: Journey) -> None:
    drawn = [draw_variant(journey, SHARES, f"c-{number}", "offer", "email") for number in range(2_000)]

    counted = Counter(one.name for one in drawn if one is not None)
    assert counted["b"] == pytest.approx(1_600, abs=60)
    assert {one.probability for one in drawn if one is not None and one.name == "a"} == {0.2}


def test_who_had_a_variant_keeps_it_while_its_share_grows(journey: Journey) -> None:
    more = {("offer", "email"): {"a": 0.5, "b": 0.5}}

    for number in range(200):
        before = draw_variant(journey, SHARES, f"c-{number}", "offer", "email")
        after = draw_variant(journey, more, f"c-{number}", "offer", "email")
        assert before is not None
        assert after is not None
        assert before.name == "b" or after.name == "a"


def test_where_texts_have_no_variants_none_is_drawn(journey: Journey) -> None:
    assert draw_variant(journey, None, "c", "teaser", "email") is None
    assert draw_variant(journey, None, "c", "nothing", None) is None


def test_of_which_nothing_is_known_has_an_equal_share() -> None:
    assert shares_of(("a", "b"), {}) == [0.5, 0.5]
    assert shares_of(("a", "b", "c", "d"), {"a": 0.9, "b": 0.1, "gone": 0.5}) == pytest.approx(
        [0.45, 0.05, 0.25, 0.25]
    )
