"""Entries into a phase are shared out among what was met before them."""

from __future__ import annotations

import pytest

from models.domain.journey import Journey
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading
from nba_service.measures.touchpoints import SAYS, target_of, touchpoints


def test_shares_add_up_and_say_what_they_do_not_show(reading: Reading, armed: Journey) -> None:
    """The quote itself moves to interested, so nothing before it can be credited."""
    answer = touchpoints(reading, armed, Question(target="interested"))

    assert answer["says"] == SAYS
    assert (answer["entries"], answer["touchpoints"]) == (0, [])
    assert "at least 20 are needed" in answer["refused"]


def test_the_default_target_is_the_phase_worth_most(armed: Journey) -> None:
    assert target_of(armed).name == "customer"


def test_orders_are_credited_to_what_led_there(ordering: Reading, armed: Journey) -> None:
    answer = touchpoints(ordering, armed, Question(target="customer", hide_below=0))

    shares = {one["touchpoint"]: one for one in answer["touchpoints"]}
    assert answer["entries"] == 30
    assert sum(one["removal"]["value"] for one in shares.values()) == pytest.approx(1.0)
    assert sum(one["shapley"] for one in shares.values()) == pytest.approx(1.0)
    assert shares["visit"]["last"] == 1.0
    assert shares["visit"]["customers"] == 40
    hidden = touchpoints(ordering, armed, Question(target="customer", hide_below=50))
    assert all(one["removal"] is None for one in hidden["touchpoints"] if one["hidden"])


def test_euros_are_credited_as_entries_are(ordering: Reading, armed: Journey) -> None:
    """Becoming a customer is worth the same for each of the 30 who do, and an answer next to nothing."""
    answer = touchpoints(ordering, armed, Question(target="customer", hide_below=0))

    assert answer["value_eur"] > 0
    for one in answer["touchpoints"]:
        if one["value"] is not None:
            assert one["value"]["linear"] == pytest.approx(one["linear"], abs=0.002)
            assert one["value"]["removal"]["value"] == pytest.approx(one["removal"]["value"], abs=0.01)


def test_what_many_use_says_how_it_goes_on(ordering: Reading, armed: Journey) -> None:
    answer = touchpoints(ordering, armed, Question(target="customer", hide_below=0))

    shares = {one["touchpoint"]: one for one in answer["touchpoints"]}
    assert shares["visit"]["use"] == 1.0
    assert shares["quote"]["use"] == 0.5
    assert {one["weak"] for one in shares.values()} <= {None, "turns_away", "drops_off", "no_effect"}
