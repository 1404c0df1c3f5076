"""Estimates over days, with their band and marks of what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.drawing.intervals import ticks
from models.drawing.marks import band, both, change_marks, dot, line, polyline, text, young


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The estimate up to a day, its band, and that day alone.

    ``still_open``: responses to it may still come.
    """

    label: str
    value: float
    low: float
    high: float
    single: float | None = None
    still_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A change on the day of a position.

    The letter is explained below the chart.
    """

    position: int
    letter: str
    title: str


def estimate_over_days(days: Sequence[Day], marks: Sequence[Mark], label: str, end: str) -> str:
    """A line with its always-valid band, single days as faint dots, zero in ink, open days hatched."""
    shown = [value for day in days for value in (day.low, day.high)] + [0.0]
    low, high = min(shown), max(shown)
    low, high = low - 0.06 * ((high - low) or 1), high + 0.06 * ((high - low) or 1)

    def draw(width: float) -> tuple[float, list[str]]:
        left, top, tall = 44.0, 26.0, 220.0
        room = width - left - 12 - 8 * len(end)

        def x(position: float) -> float:
            return left + room * position / max(len(days) - 1, 1)

        def y(value: float) -> float:
            return top + tall * (1 - (min(max(value, low), high) - low) / (high - low))

        drawn = []
        for mark in ticks(low, high, most=5):
            drawn += [line(left, y(mark), left + room, y(mark), "ki" if mark == 0 else "kr")]
            drawn.append(text(left - 6, y(mark) + 4, f"{mark:g}".replace("-", "−"), "q s", "end"))
        opened = next((i for i, day in enumerate(days) if day.still_open), None)
        if opened is not None:
            drawn.append(young(x(opened), top, left + room - x(opened), tall, f"open{int(width)}"))
        points = [(x(i), y(day.value)) for i, day in enumerate(days)]
        upper = [(x(i), y(day.high)) for i, day in enumerate(days)]
        drawn.append(band(upper, [(x(i), y(day.low)) for i, day in enumerate(days)]))
        for i, day in enumerate(days):
            if day.single is not None:
                drawn.append(dot(x(i), y(day.single), 2, "ft lt", day.label))
        drawn.append(polyline(points, "ka w2"))
        if points:
            drawn += [dot(*points[-1], 3.5, "fa"), text(points[-1][0] + 8, points[-1][1] + 5, end, "b")]
        drawn += _dates(days, x, top + tall + 18, 8 if width > 600 else 4)
        drawn += change_marks([(x(m.position), m.letter, m.title) for m in marks], 0, top + tall)
        return top + tall + 26, drawn

    return both(draw, label, wide=1000, narrow=340)


def _dates(days: Sequence[Day], x: Callable[[float], float], y: float, most: int) -> list[str]:
    step = max((len(days) - 1) // most, 1)
    return [text(x(i), y, days[i].label, "q s", "middle") for i in range(0, len(days), step)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What was promised in a period and what came.

    None: too few to say.
    """

    label: str
    promised: float | None
    happened: float | None
    low: float = 0.0
    high: float = 0.0
    title: str = ""


def promised_over_time(periods: Sequence[Period], marks: Sequence[Mark], label: str) -> str:
    """The promise as a step, what came as a disc with interval: filled where the promise lies outside."""
    ends = [end for one in periods if one.happened is not None for end in (one.high, one.promised or 0.0)]
    most = max(ends, default=1.0) * 1.08 or 1.0

    def draw(width: float) -> tuple[float, list[str]]:
        left, top, tall = 44.0, 26.0, 180.0
        room = width - left - 16
        pitch = room / max(len(periods), 1)

        def x(position: float) -> float:
            return left + pitch * (position + 0.5)

        def y(value: float) -> float:
            return top + tall * (1 - min(value, most) / most)

        drawn = []
        for mark in ticks(0.0, most, most=4):
            drawn += [line(left, y(mark), left + room, y(mark), "ki" if mark == 0 else "kr")]
            drawn.append(text(left - 6, y(mark) + 4, f"{mark:g}", "q s", "end"))
        for i, one in enumerate(periods):
            if one.promised is not None:
                at = y(one.promised)
                drawn.append(line(x(i) - pitch * 0.42, at, x(i) + pitch * 0.42, at, "ki w2"))
            if one.happened is not None:
                outside = one.promised is not None and not one.low <= one.promised <= one.high
                drawn.append(line(x(i), y(one.low), x(i), y(one.high), "ka w2"))
                drawn.append(dot(x(i), y(one.happened), 5, "fa" if outside else "fs ka w2", one.title))
        step = max(len(periods) // (8 if width > 600 else 4), 1)
        drawn += [
            text(x(i), top + tall + 18, periods[i].label, "q s", "middle")
            for i in range(0, len(periods), step)
        ]
        drawn += change_marks([(x(m.position), m.letter, m.title) for m in marks], 0, top + tall)
        return top + tall + 26, drawn

    return both(draw, label, wide=1000, narrow=340)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A share of customers as designed and as it came."""

    label: str
    designed: float
    seen: float
    low: float
    high: float
    shown: str


def fair_draw(shares: Sequence[Draw], label: str, *, width: float = 440) -> str:
    """Band of where the true share may lie, line as designed, disc what came."""

    def draw(width: float) -> tuple[float, list[str]]:
        wide = width > 400
        left, pitch, drop = (130.0, 34.0, 0.0) if wide else (4.0, 48.0, 14.0)
        room = width - left - 80
        drawn = []
        for index, one in enumerate(shares):
            y = 20.0 + pitch * index + drop

            def x(value: float) -> float:
                return left + room * min(max(value, 0.0), 1.0)

            label_at = y + 4 if wide else y - 16
            drawn += [text(0, label_at, one.label, "s"), line(left, y, left + room, y, "kr")]
            drawn.append(line(x(one.low), y, max(x(one.high), x(one.low) + 2), y, "kt w5"))
            drawn.append(line(x(one.designed), y - 9, x(one.designed), y + 9, "ki"))
            drawn += [
                dot(x(one.seen), y, 5, "fa", one.shown),
                text(left + room + 10, y + 4, one.shown, "b s"),
            ]
        return 20.0 + pitch * len(shares), drawn

    return both(draw, label, wide=width, narrow=334)
