"""Values with their intervals on one axis, linear or of odds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.drawing.marks import both, interval, line, text

_ODDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One row.

    ``note``: what stands at its right; None values: not measured, ``note`` says why.
    """

    label: str
    value: float | None
    low: float = 0.0
    high: float = 0.0
    proved: bool = False
    note: str = ""
    title: str = ""
    cls: str = "a"
    strong: bool = False


def intervals(
    values: Sequence[Value],
    label: str,
    *,
    reference: float = 0.0,
    odds: bool = False,
    wide: float = 572,
    names: float = 250,
) -> str:
    """A dot and its interval a row; filled where the reference is outside, hollow where it is not."""

    def draw(width: float) -> tuple[float, list[str]]:
        return _draw(values, reference, odds, width, names if width > 400 else 0.0)

    return both(draw, label, wide=wide, narrow=334)


def _draw(
    values: Sequence[Value], reference: float, odds: bool, width: float, names: float
) -> tuple[float, list[str]]:
    def scale(value: float) -> float:
        return math.log(max(value, 0.02)) if odds else value

    known = [one for one in values if one.value is not None]
    ends = [scale(end) for one in known for end in (one.low, one.high)] + [scale(reference)]
    low, high = min(ends), max(ends)
    low, high = low - 0.05 * ((high - low) or 1), high + 0.05 * ((high - low) or 1)
    left, right = names, width - 10

    def x(value: float) -> float:
        return left + 8 + (right - left - 16) * (scale(value) - low) / (high - low)

    pitch = 32.0 if names else 46.0
    foot = pitch * len(values) + 8
    marks = [line(x(reference), 0, x(reference), foot, "kq")]
    for mark in ticks(low, high, odds):
        at = x(mark)
        if not 14 <= at <= width - 14:
            continue
        marks += [
            line(at, 0, at, foot, "kr"),
            text(at, foot + 16, f"×{mark:g}" if odds else f"{mark:g}", "q s", "middle"),
        ]
    for index, one in enumerate(values):
        y = pitch * index + (18 if names else 34)
        marks.append(
            text(0, pitch * index + (22 if names else 14), one.label, "b s halo" if one.strong else "s halo")
        )
        if one.value is None:
            marks.append(text(left + 8, y + 4, one.note, "q s"))
            continue
        marks.append(
            interval(
                x(one.value), x(one.low), x(one.high), y, proved=one.proved, cls=one.cls, title=one.title
            )
        )
    return foot + 24, marks


def ticks(low: float, high: float, odds: bool = False, most: int = 6) -> list[float]:
    """Round numbers between two ends; of odds the usual multiples, whose ends are logarithms."""
    if odds:
        found = [mark for mark in _ODDS if low <= math.log(mark) <= high]
        return found or [1.0]
    if high <= low:
        return [low]
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m * most >= high - low)
    first = math.ceil(low / step)
    return [round(step * k, 10) for k in range(first, math.floor(high / step) + 1)]
