"""Challenger and shadow: a sentence for each case, and a refusal in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest

from nba_service.console.trial_figures import (
    challenger_sentence,
    draw_estimate,
    refusal,
    shadow_sentence,
    short,
    too_few,
    trial_table,
)
from nba_service.console.wording import Words


def interval(value: float, proved: str) -> dict[str, Any]:
    return {"value": value, "low": value - 1, "high": value + 1, "proved": proved}


def challenger(difference: Any, fair: bool = True) -> dict[str, Any]:
    comparison = {"difference": difference, "seen": 50, "refused": None if difference else "too few"}
    return {"bundle": "x-b2", "share": 0.1, "comparison": comparison, "draw": {"fair": fair}}


def shadow(difference: Any = None, refused: Any = None, hidden: bool = False) -> dict[str, Any]:
    estimate = {
        "decisions": 900,
        "effective": 400.0,
        "policy": None if difference is None else interval(2.0, "no"),
        "done": 1.0,
        "difference": difference,
        "refused": refused,
    }
    return {"bundle": "x-b3", "looked_at": 900, "decisions": 1_000, "failed": 2, "same": 0.8,
            "estimate": None if hidden else estimate}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "english", "german"),
    [
        (challenger(interval(2, "up")), "2.00\u00a0EUR a customer more", "mehr als der Champion"),
        (challenger(interval(-2, "down")), "2.00\u00a0EUR a customer less", "weniger als der Champion"),
        (challenger(interval(0.5, "no")), "not proved", "belegt ist das nicht"),
        (challenger(None), "too few to compare", "zu wenige zum Vergleichen"),
    ],
)
def test_each_case_of_a_challenger_has_its_sentence(found: Any, english: str, german: str) -> None:
    assert english in challenger_sentence(Words("en"), found).finding
    assert german in challenger_sentence(Words("de"), found).finding


def test_a_small_group_is_told_in_the_readers_language_unless_it_is_hidden() -> None:
    small = {"seen": 3, "refused": "treatment has 3 customers, at least 20 are needed"}

    assert too_few(Words("en"), small) == "the smaller group has 3 customers, at least 20 are needed"
    assert too_few(Words("de"), small) == "die kleinere Gruppe hat 3 Kunden, mindestens 20 sind nötig"
    assert too_few(Words("de"), {**small, "seen": 0}) == "noch zu wenige Kunden"


LITTLE = {"code": "too_little_evidence", "effective": 39.0, "needed": 100.0, "sentence": "…"}


@pytest.mark.parametrize(
    ("found", "english", "german"),
    [
        (shadow(interval(2, "up")), "would have earned 2.00\u00a0EUR a decision more", "mehr verdient"),
        (shadow(interval(-2, "down")), "less", "weniger verdient"),
        (shadow(interval(0.5, "no")), "not proved", "belegt ist das nicht"),
        (shadow(refused=LITTLE), "an effective sample of 39", "wirksame Stichprobe von 39"),
        (shadow(hidden=True), "Fewer than 20", "Weniger als 20"),
    ],
)
def test_each_case_of_a_shadow_has_its_sentence(found: Any, english: str, german: str) -> None:
    said = shadow_sentence(Words("en"), found)

    assert english in said.finding
    assert "900 of 1,000 decisions" in said.doubt
    assert "failed 2 times" in said.doubt
    assert german in shadow_sentence(Words("de"), found).finding


@pytest.mark.parametrize(
    "refused",
    [LITTLE, {"code": "too_rare", "worth": 3, "needed": 10}, {"code": "no_overlap", "mean_weight": 0.234}],
)
def test_every_refusal_is_words_in_both_languages(refused: Any) -> None:
    assert refusal(Words("en"), refused) != refusal(Words("de"), refused)


def test_an_unfair_draw_is_told_and_a_refused_estimate_draws_nothing() -> None:
    t = Words("en")

    assert "not fair" in challenger_sentence(t, challenger(interval(2, "up"), fair=False)).doubt
    assert draw_estimate(t, shadow(refused=LITTLE)["estimate"], ("a", "b"), "x") == ""
    assert draw_estimate(t, None, ("a", "b"), "x") == ""
    assert "<svg" in draw_estimate(t, shadow(interval(1, "up"))["estimate"], ("a", "b"), "x")


def test_both_are_rows_of_one_table() -> None:
    both = {"challenger": challenger(interval(2, "up")), "shadow": shadow(refused=LITTLE)}
    rows = trial_table(both).rows

    assert [row[0] for row in rows] == ["x-b2", "x-b3"]
    assert trial_table({}).rows == []
    assert short("2026-x-b2") == "b2"
