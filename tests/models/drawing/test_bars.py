"""Bars: what is drawn adds up and starts at zero."""

from __future__ import annotations

import re

from models.drawing.bars import Bar, Step, Total, columns, funnel, waterfall, zero_bars


def rects(drawing: str) -> list[tuple[float, float]]:
    found = re.findall(r'<rect x="([\d.-]+)" y="[\d.-]+" width="([\d.]+)"', drawing)
    return [(float(x), float(width)) for x, width in found]


def test_a_waterfall_starts_each_step_where_the_one_before_ended() -> None:
    steps = [
        Step(label="now", note="", value=2.0, shown="+2", cls="fa"),
        Step(label="rest", note="", value=6.0, shown="+6", cls="f1"),
        Step(label="cost", note="", value=-3.0, shown="-3", cls="fb"),
    ]
    drawing = waterfall(steps, Total(label="worth", value=5.0, shown="5", low=1.0, high=9.0), "worth 5")
    wide = rects(drawing)[:4]

    assert abs(wide[0][0] + wide[0][1] - wide[1][0]) < 0.2
    assert abs(wide[1][0] + wide[1][1] - (wide[2][0] + wide[2][1])) < 0.2  # a loss comes back from there
    assert abs(wide[3][0] - wide[0][0]) < 0.2  # the sum starts at zero again
    assert abs(wide[3][1] - wide[0][1] * 2.5) < 0.3


def test_bars_grow_to_both_sides_of_zero() -> None:
    drawing = zero_bars([Bar(label="a", value=4, shown="4"), Bar(label="b", value=-2, shown="-2")], "two")
    (gain, loss) = rects(drawing)[:2]

    assert abs(loss[0] + loss[1] - gain[0]) < 0.2
    assert abs(gain[1] - 2 * loss[1]) < 0.3


def test_a_funnel_is_on_one_scale_and_nothing_is_no_bar() -> None:
    drawing = funnel(
        [Bar(label=name, value=v, shown=str(v)) for name, v in (("a", 58), ("b", 29), ("c", 0))], "f"
    )
    sizes = [width for _, width in rects(drawing)]

    assert sizes[0] == 2 * sizes[1]
    assert sizes[2] == 0


def test_a_histogram_prints_only_labels_that_fit() -> None:
    drawing = columns([Bar(label="a long label", value=i, shown="") for i in range(20)], "h", width=200)

    assert 1 <= drawing.count("a long label") < 5
