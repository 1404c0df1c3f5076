"""Phases of a journey.

Who is there, who moves on with and without us, who falls back, how long it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.drawing.marks import both, line, link, path, r, rect, text
from models.drawing.timeline import phase_colour

_THICKEST: Final = 50.0
_MOST_BACK: Final = 6
_MOST_DAYS: Final = 730.0
_DAY_MARKS: Final = (30.0, 90.0, 365.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One phase.

    ``days``: after which 10, 25, 50, 75 and 90 of 100 had left it; ``lapses``: after so many quiet days.
    """

    label: str
    customers: float | None
    shown: str
    days: Sequence[float] | None
    median: str
    lapses: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Customers who go from one phase to another.

    Of 1,000, with and without our actions.
    """

    start: int
    end: int
    ours: float
    nothing: float
    shown: str
    without: str
    title: str
    href: str = ""
    strong: bool = False

    @property
    def most(self) -> float:
        return max(self.ours, self.nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What stands at each row of the map."""

    customers: str
    steps: str
    back: str
    days: str


def journey_map(stages: Sequence[Stage], steps: Sequence[Step], rows: Rows, label: str) -> str:
    """Four rows over one grid of columns; on a phone the phases are the rows."""

    def draw(width: float) -> tuple[float, list[str]]:
        if width < 600:
            return _narrow(stages, steps, width)
        marks = [*_customers(stages, rows.customers, width), *_flow(stages, steps, rows, width)]
        low = _depth(stages, steps)
        if any(stage.days for stage in stages):
            marks += _days(stages, rows.days, width, low)
            return low + 92, marks
        return low, marks

    return both(draw, label, wide=1000, narrow=340)


def _centres(number: int, width: float) -> Callable[[int], float]:
    pitch = width / max(number, 1)
    return lambda index: pitch * (index + 0.5)


def _customers(stages: Sequence[Stage], title: str, width: float) -> Iterator[str]:
    most = max((stage.customers or 0.0 for stage in stages), default=0.0) or 1.0
    at, pitch = _centres(len(stages), width), width / max(len(stages), 1)
    yield text(0, 14, title, "q s")
    yield line(0, 122, width, 122, "kr2")
    for index, stage in enumerate(stages):
        if stage.customers is not None:
            tall = max(stage.customers / most * 76, 1.0)
            colour = f"f{phase_colour(index)} md"
            yield rect(at(index) - pitch * 0.34, 122 - tall, pitch * 0.68, tall, colour, title=stage.shown)
            yield text(at(index), 115 - tall, stage.shown, "b s", "middle")
        yield text(at(index), 140, _fit(stage.label, pitch), "b s", "middle")


def _fit(label: str, pitch: float) -> str:
    most = int(pitch / 6.6)
    return label if len(label) <= most else label[: most - 1] + "…"


def _scale(steps: Sequence[Step]) -> float:
    return _THICKEST / (max((step.most for step in steps), default=0.0) or 1.0)


def _flow(stages: Sequence[Stage], steps: Sequence[Step], rows: Rows, width: float) -> Iterator[str]:
    at, scale, middle = _centres(len(stages), width), _scale(steps), 246.0
    yield text(0, 172, rows.steps, "q s")
    for step in steps:
        if step.end == step.start + 1:
            yield from _linked(step, _onward(step, at(step.start) + 8, at(step.end) - 8, middle, scale))
        elif step.end > step.start:
            yield from _linked(step, _skip(step, at(step.start), at(step.end), middle - 32, scale))
    back = _backward(steps)
    if back:
        yield text(0, middle + 84, rows.back, "q s halo")
    for order, step in enumerate(back):
        yield from _linked(step, _back(step, order, at, middle + 30, scale))
    for index in range(len(stages)):
        yield rect(at(index) - 4, middle - 30, 8, 60, f"f{phase_colour(index)}", radius=1)


def _backward(steps: Sequence[Step]) -> list[Step]:
    """The greatest lapses, the shortest way first, so that curves lie inside each other."""
    back = sorted((step for step in steps if step.end < step.start), key=lambda step: -step.most)
    return sorted(back[:_MOST_BACK], key=lambda step: (step.start - step.end, step.start))


def _linked(step: Step, marks: Iterator[str]) -> Iterator[str]:
    drawn = list(marks)
    if step.href:
        yield link(step.href, drawn)
    else:
        yield from drawn


def _onward(step: Step, x0: float, x1: float, y: float, scale: float) -> Iterator[str]:
    colour = f"f{phase_colour(step.start)}"
    half = max(step.ours * scale / 2, 1.0)
    yield path(_arrow(x0, x1, y, half), f"{colour} lt hot", step.title)
    inner = max(step.nothing * scale / 2, 0.8)
    yield path(_arrow(x0, x1 - 10, y, inner), f"{colour} md", step.title)
    top = max(half, inner)
    yield text((x0 + x1) / 2 - 3, y - top - 6, step.shown, "b halo", "middle")
    yield text((x0 + x1) / 2 - 3, y + top + 17, step.without, "m s halo", "middle")


def _arrow(x0: float, x1: float, y: float, half: float) -> str:
    head = min(max(half * 0.7, 5.0), 16.0)
    return f"M{r(x0)} {r(y - half)}H{r(x1 - head)}L{r(x1)} {r(y)}L{r(x1 - head)} {r(y + half)}H{r(x0)}Z"


