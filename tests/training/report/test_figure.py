"""Numbers are written everywhere the same, and a figure's numbers are those of its file."""

from __future__ import annotations

import pytest

from training.report.figure import Figure, number


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "–"), (0.0, "0.000"), (0.01234, "0.0123"), (0.5, "0.500"), (12.345, "12.35"), (123.4, "123.4"),
     (-0.05, "-0.0500"), (1234567, "1,234,567"), (2000.0, "2,000"), ("web", "web"), (True, "True")],
)  # fmt: skip
def test_numbers_have_three_digits_that_count(value: object, written: str) -> None:
    assert number(value) == written


def test_the_file_holds_what_the_picture_is_drawn_from() -> None:
    figure = Figure(
        name="n", section="s", title="T", sentence="S.", columns={"a": "A"}, rows=[{"a": 1}], kind="bars"
    )

    assert figure.to_json() == {"title": "T", "sentence": "S.", "rows": [{"a": 1}]}
