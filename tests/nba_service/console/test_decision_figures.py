"""A decision as figures: the steps add up, tiers come in their order, nothing is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nba_service.console import decision_figures as figures
from nba_service.console.desk import Desk


def candidate(action: str, over_nothing: float, channel: str | None = "email") -> dict[str, Any]:
    return {
        "action": action,
        "channel": channel,
        "action_probability": 0.5,
        "propensity": {"value": 0.1, "low": 0.08, "high": 0.12, "evidence": 100},
        "value": {"over_nothing": over_nothing},
        "factors": {
            "value": 20.0,
            "weight": 1.0,
            "lever": 1.0,
            "cost": 0.5,
            "journey_gain": 4.0,
            "share_price": 0.0,
        },
    }


def drop_out(tier: str, code: str) -> dict[str, str]:
    return {"action": "offer", "channel": "email", "tier": tier, "code": code, "detail": "because"}


def test_the_waterfall_says_how_a_worth_comes_about(make_desk: Callable[..., Desk]) -> None:
    drawing = figures.worth(make_desk(), candidate("offer", 5.5), {"loyal": 0.15, "new": -0.15})

    for shown in ("+2.00", "+4.00", "−0.50", ">5.50<", "10.0\u00a0% × 20\u00a0EUR", "loyal +15 points"):
        assert shown in drawing


def test_a_step_too_small_to_print_is_not_named(make_desk: Callable[..., Desk]) -> None:
    assert "points" not in figures.worth(make_desk(), candidate("offer", 5.5), {"loyal": 0.001})


def test_a_price_of_a_share_is_shown_where_there_is_one(make_desk: Callable[..., Desk]) -> None:
    priced = candidate("offer", 5.5)
    priced["factors"]["share_price"] = 1.5

    assert "−1.50" in figures.worth(make_desk(), priced, {})


def test_what_satisfaction_puts_on_the_rank_is_shown_where_it_counts(make_desk: Callable[..., Desk]) -> None:
    points = {"fact": "csat", "over_nothing": -0.04, "low": -0.07, "high": -0.01, "worth": -0.8}
    drawing = figures.worth(make_desk(), candidate("offer", 5.5) | {"satisfaction": points}, {})

    assert "−0.80" in drawing
    assert "csat −0.04" in drawing
    free = candidate("offer", 5.5) | {"satisfaction": points | {"worth": 0.0}}
    assert "csat" not in figures.worth(make_desk(), free, {})


def test_what_was_chosen_is_shown_however_low_it_ranks(make_desk: Callable[..., Desk]) -> None:
    others = [candidate(f"a-{n}", 10.0 - n) for n in range(12)]
    own = candidate("nothing", -3.0, None)
    drawing = figures.alternatives(make_desk(), [*others, own], own, most=4)

    assert "Nothing" in drawing
    assert drawing.count("a-2, ") == 4  # label and title, at two widths
    assert "a-3, " not in drawing


def test_what_is_left_after_each_question_falls_to_the_candidates() -> None:
    fallen = [
        drop_out("asked", "NOT_ASKED"),
        drop_out("phase", "PHASE"),
        drop_out("eligibility", "ADULTS"),
        drop_out("consent", "CONSENT_MISSING"),
        drop_out("suitability", "TICKET"),
        drop_out("contact", "SIX"),
    ]

    left = dict(figures.left_after(fallen, 2))

    assert left == {
        "all": 8,
        "asked": 7,
        "phase": 6,
        "eligible": 4,
        "applicable": 4,
        "suitable": 3,
        "limits": 2,
    }


def test_reasons_leave_out_what_nobody_asked_for(make_desk: Callable[..., Desk]) -> None:
    fallen = [drop_out("asked", "NOT_ASKED"), drop_out("contact", "SIX"), drop_out("contact", "SIX")]

    assert figures.reasons(fallen) == [("SIX", 2, "because")]
    assert len(figures.drop_out_table(make_desk(), fallen).rows) == 3
    assert ">1<" in figures.drop_out_funnel(make_desk(), fallen, 1, got=True)


def test_the_table_has_the_best_first(make_desk: Callable[..., Desk]) -> None:
    table = figures.candidate_table(make_desk(), [candidate("b", 1.0), candidate("a", 2.0)])

    assert [row[0] for row in table.rows] == ["a", "b"]


def test_words_say_what_made_a_response_likelier_or_not() -> None:
    told = [{"text": "young", "log_odds": 0.4}, {"text": "far", "log_odds": -0.2}]

    assert figures.main_words(told) == (["young"], ["far"])


@pytest.mark.parametrize(
    ("action", "reason", "forced"),
    [
        ("nothing", "NOTHING_ELIGIBLE", True),
        ("nothing", "ARBITRATION", False),
        ("offer", "ARBITRATION", False),
    ],
)
def test_left_in_peace_and_got_nothing_are_two_things(action: str, reason: str, forced: bool) -> None:
    assert figures.nothing_is_forced({"actions": [{"action": action}], "reason": reason}) is forced
