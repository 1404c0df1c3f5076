"""The drawings: from the rows of a figure to SVG.

Each knows which keys its rows have; none computes anything but coordinates. Marks are those of the console
(``models/drawing``): geometry in attributes, colour in the classes of ``style.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.drawing import marks
from models.drawing.intervals import ticks
from models.drawing.marks import band, dot, line, polyline, rect, ribbon, text
from models.drawing.timeline import phase_colour
from training.report.figure import Figure, Row, number

WIDTH: Final = 440
"""Units of every picture: shown 440 px wide on a desk, shrunk by little on a phone."""

LEAST_ODDS: Final = 0.001
"""Rounded odds may be 0 where little is known; they are drawn as this."""

SERIES: Final = ("fa", "fw", "ft")


def draw(figure: Figure) -> str:
    """The figure's picture; empty for a table without one."""
    make = DRAWINGS[figure.kind]
    return make(figure) if figure.rows else ""


def short(words: str, most: int) -> str:
    """Cut to ``most`` characters."""
    return words if len(words) <= most else words[: most - 1] + "…"


def _svg(height: float, parts: Sequence[str], figure: Figure) -> str:
    return marks.svg(WIDTH, height, parts, figure.title, "c")


def _bars(figure: Figure) -> str:
    """One bar per row and series. Options: ``label``, ``series``: key → name, ``percent``."""
    series: Mapping[str, str] = figure.options["series"]
    percent = figure.options.get("percent", False)
    most = max((row[key] or 0 for row in figure.rows for key in series), default=0) or 1
    thick, gap, left, right = 12.0, 8.0, 176.0, 50.0
    parts, y = _legend(list(zip(series.values(), SERIES, strict=False))), 30.0
    for row in figure.rows:
        middle = y + thick * len(series) / 2
        parts.append(text(left - 8, middle + 4, short(str(row[figure.options["label"]]), 26), "s", "end"))
        for key, cls in zip(series, SERIES, strict=False):
            value = row[key]
            if value is not None:
                wide = (WIDTH - left - right) * value / most
                shown = f"{value:.1%}" if percent else number(value)
                parts += [
                    rect(left, y, wide, thick - 1, cls),
                    text(left + wide + 4, y + 9.5, shown, "x"),
                ]
            y += thick
        y += gap
    return _svg(y, parts, figure)


def _legend(names: Sequence[tuple[str, str]]) -> list[str]:
    parts, x = [], 8.0
    for name, cls in names:
        parts += [rect(x, 6, 10, 10, cls), text(x + 14, 15, name, "s")]
        x += 30 + 6.1 * len(name)
    return parts


def _intervals(figure: Figure) -> str:
    """A dot and its interval per row. Options: ``label`` (key), ``log``, ``zero``: the reference."""
    log = figure.options.get("log", False)
    scale: Callable[[float], float] = _log_odds if log else float
    shown = [row for row in figure.rows if row["value"] is not None]
    if not shown:
        return ""
    zero = figure.options.get("zero")
    ends = [scale(row[key]) for row in shown for key in ("low", "high")] + (
        [scale(zero)] if zero is not None else []
    )
    low, high = min(ends), max(ends)
    low, high = low - 0.04 * (high - low or 1), high + 0.04 * (high - low or 1)
    left, right, step = 14.0, 14.0, 50.0 if "step" in shown[0] else 36.0
    wide = WIDTH - left - right

    def at(value: float) -> float:
        return left + wide * (scale(value) - low) / (high - low)

    height = 14 + step * len(shown) + 24
    parts = []
    for mark in ticks(low, high, log):
        parts += [
            line(at(mark), 6, at(mark), height - 22, "kr"),
            text(at(mark), height - 8, f"×{mark:g}" if log else f"{mark:g}", "x", "middle"),
        ]
    if zero is not None:
        parts.append(line(at(zero), 6, at(zero), height - 22, "kq da"))
    for index, row in enumerate(shown):
        y = 14 + step * index
        ours = bool(row.get("ours", False))
        cls = "a" if row.get("ours", True) else "t"
        words = short(str(row[figure.options["label"]]), 64)
        parts.append(text(left, y + 6, words, "s b halo" if ours else "s halo"))
        if "step" in row:
            y += 14
            parts.append(text(left, y + 6, short(str(row["step"]), 64), "s q halo"))
        parts += [
            line(at(row["low"]), y + 18, at(row["high"]), y + 18, f"k{cls} w2"),
            dot(at(row["value"]), y + 18, 4.5, f"f{cls}"),
        ]
    return _svg(height, parts, figure)


