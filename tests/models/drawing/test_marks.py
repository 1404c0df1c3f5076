"""Marks: text that is the same for the same numbers, escaped, with nothing inline."""

from __future__ import annotations

from models.drawing import marks


def test_coordinates_have_one_digit_and_no_minus_zero() -> None:
    assert [marks.r(value) for value in (0.04, -0.04, 12.0, 12.25, -3.06)] == ["0", "0", "12", "12.2", "-3.1"]


def test_what_comes_from_data_is_escaped() -> None:
    drawing = marks.svg(10, 10, [marks.text(0, 0, "<b>&"), marks.dot(1, 1, 1, "fa", '"><script>')], '"x"')

    assert "<b>" not in drawing
    assert "<script>" not in drawing
    assert 'aria-label="&quot;x&quot;"' in drawing


def test_a_drawing_with_links_is_a_group_so_that_they_stay_reachable() -> None:
    linked = marks.link("/a?b=1&c=2", [marks.dot(1, 1, 1, "fa")], "open")

    assert 'role="group"' in marks.svg(10, 10, [linked], "x")
    assert 'role="img"' in marks.svg(10, 10, [], "x")
    assert "b=1&amp;c=2" in linked


def test_both_widths_are_drawn_and_the_style_sheet_shows_one() -> None:
    drawing = marks.both(
        lambda width: (width / 2, [marks.line(0, 0, width, 0, "kr")]), "x", wide=600, narrow=300
    )

    assert 'class="c wid" viewBox="0 0 600 300"' in drawing
    assert 'class="c nar" viewBox="0 0 300 150"' in drawing


def test_colour_is_in_classes_alone() -> None:
    drawn = [
        marks.rect(0, 0, 1, 1, "fa", radius=2, title="t"),
        marks.polyline([(0, 0), (1, 1)], "ka"),
        marks.band([(0, 0)], [(0, 1)]),
        marks.ribbon((0, 0), (10, 5), 4, "f1"),
        marks.lapse(10, 0, 5, 20, 3, "back"),
        marks.interval(5, 1, 9, 4),
        marks.interval(5, 1, 9, 4, proved=False),
        marks.change_mark(5, 0, 50, "A", "promoted"),
        marks.young(0, 0, 5, 5, "h1"),
        marks.path("M0 0", "fa"),
    ]

    assert not any("style=" in one or "#" in one.replace("url(#h1)", "") for one in drawn)
    assert 'class="fs ka w2"' in drawn[6]  # hollow: not proved
