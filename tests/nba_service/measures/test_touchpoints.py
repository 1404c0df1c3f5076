"""Entries into a phase are shared out among what was met before them."""

from __future__ import annotations

import pytest

from models.domain.journey import Journey
from models.measures.gap import rows_of_journey
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading
from nba_service.measures.touchpoints import SAYS, paths_to, target_of, touchpoints


def test_shares_add_up_and_say_what_they_do_not_show(reading: Reading, armed: Journey) -> None:
    """The quote itself moves to interested, so nothing before it can be credited."""
    answer = touchpoints(reading, armed, Question(target="interested"))

    assert answer["says"] == SAYS
    assert (answer["entries"], answer["touchpoints"]) == (0, [])
    assert "at least 20 are needed" in answer["refused"]


def test_the_default_target_is_the_phase_worth_most(armed: Journey) -> None:
    assert target_of(armed).name == "customer"


def test_paths_end_before_the_entry(reading: Reading, armed: Journey) -> None:
    """Nobody becomes a customer; all paths are quotes and e-mails, none of them converts."""
    owner, step, customers, converted = paths_to(reading, rows_of_journey(armed), "customer")

    assert customers == 400
    assert len(owner) == len(step) == 400 + 800
    assert converted.sum() == 0
    assert {rows_of_journey(armed)[code].name for code in set(step.tolist())} == {"email", "quote"}


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
