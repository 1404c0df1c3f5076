"""What models are judged by.

Checks against their bounds, promises against what came, who decided when.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.drawing.marks import both, dot, line, rect, svg, text

_BOUND: Final = 64.5  # where the bound stands: at three quarters of every bar, so all rows compare


def check_bar(value: float, bound: float, passed: bool, label: str) -> str:
    """A bar of what was found, an ink line at what is allowed."""
    size = min(value / bound, 86 / _BOUND) * _BOUND if bound > 0 else 0.0
    marks = [
        rect(0, 5, 86, 6, "fl", radius=3),
        rect(0, 5, max(size, 3), 6, "fg md" if passed else "fb", radius=3),
        line(_BOUND, 1, _BOUND, 15, "ki w2"),
    ]
    return svg(86, 16, marks, label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A group of contacts: what was promised, what came, between what bounds."""

    promised: float
    happened: float
    low: float
    high: float
    title: str


def promises(groups: Sequence[Promise], axes: tuple[str, str], label: str, *, percent: str = " %") -> str:
    """Promised against happened on logarithmic axes; on the dashed line a promise is exact."""
    every = [v for one in groups for v in (one.promised, one.low, one.high) if v > 0]
    low = max(min(every, default=0.01) * 0.8, 0.001)
    high = max(max(every, default=0.1) * 1.2, 2 * low)
    marks = [
        mark for mark in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0) if low <= mark <= high
    ]

    def draw(width: float) -> tuple[float, list[str]]:
        left, top, side, tall = 44.0, 12.0, width - 60.0, min(width * 0.78, 340.0)

        def share(value: float) -> float:
            inside = min(max(value, low), high)
            return math.log(inside / low) / math.log(high / low)

        def x(value: float) -> float:
            return left + side * share(value)

        def y(value: float) -> float:
            return top + tall * (1 - share(value))

        drawn = [line(x(low), y(low), x(high), y(high), "ki da")]
        for mark in marks:
            shown = f"{100 * mark:g}{percent}"
            drawn += [
                line(left, y(mark), left + side, y(mark), "kr"),
                text(left - 6, y(mark) + 4, shown, "q s", "end"),
            ]
            drawn.append(text(x(mark), top + tall + 18, shown, "q s", "middle"))
        for one in groups:
            drawn.append(line(x(one.promised), y(one.low), x(one.promised), y(one.high), "ka w2"))
            drawn.append(dot(x(one.promised), y(one.happened), 5, "fa", one.title))
        drawn.append(text(left + 6, top + 12, axes[1], "m s halo"))
        drawn.append(text(left + side, top + tall - 8, axes[0], "m s halo", "end"))
        return top + tall + 26, drawn

    return both(draw, label, wide=440, narrow=320)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reign:
    """A champion from one moment to another.

    Moments are shares of the time drawn.
    """

    label: str
    start: float
    end: float
    title: str
    rolled_back: bool = False


def reigns(champions: Sequence[Reign], ticks: Sequence[tuple[float, str]], label: str) -> str:
    """Who decided when; the last one still does."""

    def draw(width: float) -> tuple[float, list[str]]:
        drawn, free = [], -1.0
        for index, one in enumerate(champions):
            start, end, last = one.start * width, one.end * width, index == len(champions) - 1
            cls = "fb lt" if one.rolled_back else "fa" if last else "fa lt"
            drawn.append(rect(start, 24, max(end - start - 2, 1), 22, cls, radius=2, title=one.title))
            size = 6.6 * len(one.label)
            if last and (start + size > width):
                if width - size > free:
                    drawn.append(text(width, 15, one.label, "b s", "end"))
            elif start >= free and (last or end - start >= size or not free > start):
                drawn.append(
                    text(start, 15, one.label, "bd s" if one.rolled_back else "b s" if last else "m s")
                )
                free = start + size + 12
        for at, name in ticks:
            if at * width + 7 * len(name) < width:
                drawn += [line(at * width, 54, at * width, 66, "kr2"), text(at * width + 4, 66, name, "q s")]
        return 74, drawn

    return both(draw, label, wide=1000, narrow=340)