def _log_odds(value: float) -> float:
    return math.log(max(value, LEAST_ODDS))


def _reliability(figure: Figure) -> str:
    """Promised against happened, one small panel per ``panel``. Rows: panel, promised, happened, rows."""
    panels: dict[str, list[Row]] = {}
    for row in figure.rows:
        panels.setdefault(str(row["panel"]), []).append(row)
    columns = 1 if len(panels) == 1 else 2
    side = 300.0 if columns == 1 else 168.0
    parts, cell = [], (WIDTH / columns, side + 62)
    for index, (name, rows) in enumerate(panels.items()):
        x = cell[0] * (index % columns) + (38 if columns == 2 else 70)
        y = cell[1] * (index // columns) + 26
        parts += _panel(x, y, side, name, rows)
    height = cell[1] * math.ceil(len(panels) / columns)
    return _svg(height, parts, figure)


def _panel(x: float, y: float, side: float, name: str, rows: Sequence[Row]) -> list[str]:
    top = max(max(row["promised"], row["high"]) for row in rows) * 1.08 or 1.0

    def px(value: float) -> float:
        return x + side * min(value / top, 1.0)

    def py(value: float) -> float:
        return y + side - side * min(value / top, 1.0)

    parts = [
        text(x, y - 8, short(name, 28), "b"),
        rect(x, y, side, side, "fl"),
        line(px(0), py(0), px(top), py(top), "kq da"),
    ]
    for mark in ticks(0, top, most=3):
        parts += [
            text(px(mark), y + side + 14, f"{mark:.3g}", "x", "middle"),
            text(x - 5, py(mark) + 3, f"{mark:.3g}", "x", "end"),
        ]
    for row in rows:
        parts += [
            line(px(row["promised"]), py(row["low"]), px(row["promised"]), py(row["high"]), "ka"),
            dot(px(row["promised"]), py(row["happened"]), 3.2, "fa"),
        ]
    parts.append(text(x + side / 2, y + side + 27, "promised", "x q", "middle"))
    return parts


def _curve(figure: Figure) -> str:
    """A curve with its band, and the straight line of targeting at random. Rows: share, value, low, high."""
    rows = figure.rows
    low = min(0.0, *(row["low"] for row in rows))
    high = max(0.0, *(row["high"] for row in rows))
    low, high = low - 0.03 * (high - low or 1), high + 0.03 * (high - low or 1)
    left, top, wide, tall = 52.0, 26.0, WIDTH - 66.0, 220.0

    def at(row: Row, key: str) -> tuple[float, float]:
        return left + wide * row["share"], top + tall * (1 - (row[key] - low) / (high - low))

    parts = _legend([("best customers first", "fa"), ("in any order", "ft")])
    for mark in ticks(low, high, most=5):
        y = top + tall * (1 - (mark - low) / (high - low))
        parts += [
            line(left, y, left + wide, y, "kq" if mark == 0 else "kr"),
            text(left - 5, y + 4, f"{mark:g}", "x", "end"),
        ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(text(left + wide * share, top + tall + 16, f"{share:.0%}", "x", "middle"))
    parts += [
        band([at(row, "high") for row in rows], [at(row, "low") for row in rows]),
        polyline([at(rows[0], "value"), at(rows[-1], "value")], "kt"),
        polyline([at(row, "value") for row in rows], "ka w2"),
        text(left + wide / 2, top + tall + 32, "share of customers acted on", "s", "middle"),
    ]
    return _svg(top + tall + 40, parts, figure)


def _frontier(figure: Figure) -> str:
    """Two aims against each other, a line for each kind of row. Rows: kind, points, gain. Options: x, y."""
    rows = figure.rows
    ends = {key: (min(r[key] for r in rows), max(r[key] for r in rows)) for key in ("points", "gain")}
    left, top, wide, tall = 58.0, 44.0, WIDTH - 80.0, 220.0
    room = {key: 0.06 * ((high - low) or 1.0) for key, (low, high) in ends.items()}

    def at(row: Row) -> tuple[float, float]:
        x, y = (
            (row[key] - ends[key][0] + room[key]) / (ends[key][1] - ends[key][0] + 2 * room[key])
            for key in ("points", "gain")
        )
        return left + wide * x, top + tall * (1 - y)

    kinds = list(dict.fromkeys(str(row["kind"]) for row in rows))
    parts = _legend(list(zip(kinds, SERIES, strict=False)))
    for mark in ticks(*ends["gain"], most=5):
        y = at({"points": ends["points"][0], "gain": mark})[1]
        parts += [line(left, y, left + wide, y, "kr"), text(left - 5, y + 4, f"{mark:g}", "x", "end")]
    for mark in ticks(*ends["points"], most=5):
        x = at({"points": mark, "gain": ends["gain"][0]})[0]
        parts += [line(x, top, x, top + tall, "kr"), text(x, top + tall + 16, f"{mark:g}", "x", "middle")]
    for kind, cls in zip(kinds, SERIES, strict=False):
        own = sorted((at(row) for row in rows if row["kind"] == kind), key=lambda each: each[0])
        parts += [polyline(own, f"k{cls[1:]}")] if len(own) > 1 else []
        parts += [dot(x, y, 3.6 if len(own) > 1 else 5.5, cls) for x, y in own]
    parts += [
        text(left - 46, top - 10, short(str(figure.options["y"]), 40), "s"),
        text(left + wide / 2, top + tall + 32, str(figure.options["x"]), "s", "middle"),
    ]
    return _svg(top + tall + 40, parts, figure)


def _flow(figure: Figure) -> str:
    """Who moves from which phase to which. Rows: from, to, nothing, ours (per 1,000 customers)."""
    phases: Sequence[str] = figure.options["phases"]
    most = max(sum(row[key] for row in figure.rows) for key in ("nothing", "ours")) or 1.0
    unit = 230.0 / most
    parts, y = [], 0.0
    for key, name in (("nothing", "If nothing is done"), ("ours", "With the actions of this bundle")):
        panel, height = _flow_panel(figure.rows, phases, key, unit, y + 24)
        total = sum(row[key] for row in figure.rows)
        parts += [text(8, y + 14, f"{name}: {total:.1f} of 1,000 move", "b"), *panel]
        y += height + 34
    return _svg(y, parts, figure)


def _flow_panel(
    rows: Sequence[Row], phases: Sequence[str], key: str, unit: float, top: float
) -> tuple[list[str], float]:
    """Ribbons from the left column (phase now) to the right one (phase at the horizon)."""
    gap, left, right, bar = 13.0, 132.0, WIDTH - 132.0, 9.0
    colour = {phase: f"f{phase_colour(i)}" for i, phase in enumerate(phases)}
    sides: dict[str, dict[str, float]] = {}
    height = 0.0
    parts: list[str] = []
    for side in ("from", "to"):
        y, starts = top, {}
        for phase in phases:
            total = sum(row[key] for row in rows if row[side] == phase)
            starts[phase] = y
            x, anchor, at = (
                (left - bar, "end", left - bar - 5) if side == "from" else (right, "start", right + bar + 5)
            )
            middle = y + max(total * unit, 8) / 2 + 4
            parts += [
                rect(x, y, bar, max(total * unit, 0.8), colour[phase]),
                text(at, middle, f"{short(phase, 17)} {total:.1f}", "x", anchor),
            ]
            y += max(total * unit, 0.8) + gap
        sides[side] = starts
        height = max(height, y - top)
    for row in rows:
        thick = row[key] * unit
        if thick > 0:
            y1, y2 = sides["from"][row["from"]], sides["to"][row["to"]]
            sides["from"][row["from"]] += thick
            sides["to"][row["to"]] += thick
            ends = (left, y1 + thick / 2), (right, y2 + thick / 2)
            parts.append(ribbon(*ends, thick, f"{colour[row['from']]} lt"))
    return parts, height


def _checks(figure: Figure) -> str:
    """Passed and refused, one mark a row. Rows: check, passed."""
    parts, y = [], 8.0
    for row in figure.rows:
        cls, word = ("fg", "passed") if row["passed"] else ("fb", "REFUSED")
        parts += [
            dot(14, y + 8, 6, cls),
            text(28, y + 12, str(row["check"])),
            text(WIDTH - 10, y + 12, word, f"b {cls}", "end"),
        ]
        y += 24
    return _svg(y + 4, parts, figure)


def _no_drawing(_: Figure) -> str:
    return ""


DRAWINGS: Final[Mapping[str, Callable[[Figure], str]]] = {
    "bars": _bars,
    "intervals": _intervals,
    "reliability": _reliability,
    "curve": _curve,
    "frontier": _frontier,
    "flow": _flow,
    "checks": _checks,
    "table": _no_drawing,
}
