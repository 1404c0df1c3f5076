"""What is credited to touchpoints, by three methods on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.drawing.intervals import ticks
from models.drawing.marks import both, dot, line, rect, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """A touchpoint, in per cent of what is credited."""

    label: str
    removal: float
    low: float
    high: float
    shapley: float
    last: float
    cls: str = "a"
    title: str = ""


def draw_credits(rows: Sequence[Credited], label: str) -> str:
    """A bar and its interval for the removal effect, a tick for Shapley, a ring for the last touch."""
    most = max((max(one.high, one.shapley, one.last) for one in rows), default=1.0) or 1.0

    def draw(width: float) -> tuple[float, list[str]]:
        names = 280.0 if width > 400 else 0.0
        pitch, drop = (30.0, 6.0) if names else (46.0, 24.0)
        room = width - names - 20
        foot = pitch * len(rows) + 6

        def x(value: float) -> float:
            return names + 4 + room * value / most

        marks = []
        for mark in ticks(0.0, most, most=5):
            marks += [
                line(x(mark), 0, x(mark), foot, "kr"),
                text(x(mark), foot + 16, f"{mark:g}", "q s", "middle"),
            ]
        for index, one in enumerate(rows):
            y = pitch * index + drop
            marks.append(text(0, y + (12 if names else -8), one.label, "s halo"))
            marks.append(
                rect(x(0), y, x(one.removal) - x(0), 14, f"f{one.cls} lt", radius=1, title=one.title)
            )
            marks.append(line(x(one.low), y + 7, x(one.high), y + 7, f"k{one.cls} w2"))
            marks.append(line(x(one.shapley), y - 1, x(one.shapley), y + 15, "ki w2"))
            marks.append(dot(x(one.last), y + 7, 5, "fs kq w2"))
        return foot + 24, marks

    return both(draw, label, wide=1000, narrow=334)
