"""Small drawings for the cells of a table, without words.

The numbers stand beside them as text, so they are hidden from those who listen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from models.drawing.marks import interval, line, polyline, rect, text


def inside_bars(values: Sequence[float], most: float, *, width: float = 220) -> str:
    """Up to three bars inside each other on one scale, each flatter than the one before."""
    looks = (("fh", 16.0), ("fa", 10.0), ("fs", 4.0))
    marks = [
        rect(0, (16 - tall) / 2, max(value / (most or 1.0) * width, 1.5), tall, look)
        for value, (look, tall) in zip(values, looks, strict=False)
        if value > 0
    ]
    return _cell(width, 16, marks)


def small_interval(
    value: float, low: float, high: float, ends: tuple[float, float], *, width: float = 170
) -> str:
    """A value with its interval beside zero; ``ends``: of the axis that all rows share."""
    left, right = min(ends[0], 0.0), max(ends[1], 0.0)
    span = (right - left) or 1.0

    def x(at: float) -> float:
        return 6 + (min(max(at, left), right) - left) / span * (width - 12)

    proved = low > 0 or high < 0
    mark = interval(x(value), x(low), x(high), 8, proved=proved, cls="b" if high < 0 else "a")
    return _cell(width, 16, [line(x(0), 0, x(0), 16, "kr2"), mark])


def small_days(values: Sequence[float | None], *, marks_at: Collection[int] = (), width: float = 120) -> str:
    """A line over days from zero; days that are not shown are left out.

    ``marks_at``: days on which something changed, which ``small_letters`` names in the head of the table.
    """
    most = max((value for value in values if value is not None), default=0.0) or 1.0
    step = (width - 4) / max(len(values) - 1, 1)
    points = [
        (2 + index * step, 20 - value / most * 17) for index, value in enumerate(values) if value is not None
    ]
    marks = [line(2 + place * step, 0, 2 + place * step, 22, "kq da") for place in sorted(set(marks_at))]
    return _cell(width, 22, [*marks, polyline(points, "ka w2")] if points else marks)


def small_letters(letters: Sequence[tuple[int, str]], count: int, *, width: float = 120) -> str:
    """Letters of what changed over the days of ``small_days``; those of one time stand next to each other."""
    step, free = (width - 4) / max(count - 1, 1), 0.0
    marks: list[str] = []
    for place, letter in letters:
        x = max(2 + place * step, free)
        marks.append(text(min(x, width - 9 * (len(letters) - len(marks))), 12, letter, "s b"))
        free = x + 11
    return _cell(width, 16, marks)


def _cell(width: float, height: float, marks: Iterable[str]) -> str:
    return f'<svg viewBox="0 0 {width:g} {height:g}" aria-hidden="true">{"".join(marks)}</svg>'
