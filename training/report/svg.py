"""SVG by hand, readable on a phone.

Small shapes as text, the same bytes for the same numbers. Knows coordinates and colours; knows nothing of
what is drawn. Everything that comes from data is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

WIDTH: Final = 440
"""Units of every picture: shown 440 px wide on a desk, shrunk by little on a phone."""

BLUE: Final = "#1f5fa8"
ORANGE: Final = "#c8611a"
GREY: Final = "#9aa3ad"
LIGHT: Final = "#e4e8ec"
INK: Final = "#22282e"
PALETTE: Final = ("#4878a8", "#c8611a", "#5a9367", "#8b6bb1", "#b8902f", "#4a9da8", "#a84d62", "#7a7f87")


def f(value: float) -> str:
    """A coordinate, two digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def svg(height: float, parts: Iterable[str], label: str) -> str:
    """The picture; ``label`` is read out in its place."""
    body = "".join(parts)
    box = f"0 0 {WIDTH} {f(height)}"
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(label, quote=True)}">{body}</svg>'


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: float = 12,
    fill: str = INK,
    bold: bool = False,
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{f(x)}" y="{f(y)}" text-anchor="{anchor}" font-size="{f(size)}" fill="{fill}"{weight}>'
        f"{escape(words)}</text>"
    )


def line(
    x1: float, y1: float, x2: float, y2: float, *, stroke: str = GREY, width: float = 1, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{f(x1)}" y1="{f(y1)}" x2="{f(x2)}" y2="{f(y2)}" stroke="{stroke}" '
        f'stroke-width="{f(width)}"{dashed}/>'
    )


def rect(x: float, y: float, width: float, height: float, fill: str, *, opacity: float = 1) -> str:
    faded = f' fill-opacity="{f(opacity)}"' if opacity < 1 else ""
    size = f'width="{f(max(width, 0))}" height="{f(max(height, 0))}"'
    return f'<rect x="{f(x)}" y="{f(y)}" {size} fill="{fill}"{faded}/>'


def circle(x: float, y: float, radius: float, fill: str) -> str:
    return f'<circle cx="{f(x)}" cy="{f(y)}" r="{f(radius)}" fill="{fill}"/>'


def path(d: str, *, stroke: str = "none", fill: str = "none", width: float = 1, opacity: float = 1) -> str:
    return f'<path d="{d}" stroke="{stroke}" fill="{fill}" stroke-width="{f(width)}" opacity="{f(opacity)}"/>'


def polyline(points: Iterable[tuple[float, float]], stroke: str, width: float = 2) -> str:
    joined = " ".join(f"{f(x)},{f(y)}" for x, y in points)
    return f'<polyline points="{joined}" fill="none" stroke="{stroke}" stroke-width="{f(width)}"/>'


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from ``low`` to ``high``."""
    if high <= low:
        return [low]
    raw = (high - low) / most
    power = 10.0 ** len(f"{int(raw)}") / 10 if raw >= 1 else 1.0
    while power > raw:
        power /= 10
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw)
    first = int(low / step) - 1
    marks = [step * k for k in range(first, first + 3 * most + 4)]
    return [round(t, 10) for t in marks if low - 1e-9 <= t <= high + 1e-9]


def short(words: str, most: int) -> str:
    """Cut to ``most`` characters."""
    return words if len(words) <= most else words[: most - 1] + "…"
