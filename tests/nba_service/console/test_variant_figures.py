"""Variants in words: which is proved to be better, and what is hidden or too young."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.domain.journey import Journey
from nba_service.console.desk import Desk
from nba_service.console.variant_figures import variant, variant_table, variants_of, variants_title
from nba_service.console.wording import Words


def one(name: str, proved: str | None = None, *, hidden: bool = False) -> dict[str, Any]:
    number = None if hidden else 120
    over = {"value": 0.05, "low": 0.012, "high": 0.088, "proved": proved}
    return {
        "action": "offer", "channel": "email", "variant": name, "share": None if hidden else 0.8,
        "decisions": number, "delivered": number, "responses": number, "hidden": hidden,
        "rate": None if hidden else {"value": 0.125}, "over_others": None if proved is None else over,
    }  # fmt: skip


def test_the_headline_names_what_is_proved() -> None:
    texts = [one("plain", "down"), one("question", "up")]

    assert variants_title(Words("en"), texts) == "Responded to more often than its other texts: “question”"
    assert "„question“" in variants_title(Words("de"), texts)
    assert variants_title(Words("en"), texts[:1]) == "Which of its texts is responded to more often"


def test_a_text_shows_what_is_known_and_hides_what_is_not(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()

    assert variant(desk, one("question", "up"))[2:] == (
        "120 decisions, 80.0\u00a0% now",
        "12.5\u00a0%",
        "+5.0 points over the others (+1.2 to +8.8), proved",
    )
    assert variant(desk, one("question", "no"))[4].endswith(", not proved")
    assert variant(desk, one("question"))[4] == "too few to tell yet"
    assert variant(desk, one("question", hidden=True))[2:4] == ("·· decisions, – now", "–")
    assert variant_table([one("question")]).rows == [("offer", "email", "question", 120, 120, 120)]


def test_an_action_without_variants_has_none(make_desk: Callable[..., Desk], tiny_journey: Journey) -> None:
    assert variants_of(make_desk(), tiny_journey, "offer") == []
