"""Drawings in cells of a table: one scale for all rows, and hollow is not proved."""

from __future__ import annotations

import itertools
import re

from models.drawing.rows import inside_bars, small_days, small_interval, small_letters


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


def test_changes_stand_on_their_days_even_where_nothing_is_drawn() -> None:
    """Three days are 58 apart; two changes of one day are one line."""
    assert small_days([1, 2, 3], marks_at=[1, 1]).count('<line x1="60"') == 1
    assert "<line" in small_days([None], marks_at=[0])


def test_letters_of_one_day_stand_next_to_each_other_and_none_leaves() -> None:
    drawn = small_letters([(0, "A"), (0, "B"), (27, "C"), (27, "D")], 28)
    places = [float(x) for x in re.findall(r'<text x="([\d.]+)"', drawn)]

    assert places == sorted(places)
    assert min(after - before for before, after in itertools.pairwise(places)) >= 9
    assert max(places) <= 111
