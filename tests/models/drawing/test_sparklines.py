"""Sparklines: the last value is marked and printed, and one value is enough."""

from __future__ import annotations

from models.drawing.sparklines import days, spark


def test_the_last_value_is_marked_and_printed() -> None:
    drawing = spark([1, 2, 3], "growing", "67")

    assert ">67</text>" in drawing
    assert 'aria-label="growing"' in drawing
    assert drawing.count("<circle") == 1


def test_a_single_value_and_no_value_can_be_drawn() -> None:
    assert "<circle" in spark([5], "one", "5")
    assert spark([], "none", "") == ""


def test_a_band_and_a_zero_line_are_drawn_where_there_is_doubt() -> None:
    drawing = spark([1, 2], "x", "2", low=[0, 1], high=[2, 3], zero=True)

    assert "<polygon" in drawing
    assert 'class="kq da"' in drawing


def test_a_day_of_which_nothing_is_known_is_hollow() -> None:
    drawing = days(["good", "bad", "none"], "days", "1 late")

    assert [cls in drawing for cls in ('"fa lt"', '"fw"', '"fs kr2"', "1 late")] == [True] * 4
