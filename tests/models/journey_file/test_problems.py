"""Problems of a file: in the order of its lines, once each, with what the author should do."""

from __future__ import annotations

from typing import Any

import pytest

from models.errors import JourneyFileError
from models.journey_file.problems import (
    MAX_PROBLEMS_SHOWN,
    Lines,
    Problems,
    closest,
    dotted_path,
    listed,
    mismatch,
    shown,
    unknown_name,
)

LINES = Lines({("actions",): 3, ("actions", "offer"): 4, ("phases",): 9})


def text_of(problems: Problems) -> list[str]:
    with pytest.raises(JourneyFileError) as caught:
        problems.raise_if_any()
    return str(caught.value).splitlines()


def test_a_path_that_is_not_there_has_its_parent_s_line() -> None:
    assert LINES.of(("actions", "offer", "channels", 0)) == 4
    assert LINES.of(("actions", "other")) == 3
    assert LINES.of(("gone",)) == 1


def test_problems_come_by_line_and_once_each() -> None:
    problems = Problems("j.yaml", LINES)
    problems.add(("phases",), "later")
    problems.add(("actions", "offer"), "sooner")
    problems.add(("phases",), "later")

    assert text_of(problems) == ["j.yaml:4: actions.offer: sooner", "j.yaml:9: phases: later"]


def test_without_problems_nothing_is_raised() -> None:
    Problems("j.yaml", LINES).raise_if_any()


def test_an_avalanche_is_cut_and_counted() -> None:
    problems = Problems("j.yaml", LINES)
    for number in range(MAX_PROBLEMS_SHOWN + 7):
        problems.add(("actions",), f"problem {number}")

    assert len(text_of(problems)) == MAX_PROBLEMS_SHOWN + 1
    assert text_of(problems)[-1] == "j.yaml: … and 7 more"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        ({}, "an empty mapping"),
        ({"a": 1}, "a mapping"),
        ([1, 2], "a list of 2"),
        ("a", '"a"'),
        (2.5, "2.5"),
        ("x" * 200, '"' + "x" * 76 + '…"'),
    ],
)
def test_values_are_shown_as_the_author_wrote_them(value: Any, text: str) -> None:
    assert shown(value) == text


def test_the_nearest_name_is_offered_else_all_of_them() -> None:
    known = ["teaser", "offer"]

    assert closest("tease", known) == "teaser"
    assert closest("special_offer_x", known) is None
    assert unknown_name("an action", "ofer", known, "actions") == mismatch(
        "the name of an action", "ofer", "did you mean offer? Or declare it under actions"
    )
    assert "use one of teaser, offer, or declare it" in unknown_name("an action", "zzz", known, "actions")


def test_lists_and_paths_are_short_and_plain() -> None:
    assert listed([]) == "(none declared)"
    assert listed("abc", most=2) == "a, b, … (1 more)"
    assert dotted_path(("actions", "offer", "channels", 0)) == "actions.offer.channels[0]"
