"""Three methods stand on one axis: a bar, a tick and a ring a row, and what comes from data is escaped."""

from __future__ import annotations

from models.drawing.credits import Credited, draw_credits

ROWS = (
    Credited(label="Visit <1>", removal=40.0, low=30.0, high=50.0, shapley=35.0, last=60.0, title="t"),
    Credited(label="Mail", removal=5.0, low=0.0, high=9.0, shapley=8.0, last=1.0, cls="t"),
)


def test_each_row_has_all_three_marks_at_both_widths() -> None:
    drawn = draw_credits(ROWS, "what leads there")

    assert drawn.count("<svg") == 2
    assert drawn.count('class="fs kq w2"') == drawn.count('class="ki w2"') == 4
    assert drawn.count("<rect") == 4
    assert "Visit &lt;1&gt;" in drawn


def test_the_longest_reaches_furthest() -> None:
    few = draw_credits((ROWS[1],), "x")

    assert few.count("<rect") == 2
    assert draw_credits((), "nothing").count("<rect") == 0