def _skip(step: Step, x0: float, x1: float, y: float, scale: float) -> Iterator[str]:
    rise = 26.0 + 8.0 * min(step.end - step.start, 4)
    thick = max(step.most * scale, 1.2)
    curve = f"M{r(x0)} {r(y)}C{r(x0)} {r(y - rise)} {r(x1)} {r(y - rise)} {r(x1)} {r(y)}"
    cls = f"ln k{phase_colour(step.start)}"
    yield f'<path d="{curve}" class="{cls}" stroke-width="{thick:.1f}" stroke-opacity="0.5"></path>'
    yield text((x0 + x1) / 2, y - rise * 0.75 - thick / 2 - 3, step.shown, "m s halo", "middle")


def _back(step: Step, order: int, at: Callable[[int], float], y: float, scale: float) -> Iterator[str]:
    x0, x1 = at(step.start) - 6 + 3 * (order % 3), at(step.end) + 6 - 3 * (order % 3)
    depth = 34.0 + 24.0 * order
    thick = max(step.most * scale, 1.2)
    head = 3 + thick / 2
    low = y + depth * 4 / 3
    curve = f"M{r(x0)} {r(y)}C{r(x0)} {r(low)} {r(x1)} {r(low)} {r(x1)} {r(y + head)}"
    yield f'<path d="{curve}" class="ln kb" stroke-width="{thick:.1f}"></path>'
    yield path(f"M{r(x1)} {r(y)}l{r(-head)} {r(head * 1.5)}h{r(2 * head)}Z", "fb", step.title)
    words = f"{step.shown}, {step.without}" if step.strong else step.shown
    cls = "b bd s halo" if step.strong else "bd s halo"
    yield text((x0 + x1) / 2, y + depth + thick / 2 + 14, words, cls, "middle")


def _depth(stages: Sequence[Stage], steps: Sequence[Step]) -> float:
    """Where the lapses end."""
    back = _backward(steps)
    return 246.0 + 70.0 + (24.0 * len(back) + 34.0 if back else 0.0)


def _days(stages: Sequence[Stage], title: str, width: float, top: float) -> Iterator[str]:
    """Whisker, box and median by phase, on a root scale with 30, 90 and 365 days marked."""
    pitch = width / max(len(stages), 1)
    room = pitch - 26
    yield line(0, top, width, top, "kr")
    yield text(0, top + 18, title, "q s")
    for index, stage in enumerate(stages):
        left = pitch * index + 10

        def x(days: float, left: float = left) -> float:
            return left + room * math.sqrt(min(days, _MOST_DAYS) / _MOST_DAYS)

        for mark in _DAY_MARKS:
            yield line(x(mark), top + 44, x(mark), top + 66, "kr")
            yield text(x(mark), top + 82, f"{mark:g}", "q s", "middle")
        if stage.days is not None:
            colour, y = phase_colour(index), top + 55
            p10, p25, p50, p75, p90 = (x(value) for value in stage.days)
            yield line(p10, y, p90, y, f"k{colour} w2")
            yield rect(p25, y - 6, p75 - p25, 12, f"f{colour} md", radius=2, title=stage.median)
            yield line(p50, y - 9, p50, y + 9, "ki w2")
            place = min(max(p50, left + 16), left + room - 16)
            yield text(place, top + 38, stage.median, "b s", "middle")
        if stage.lapses is not None:
            yield path(f"M{r(x(stage.lapses))} {r(top + 48)}l4 -7h-8Z", "fi", f"{stage.lapses:g}")


def _narrow(stages: Sequence[Stage], steps: Sequence[Step], width: float) -> tuple[float, list[str]]:
    """Phase below phase: how many are there, who goes on, who falls back."""
    most = max((stage.customers or 0.0 for stage in stages), default=0.0) or 1.0
    scale = (width - 120) / (max((step.most for step in steps), default=0.0) or 1.0)
    marks: list[str] = []
    y = 0.0
    for index, stage in enumerate(stages):
        colour = f"f{phase_colour(index)}"
        marks += [rect(0, y, 4, 34, colour), text(12, y + 13, stage.label, "b s")]
        if stage.customers is not None:
            size = max(stage.customers / most * (width - 90), 1)
            marks.append(rect(12, y + 20, size, 12, f"{colour} md", radius=1))
            marks.append(text(18 + size, y + 31, stage.shown, "b s"))
        y += 44
        for step in sorted((s for s in steps if s.start == index), key=lambda s: s.end):
            back = step.end < index
            cls = "fb" if back else colour
            words = f"{'↑' if back else '↓'} {stages[step.end].label}"
            drawn = [text(12, y + 11, words, "bd s" if back else "m s")]
            drawn.append(
                rect(12, y + 17, max(step.ours * scale, 1.5), 10, f"{cls} lt", radius=1, title=step.title)
            )
            drawn.append(rect(12, y + 20, max(step.nothing * scale, 1.5), 4, f"{cls} md", radius=1))
            drawn.append(text(18 + max(step.most * scale, 2), y + 26, step.shown, "b s"))
            marks += list(_linked(step, iter(drawn)))
            y += 36
        y += 8
    return y, marks
