"""Charts of bars.

Steps of a sum, values from a zero line, what is left after each tier, and histograms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.drawing.marks import both, line, rect, svg, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One summand of a waterfall, ready to print."""

    label: str
    note: str
    value: float
    shown: str
    cls: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sum of a waterfall, perhaps with the ends of its interval."""

    label: str
    value: float
    shown: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar. ``title``: what a pointer reads; ``strong``: the one that counts."""

    label: str
    value: float
    shown: str
    cls: str = "fa md"
    title: str = ""
    strong: bool = False


def waterfall(steps: Sequence[Step], total: Total, label: str, *, wide: float = 572) -> str:
    """How a worth comes about, from a zero line."""

    def draw(width: float) -> tuple[float, list[str]]:
        return _waterfall(steps, total, width, left=216.0 if width > 400 else 0.0)

    return both(draw, label, wide=wide, narrow=334)


def _waterfall(steps: Sequence[Step], total: Total, width: float, left: float) -> tuple[float, list[str]]:
    pitch, drop = (46.0, 0.0) if left else (56.0, 20.0)
    ends = [0.0]
    for step in steps:
        ends.append(ends[-1] + step.value)
    spread = [*ends, total.value, *(v for v in (total.low, total.high) if v is not None)]
    low, high = min(spread), max(spread)
    scale = (width - left - 74) / ((high - low) or 1)

    def x(value: float) -> float:
        return left + (value - low) * scale

    marks, y = [line(x(0), 8, x(0), pitch * (len(steps) + 1) + 4 + drop, "kr2")], 14.0
    for step, begin, end in zip(steps, ends, ends[1:], strict=False):
        at, size = min(x(begin), x(end)), max(abs(x(end) - x(begin)), 2)
        marks += [
            *_row_label(step.label, step.note, y, left, width),
            rect(at, y + drop, size, 22, step.cls, radius=2),
        ]
        marks += [line(x(end), y + drop + 22, x(end), y + drop + pitch, "kr2")]
        marks.append(text(max(at + size, x(end)) + 8, y + drop + 16, step.shown))
        y += pitch
    at, size = min(x(0), x(total.value)), max(abs(x(total.value) - x(0)), 2)
    marks += [
        text(0, y + (9 if left else 14), total.label, "b"),
        rect(at, y + drop, size, 22, "fi", radius=2),
    ]
    marks += _whisker(total, x, y + drop + 11)
    edge = max(at + size, x(total.high) if total.high is not None else 0)
    marks.append(text(edge + 10, y + drop + 16, total.shown, "b"))
    return y + drop + 44, marks


def _row_label(label: str, note: str, y: float, left: float, width: float) -> list[str]:
    if left:
        return [text(0, y + 9, label), text(0, y + 26, note, "q s")]
    return [text(0, y + 14, label), text(width, y + 14, note, "q s", "end")]


def _whisker(total: Total, x: Callable[[float], float], y: float) -> list[str]:
    if total.low is None or total.high is None:
        return []
    low, high, end = x(total.low), x(total.high), x(total.value)
    inner, outer = ("ks w2", "kq w2") if total.value >= 0 else ("kq w2", "ks w2")
    return [
        line(low, y, end, y, inner),
        line(low, y - 5, low, y + 5, inner),
        line(end, y, high, y, outer),
        line(high, y - 5, high, y + 5, outer),
    ]


def zero_bars(bars: Sequence[Bar], label: str, *, wide: float = 572, names: float = 304) -> str:
    """One bar a row from a common zero line, to the right for gains, to the left for losses."""

    def draw(width: float) -> tuple[float, list[str]]:
        return _zero_bars(bars, width, names if width > 400 else 0.0)

    return both(draw, label, wide=wide, narrow=334)


def _zero_bars(bars: Sequence[Bar], width: float, names: float) -> tuple[float, list[str]]:
    pitch, drop = (27.0, 8.0) if names else (40.0, 23.0)
    most = max((bar.value for bar in bars), default=0.0)
    least = min(0.0, *(bar.value for bar in bars))
    left = names - 62 if names and least < 0 else names
    scale = (width - left - 66) / (max(most, 0.0) - least or 1)
    zero = left - least * scale
    marks = [line(zero, 0, zero, pitch * len(bars) - 1, "kr2")]
    for index, bar in enumerate(bars):
        y, size = pitch * index, abs(bar.value) * scale
        at = zero if bar.value >= 0 else zero - size
        marks.append(text(0, y + (18 if names else 16), bar.label, "b halo" if bar.strong else "halo"))
        marks.append(rect(at, y + drop, size, 12, bar.cls, radius=1, title=bar.title))
        edge = at + size if bar.value >= 0 else zero
        marks.append(text(edge + 7, y + drop + 11, bar.shown, "b" if bar.strong else "m"))
    return pitch * len(bars) + 3, marks


def funnel(bars: Sequence[Bar], label: str, *, width: float = 330) -> str:
    """What is left after each tier, on one scale."""
    most = max((bar.value for bar in bars), default=0.0) or 1.0
    marks = []
    for index, bar in enumerate(bars):
        y, size = 6 + 24 * index, max(bar.value / most * (width - 190), 2.0 if bar.value else 0.0)
        marks.append(text(0, y + 11, bar.label, "b" if bar.strong else ""))
        marks.append(rect(150, y, size, 14, bar.cls, radius=1, title=bar.title))
        marks.append(text(150 + size + 8, y + 12, bar.shown, "b"))
    return svg(width, 24 * len(bars) + 4, marks, label, "c")


def columns(bars: Sequence[Bar], label: str, *, width: float = 330, height: float = 120) -> str:
    """A histogram: one column a bar, its label below; every label that fits is printed."""
    most = max((bar.value for bar in bars), default=0.0) or 1.0
    pitch, marks, free = width / max(len(bars), 1), [], -1.0
    for index, bar in enumerate(bars):
        tall = bar.value / most * (height - 34)
        x = index * pitch
        marks.append(rect(x + 1, height - 20 - tall, pitch - 2, tall, bar.cls, radius=1, title=bar.title))
        if bar.label and x >= free:
            marks.append(text(x + pitch / 2, height - 4, bar.label, "q s", "middle"))
            free = x + 8 + 7 * len(bar.label)
    marks.append(line(0, height - 20, width, height - 20, "kr2"))
    return svg(width, height, marks, label, "c")
