"""Small lines and rows of days without axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from models.drawing.marks import band, dot, line, path, polyline, r, rect, svg, text

WIDTH = 230.0
HEIGHT = 44.0


def spark(
    values: Sequence[float],
    label: str,
    end: str,
    *,
    low: Sequence[float] = (),
    high: Sequence[float] = (),
    cls: str = "ka",
    zero: bool = False,
    marks_at: Mapping[int, str] = MappingProxyType({}),
    width: float = WIDTH,
) -> str:
    """A line with its last value printed; a band where there is doubt, a zero line if it counts.

    ``marks_at``: places where something changed, and what.
    """
    if not values:
        return ""
    every = [*values, *low, *high, *([0.0] if zero else [])]
    bottom, span = min(every), (max(every) - min(every)) or 1.0
    room = width - 12 - 8.2 * len(end)

    def at(series: Sequence[float]) -> list[tuple[float, float]]:
        step = (room - 4) / max(len(series) - 1, 1)
        return [
            (4 + i * step, HEIGHT - 6 - (v - bottom) / span * (HEIGHT - 12)) for i, v in enumerate(series)
        ]

    points = at(values)
    marks = [band(at(high), at(low))] if low and high else []
    if zero:
        ground = at([0.0])[0][1]
        marks.append(line(4, ground, room, ground, "kq da"))
    for place, words in marks_at.items():
        marks.append(_tick(points[place][0], words))
    x, y = points[-1]
    marks += [polyline(points, f"{cls} w2"), dot(x, y, 3.5, cls.replace("k", "f", 1))]
    marks.append(text(x + 9, min(y + 5, HEIGHT - 2), end, "b"))
    return svg(width, HEIGHT, marks, label)


def _tick(x: float, words: str) -> str:
    """A change: a dashed line with a small triangle on top, which says what it was."""
    head = path(f"M{r(x - 4)} 0h8l-4 6Z", "fi", words)
    return line(x, 4, x, HEIGHT - 4, "kq da") + head


def days(states: Sequence[str], label: str, end: str = "", *, width: float = WIDTH) -> str:
    """A small bar for each day; a state is ``good``, ``bad`` or ``none`` (nothing is known of that day)."""
    look = {"good": "fa lt", "bad": "fw", "none": "fs kr2"}
    room = width - 12 - 8.2 * len(end)
    pitch = (room - 4) / max(len(states), 1)
    marks = [
        rect(4 + i * pitch, 12, pitch * 0.75, 22, look[state], radius=1) for i, state in enumerate(states)
    ]
    if end:
        marks.append(text(room + 9, 28, end, "b"))
    return svg(width, HEIGHT, marks, label)
