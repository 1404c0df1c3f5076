"""Shapes are text with the same bytes for the same numbers, and nothing from data escapes."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.report.svg import circle, f, line, polyline, rect, short, svg, text, ticks


def test_coordinates_are_short() -> None:
    assert [f(value) for value in (1.0, 1.5, 1.254, 0.0)] == ["1", "1.5", "1.25", "0"]


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=1000)))
def test_words_of_a_journey_file_stay_words(words: str) -> None:
    shapes = [
        text(1, 2, words),
        rect(0, 0, -5, 1, "#fff"),
        line(0, 0, 1, 1, dash="2"),
        circle(1, 1, 1, "#fff"),
    ]
    root = ET.fromstring(svg(10, [*shapes, polyline([(0, 0), (1, 2)], "#000")], words))  # noqa: S314 - our own

    assert root.attrib["aria-label"] == words
    assert root[0].text == (words or None)
    assert root[1].attrib["width"] == "0", "a negative width is none"


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_few_round_and_within(low: float, width: float) -> None:
    found = ticks(low, low + width)

    assert all(low - 1e-9 <= tick <= low + width + 1e-9 for tick in found)
    assert len(found) <= 12


@pytest.mark.parametrize(
    ("low", "high", "most", "marks"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3, 30, 5, [0, 10, 20, 30]),
        (0, 0.07, 3, [0, 0.025, 0.05]),
        (2, 2, 5, [2]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, most: int, marks: list[float]) -> None:
    assert ticks(low, high, most) == pytest.approx(marks)


def test_long_words_are_cut_with_a_mark() -> None:
    assert (short("abcdef", 4), short("abcd", 4)) == ("abc…", "abcd")
