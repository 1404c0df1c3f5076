"""Pictures are drawn of every kind of figure, whatever its numbers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from training.report.drawings import DRAWINGS, draw
from training.report.figure import Figure


def figure(kind: str, rows: list[dict[str, Any]], **options: Any) -> Figure:
    return Figure(
        name="x", section="s", title="t", sentence=".", columns={}, rows=rows, kind=kind, options=options
    )


def shapes(picture: str, tag: str) -> list[dict[str, str]]:
    root = ET.fromstring(picture)  # noqa: S314 - our own
    return [each.attrib for each in root.iter(tag)]


def test_names_from_data_cannot_break_out_of_the_picture() -> None:
    evil = "</svg><script>alert('1')</script>\""
    row = {"label": evil, "value": 1.0, "low": 0.5, "high": 2.0, "share": 0.5}
    for kind in ("bars", "intervals"):
        options = {"label": "label", "series": {"share": evil}, "zero": 1.0}
        figure = Figure(
            name="x",
            section="s",
            title=evil,
            sentence=".",
            columns={},
            rows=[row],
            kind=kind,
            options=options,
        )
        assert "<script" not in draw(figure)
        assert draw(figure).count("</svg>") == 1


@pytest.mark.parametrize("kind", sorted(DRAWINGS))
def test_a_figure_without_rows_has_no_picture(kind: str) -> None:
    empty = Figure(name="x", section="s", title="t", sentence=".", columns={}, rows=[], kind=kind)

    assert draw(empty) == ""


def test_a_bar_is_as_long_as_its_value() -> None:
    rows = [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.25}, {"name": "c", "share": None}]

    picture = draw(figure("bars", rows, label="name", series={"share": "Share"}, percent=True))

    bars = [float(each["width"]) for each in shapes(picture, "rect")][1:]  # the first is the legend's
    assert bars == [pytest.approx(2 * bars[1]), bars[1]]
    assert "50.0%" in picture


def test_bars_of_nothing_have_no_length() -> None:
    picture = draw(figure("bars", [{"name": "a", "share": 0}], label="name", series={"share": "Share"}))

    assert shapes(picture, "rect")[-1]["width"] == "0"


def test_a_dot_lies_in_its_interval_on_a_scale_of_odds() -> None:
    """×4 is twice as far from ×1 as ×2."""
    row = {"label": "a", "value": 2.0, "low": 1.0, "high": 4.0}

    picture = draw(figure("intervals", [row], label="label", log=True, zero=1.0))

    (dot,) = shapes(picture, "circle")
    wide = next(each for each in shapes(picture, "line") if each["class"] == "ka w2")
    low, high = float(wide["x1"]), float(wide["x2"])
    assert float(dot["cx"]) == pytest.approx((low + high) / 2, abs=0.1)


@pytest.mark.parametrize("low", [0.0, 1e-9])
def test_odds_that_round_to_nothing_are_drawn_at_the_edge(low: float) -> None:
    """A log of a few dozen decisions knows so little that the lower end of the odds is 0.000."""
    row = {"label": "a", "step": "b → c", "value": 0.02, "low": low, "high": 900.0}

    picture = draw(figure("intervals", [row], label="label", log=True, zero=1.0))

    assert len(shapes(picture, "circle")) == 1
    assert not re.search("nan|inf", picture)


def test_intervals_without_a_value_are_left_out() -> None:
    missing = {"policy": "a", "value": None, "low": None, "high": None}
    one = {"policy": "b", "value": 1.0, "low": 1.0, "high": 1.0, "ours": True}

    assert draw(figure("intervals", [missing], label="policy", zero=0.0)) == ""
    assert len(shapes(draw(figure("intervals", [missing, one], label="policy")), "circle")) == 1


def test_reliability_has_a_panel_a_part() -> None:
    rows = [
        {"panel": name, "promised": 0.1, "happened": 0.2, "low": 0.1, "high": 0.3, "rows": 50}
        for name in ("email", "web", "web")
    ]

    picture = draw(figure("reliability", rows))

    assert len(shapes(picture, "rect")) == 2
    assert len(shapes(picture, "circle")) == 3


def test_a_part_where_nothing_was_promised_and_nothing_happened_is_drawn() -> None:
    row = {"panel": "all", "promised": 0.0, "happened": 0.0, "low": 0.0, "high": 0.0, "rows": 50}

    assert not re.search("nan|inf", draw(figure("reliability", [row])))


def test_a_curve_that_gains_nothing_is_a_line() -> None:
    rows = [{"share": share, "value": 0.0, "low": 0.0, "high": 0.0} for share in (0.0, 1.0)]

    picture = draw(figure("curve", rows))

    ends = [each["points"].split() for each in shapes(picture, "polyline")]
    assert ends[0] == ends[1]


def test_a_flow_is_as_thick_as_the_move_and_one_of_nothing_is_left_out() -> None:
    rows = [
        {"from": "a", "to": "b", "nothing": 0.0, "ours": 20.0},
        {"from": "b", "to": "a", "nothing": 10.0, "ours": 10.0},
    ]

    picture = draw(figure("flow", rows, phases=["a", "b"]))

    assert "If nothing is done: 10.0 of 1,000 move" in picture
    assert "With the actions of this bundle: 30.0 of 1,000 move" in picture
    assert len(shapes(picture, "path")) == 3


def test_a_check_says_whether_it_passed() -> None:
    picture = draw(figure("checks", [{"check": "gain", "passed": True}, {"check": "drift", "passed": False}]))

    assert picture.index("passed") < picture.index("REFUSED")
    assert len({each["class"] for each in shapes(picture, "circle")}) == 2
