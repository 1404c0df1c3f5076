"""What is behind a step, each case in words; over a store: ``screens/test_journey.py``."""

from __future__ import annotations

from typing import Any

from nba_service.console.step_figures import behind_title, taken_title, times_title, triggers
from nba_service.console.wording import Words

NOBODY: dict[str, Any] = {
    "moves": 0, "customers": 0, "lapsed": 0, "days": [], "actions": [], "touchpoints": [], "hidden": False
}  # fmt: skip


def test_a_step_that_nobody_took_says_so() -> None:
    for language, words in (("en", "Nobody took this step"), ("de", "niemand diesen Schritt")):
        assert words in taken_title(Words(language), NOBODY)
        assert triggers(Words(language), NOBODY) == ""
    assert behind_title(Words("en"), NOBODY) == "Before the step we had sent nothing to most of them"
    assert times_title(Words("en"), NOBODY) == "How long it took is not known"


def test_silence_is_no_deed_and_one_is_no_plural() -> None:
    lapsed = {**NOBODY, "moves": 4, "customers": 4, "lapsed": 4}

    assert triggers(Words("en"), lapsed) == "All of them took it by being quiet for too long."
    assert taken_title(Words("en"), {**lapsed, "customers": 1}) == "One customer took this step in these days"
    assert "Fewer than 20" in taken_title(Words("en"), {**NOBODY, "hidden": True})
