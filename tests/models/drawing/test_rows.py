"""Drawings in cells of a table: one scale for all rows, and hollow is not proved."""

from __future__ import annotations

from models.drawing.rows import inside_bars, small_days, small_interval


def test_bars_share_a_scale_and_a_small_one_can_still_be_seen() -> None:
    drawn = inside_bars([50, 25, 0.01], 100)

    assert 'width="110"' in drawn
    assert 'width="55"' in drawn
    assert 'width="1.5"' in drawn
    assert "<rect" not in inside_bars([0, 0, 0], 0)


def test_an_interval_is_filled_where_it_leaves_zero_out() -> None:
    assert 'class="fa"' in small_interval(2, 1, 3, (-1, 3))
    assert 'class="fs ka w2"' in small_interval(1, -1, 3, (-1, 3))
    assert 'class="fb"' in small_interval(-2, -3, -1, (-3, 0))


def test_days_that_are_not_shown_are_left_out() -> None:
    assert small_days([1, None, 2]).count(",") == 2
    assert "polyline" not in small_days([None])
