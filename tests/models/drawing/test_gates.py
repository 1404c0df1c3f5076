"""What models are judged by: every bound at one place, exact promises on the line, who decided when."""

from __future__ import annotations

import re

from models.drawing.gates import Promise, Reign, check_bar, promises, reigns


def test_every_bound_stands_at_three_quarters_so_that_rows_compare() -> None:
    bars = [check_bar(value, bound, True, "x") for value, bound in ((0.5, 1.0), (3.0, 4.0))]

    assert {re.search(r'<line x1="([\d.]+)"', bar)[1] for bar in bars} == {"64.5"}  # type: ignore[index]
    assert 'width="32.2"' in bars[0]


def test_a_check_that_fails_is_red_and_stays_within_its_bar() -> None:
    bar = check_bar(100.0, 1.0, False, "missed")

    assert 'class="fb"' in bar
    assert 'width="86"' in bar


def test_an_exact_promise_lies_on_the_dashed_line() -> None:
    exact = Promise(promised=0.1, happened=0.1, low=0.08, high=0.12, title="exact")
    off = Promise(promised=0.2, happened=0.1, low=0.05, high=0.4, title="off")
    drawing = promises([exact, off], ("p", "h"), "x")
    wide = drawing[: drawing.index("</svg>")]
    number = r'([\d.]+)"'
    ends = re.search(f'<line x1="{number} y1="{number} x2="{number} y2="{number} class="ki da"', wide)
    assert ends is not None
    x1, y1, x2, y2 = map(float, ends.groups())
    dots = re.findall(f'<circle cx="{number} cy="{number}', wide)
    (cx, cy), (ox, oy) = [(float(x), float(y)) for x, y in dots]

    def above(x: float, y: float) -> float:
        return y - (y1 + (y2 - y1) * (x - x1) / (x2 - x1))

    assert abs(above(cx, cy)) < 0.3
    assert above(ox, oy) > 5  # less happened than promised: below the line


def test_without_groups_there_are_axes_alone() -> None:
    assert "<circle" not in promises([], ("p", "h"), "x")


def test_the_champion_of_now_is_full_and_one_taken_back_is_red() -> None:
    drawing = reigns(
        [
            Reign(label="1 Sep, aaaa", start=0.0, end=0.4, title="first"),
            Reign(label="9 Oct, bbbb", start=0.4, end=0.5, title="slow", rolled_back=True),
            Reign(label="20 Nov, cccc", start=0.97, end=1.0, title="back"),
        ],
        [(0.3, "Oct")],
        "three",
    )

    assert [f'class="{cls}"' in drawing for cls in ("fa lt", "fb lt", "fa")] == [True] * 3
    assert ">20 Nov, cccc</text>" in drawing
