"""Columns are what the journey file declares and what the history shows to be frequent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.history import build_history
from models.domain.interaction import Kind
from models.domain.journey import Attribute, AttributeType, Journey
from models.errors import FeatureMismatchError
from models.learned.features.builder import make_spec
from tests.models.learned.features.situations import event


def test_touchpoints_are_the_declared_ones_and_then_the_most_frequent(tiny_journey: Journey) -> None:
    rare, often = [event(1, "blue_moon")], [event(i, "newsletter_read") for i in range(3)]
    outcome = [event(9, "clicked", kind=Kind.OUTCOME, action="offer")] * 9
    history = build_history(tiny_journey, [rare, often, outcome])

    assert make_spec(tiny_journey, history).touchpoints == (
        *("visit", "quote", "order", "mail_sent"),
        *("newsletter_read", "blue_moon"),
    )
    assert make_spec(tiny_journey, history, max_touchpoints=5).touchpoints[-1] == "newsletter_read"


def test_words_of_a_category_come_from_the_file_or_else_from_the_data(tiny_journey: Journey) -> None:
    town = Attribute(name="town", type=AttributeType.CATEGORY, label="Town")
    journey = replace(tiny_journey, attributes=(*tiny_journey.attributes, town))
    seen = [{"town": "Graz"}, {"town": "Wien"}, {"town": "Wien", "segment": "odd"}, {"town": 7}, {}]

    columns = {column.name: column.values for column in make_spec(journey, attributes=seen).attributes}

    assert columns["town"] == ("Wien", "Graz")
    assert columns["segment"] == ("new", "old")


@pytest.mark.parametrize("windows", [(), (0, 7), (7, 7.0), (-1,)])
def test_windows_must_be_different_and_above_zero(tiny_journey: Journey, windows: tuple[float, ...]) -> None:
    with pytest.raises(FeatureMismatchError, match="windows_days"):
        make_spec(tiny_journey, windows_days=windows)
