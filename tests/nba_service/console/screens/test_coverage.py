"""Coverage: who gets nothing, and whether one rule alone is the cause; left in peace is something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from nba_service.console.desk import Desk
from nba_service.console.screens import coverage
from nba_service.console.wording import Words


def rule(code: str, alone: int | None, others: int = 9) -> dict[str, Any]:
    return {"code": code, "tier": "contact", "message": "", "alone": alone, "with_others": others,
            "gained": alone, "by_law": code == "CONSENT_MISSING"}  # fmt: skip


def answer(nothing: int | None, *rules: Any) -> dict[str, Any]:
    share = None if nothing is None else nothing / 1_000
    return {
        "customers": 1_000,
        "nothing": {"customers": nothing, "share": share},
        "left_in_peace": {"customers": 300, "share": 0.3},
        "rules": list(rules),
    }


@pytest.mark.parametrize(
    ("given", "english", "german"),
    [
        (answer(None), "Fewer than 20 customers", "Weniger als 20"),
        (answer(0), "none of 1,000 customers", "Von 1.000 Kunden bleibt niemand"),
        (answer(52, rule("SIX", 10)), "52 customers get nothing at all, 5.2\u00a0%", "52 Kunden"),
        (answer(52, rule("REPEAT", 40)), "one rule is the cause: it was sent too recently", "eine Regel"),
    ],
)
def test_each_case_has_its_headline(given: Any, english: str, german: str) -> None:
    assert english in coverage.finding(Words("en"), given)
    assert german in coverage.finding(Words("de"), given)
    assert "300 of 1,000 customers were left in peace" in coverage.lede(Words("en"), given)


def test_where_nobody_was_decided_for_nothing_is_claimed() -> None:
    """Imported decisions do not say what was refused, so there is nothing to find."""
    nobody = {**answer(0), "customers": 0}

    assert coverage.finding(Words("en"), nobody) == "Nobody was decided for in these days"
    assert "left in peace" not in coverage.lede(Words("en"), nobody)
    assert coverage.finding(Words("de"), nobody) == "In diesen Tagen wurde für niemanden entschieden"


def test_the_funnel_says_where_most_are_lost_but_not_that_choosing_loses() -> None:
    steps = [
        {"step": "asked", "customers": 100, "lost": 0, "reasons": {}},
        {"step": "within_limits", "customers": 80, "lost": 20, "reasons": {"REPEAT": 20}},
        {"step": "chosen", "customers": 10, "lost": 70, "reasons": {}},
    ]

    assert coverage.funnel_title(Words("en"), steps) == "Most are lost at “Within limits”: 20"
    assert "REPEAT: 20" in coverage.draw_funnel(Words("en"), steps)
    assert coverage.funnel_title(Words("en"), steps[:1]).startswith("Nobody is lost")


def test_rules_say_whom_they_keep_and_a_hidden_number_is_no_zero() -> None:
    t = Words("en")

    assert coverage.rules_title(t, [rule("REPEAT", 40)]).endswith("40 customers would get something")
    assert coverage.rules_title(t, [rule("REPEAT", 0)]).startswith("No rule alone")
    assert coverage.rule_row(t, rule("CONSENT_MISSING", None)) | {"others": ""} == {
        "name": "consent is missing", "code": "CONSENT_MISSING", "alone": "··", "others": "", "gained": "–",
        "by_law": True,
    }  # fmt: skip


def test_the_worst_phase_is_the_one_with_the_greatest_share() -> None:
    phases = [
        {"label": "A", "customers": 100, "nothing": 5},
        {"label": "B", "customers": 10, "nothing": 4},
        {"label": "C", "customers": None, "nothing": None},
    ]

    assert coverage.phases_title(Words("en"), phases) == "In B most get nothing: 40.0\u00a0%"
    assert "··" in coverage.draw_phases(Words("en"), phases)


def test_before_anything_is_rolled_up_the_page_says_so(sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in().get("/console/coverage")

    assert page.status_code == 200
    assert "nba rollup" in page.text


def leaf(nothing: int | None, *conditions: tuple[str, str, object, bool]) -> dict[str, Any]:
    keys = ("field", "kind", "value", "holds")
    return {
        "conditions": [dict(zip(keys, one, strict=True)) for one in conditions],
        "customers": 100,
        "nothing": nothing,
        "share": None if nothing is None else nothing / 100,
    }


@pytest.mark.parametrize(
    ("condition", "english", "german"),
    [
        (("consent.email", "is", False, True), "not agreed: email", "nicht zugestimmt: email"),
        (("consent.email", "is", False, False), "agreed: email", "zugestimmt: email"),
        (("consent.email", "known", None, False), "never said anything about email", "hat nie etwas"),
        (("attributes.age", "below", 60.0, False), "from 60", "ab 60"),
        (("attributes.age", "known", None, False), "not known", "unbekannt"),
        (("phase", "is", "customer", True), "Phase: ", "Phase: "),
        (("attributes.vip", "is", False, False), "not no", "nicht nein"),
    ],
)
def test_conditions_are_words(
    make_desk: Callable[..., Desk], condition: Any, english: str, german: str
) -> None:
    for language, words in (("en", english), ("de", german)):
        (one,) = leaf(1, condition)["conditions"]
        assert words in coverage.condition(make_desk(language), one)


def test_the_tree_says_of_whom_most_get_nothing(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    leaves = [
        leaf(80, ("attributes.age", "below", 60.0, False)),
        leaf(None, ("attributes.age", "below", 60.0, True)),
    ]

    assert coverage.tree_title(desk, leaves).startswith("80\u00a0% get nothing where: ")
    assert "80 of 100" in coverage.draw_tree(desk, leaves)
    assert "··" in coverage.leaf_row(desk, leaves[1])[1]
    assert coverage.tree_title(desk, leaves[:1]) == "Those who get nothing are like all others"
