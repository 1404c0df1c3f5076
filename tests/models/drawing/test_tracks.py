"""Tracks end at their limit and show both sides of a change."""

from __future__ import annotations

from models.drawing.tracks import Track, tracks


def drawn(**fields: object) -> str:
    row = {"label": "E-mail", "note": "at most 2", "before": [0.5, None], "after": [2.0, 0.0],
           "shown": ["50 % → 200 %", "–"], **fields}  # fmt: skip
    return tracks([Track(**row)], ["23 Nov", "30 Nov"], "said")  # type: ignore[arg-type]


def test_a_bar_does_not_leave_its_track() -> None:
    """Two weeks share 1000 - 220: a track is 390 - 92 wide, and twice the limit is drawn as the limit."""
    assert 'width="149" height="10" rx="1" class="ft md"' in drawn()
    assert 'width="298" height="10" rx="1" class="fa"' in drawn()


def test_unknown_is_no_bar_and_only_a_limit_has_a_line() -> None:
    assert drawn().count('class="ft md"') == 2  # one week, at both widths
    assert drawn().count("<line") == 4
    assert "<line" not in drawn(limited=False)
