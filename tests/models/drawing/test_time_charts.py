"""Charts over days: zero in ink, open days hatched, what changed lettered."""

from __future__ import annotations

import re

from models.drawing.marks import change_marks
from models.drawing.time_charts import Day, Draw, Mark, estimate_over_days, fair_draw


def days(number: int, opened: int) -> list[Day]:
    return [
        Day(label=f"{n} Nov", value=1.0 + n, low=-1.0 + n, high=3.0 + n, single=2.0, still_open=n >= opened)
        for n in range(number)
    ]


def test_zero_is_in_ink_and_open_days_are_hatched() -> None:
    drawing = estimate_over_days(days(10, 7), [Mark(position=3, letter="A", title="promoted")], "x", "+6.20")
    wide = drawing[: drawing.index("</svg>")]

    assert wide.count('class="ki"') == 1
    assert 'fill="url(#open1000)"' in wide
    assert ">A</text>" in wide
    assert ">+6.20</text>" in wide
    assert 1 <= len(re.findall(r">\d+ Nov</text>", wide)) <= 10


def test_without_open_days_nothing_is_hatched_and_no_day_is_no_line() -> None:
    assert "pattern" not in estimate_over_days(days(5, 9), [], "x", "1")
    assert "<circle" not in estimate_over_days([], [], "x", "")


def test_a_draw_shows_what_was_designed_and_what_came() -> None:
    one = Draw(label="chance", designed=0.05, seen=0.0498, low=0.046, high=0.054, shown="5.0 %")
    drawing = fair_draw([one], "fair")

    assert ">5.0 %</text>" in drawing
    assert 'class="kt w5"' in drawing


def test_letters_of_one_day_stand_side_by_side() -> None:
    """Two changes of a day share its line; the second letter stands next to the first."""
    drawn = "".join(change_marks([(100.0, "A", "one"), (100.0, "B", "two"), (300.0, "C", "three")], 0, 50))
    places = [float(x) for x in re.findall(r'<text x="([\d.]+)"', drawn)]

    assert places == [100, 120, 300]
    assert drawn.count("<line") == 2
    assert "two" in drawn
