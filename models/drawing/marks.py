"""Marks of drawings: geometry in attributes, colour in classes, nothing inline.

Each function returns SVG text, the same for the same numbers, so a drawing can be tested as text and turns
dark by its style sheet alone. Words and numbers arrive ready to print; whatever comes from data is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Final

WIDE: Final = 1000
NARROW: Final = 350
Point = tuple[float, float]


def r(value: float) -> str:
    """A coordinate, one digit."""
    shown = f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def svg(width: float, height: float, marks: Iterable[str], label: str, cls: str = "") -> str:
    """A drawing with the sentence for those who cannot see it; with links it is a group, so they stay."""
    body = "".join(marks)
    role = "group" if "<a " in body else "img"
    return (
        f'<svg class="{cls}" viewBox="0 0 {width:g} {height:g}" role="{role}"'
        f' aria-label="{escape(label, quote=True)}">{body}</svg>'
    )


def both(
    draw: Callable[[float], tuple[float, Iterable[str]]],
    label: str,
    *,
    wide: float = WIDE,
    narrow: float = NARROW,
) -> str:
    """One chart for the desk and one for the phone; ``draw(width)`` gives height and marks."""
    parts = []
    for width, cls in ((wide, "c wid"), (narrow, "c nar")):
        height, marks = draw(width)
        parts.append(svg(width, height, marks, label, cls))
    return "".join(parts)


def text(x: float, y: float, words: object, cls: str = "", anchor: str = "start") -> str:
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{r(x)}" y="{r(y)}"{place}{_class(cls)}>{escape(str(words))}</text>'


def rect(
    x: float, y: float, width: float, height: float, cls: str, *, radius: float = 0, title: str = ""
) -> str:
    round_ = f' rx="{radius:g}"' if radius else ""
    size = f'width="{r(max(width, 0))}" height="{r(max(height, 0))}"'
    return f'<rect x="{r(x)}" y="{r(y)}" {size}{round_}{_class(cls)}{_end("rect", title)}'


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    return f'<line x1="{r(x1)}" y1="{r(y1)}" x2="{r(x2)}" y2="{r(y2)}"{_class(cls)}/>'


def dot(x: float, y: float, radius: float, cls: str, title: str = "") -> str:
    return f'<circle cx="{r(x)}" cy="{r(y)}" r="{r(radius)}"{_class(cls)}{_end("circle", title)}'


def path(d: str, cls: str, title: str = "") -> str:
    return f'<path d="{d}"{_class(cls)}{_end("path", title)}'


def polyline(points: Iterable[Point], cls: str) -> str:
    return f'<polyline points="{_points(points)}" class="ln {cls}"/>'


def band(upper: Sequence[Point], lower: Sequence[Point], cls: str = "area") -> str:
    """An interval over time: the area between two lines."""
    return f'<polygon points="{_points([*upper, *reversed(lower)])}"{_class(cls)}/>'


def link(href: str, marks: Iterable[str], label: str = "") -> str:
    """Marks that lead somewhere; without a label their own texts are read out."""
    name = f' aria-label="{escape(label, quote=True)}"' if label else ""
    return f'<a href="{escape(href, quote=True)}"{name}>{"".join(marks)}</a>'


def ribbon(start: Point, end: Point, thickness: float, cls: str, title: str = "") -> str:
    """A flow of constant thickness between two columns; a point's y is its middle."""
    (x0, y0), (x1, y1), half = start, end, thickness / 2
    mid = (x0 + x1) / 2
    there = f"M{r(x0)} {r(y0 - half)}C{r(mid)} {r(y0 - half)} {r(mid)} {r(y1 - half)} {r(x1)} {r(y1 - half)}"
    back = f"V{r(y1 + half)}C{r(mid)} {r(y1 + half)} {r(mid)} {r(y0 + half)} {r(x0)} {r(y0 + half)}Z"
    return path(there + back, cls, title)


def lapse(x0: float, x1: float, y: float, depth: float, thickness: float, title: str = "") -> str:
    """From the later column ``x0`` down, back and up into the earlier ``x1``, with an arrow head there."""
    low, head = y + depth, 3 + thickness
    curve = f"M{r(x0)} {r(y)}C{r(x0)} {r(low)} {r(x1)} {r(low)} {r(x1)} {r(y + head)}"
    return (
        f'<path d="{curve}" class="ln kb" stroke-width="{max(thickness, 1):.1f}"{_end("path", title)}'
        + path(f"M{r(x1)} {r(y)}l{r(-head)} {r(head * 1.5)}h{r(2 * head)}Z", "fb")
    )


def interval(
    value: float, low: float, high: float, y: float, *, proved: bool = True, cls: str = "a", title: str = ""
) -> str:
    """A value with its interval: filled where it is proved, hollow where it is not."""
    fill = f"f{cls}" if proved else f"fs k{cls} w2"
    return line(low, y, high, y, f"k{cls} w2") + dot(value, y, 5, fill, title)


def change_mark(x: float, top: float, bottom: float, letter: str, title: str) -> str:
    """A change on a time chart; a line below the chart explains the letter."""
    return (
        line(x, top + 16, x, bottom, "ki da")
        + dot(x, top + 8, 9, "fi", title)
        + text(x, top + 12, letter, "s b mk", "middle")
    )


def change_marks(places: Sequence[tuple[float, str, str]], top: float, bottom: float) -> list[str]:
    """Changes on a time chart: x, letter and title of each, in order.

    Letters that would meet stand side by side.
    """
    drawn: list[str] = []
    free = -math.inf
    for x, letter, title in places:
        at = max(x, free)
        free = at + 20
        if at == x:
            drawn.append(change_mark(x, top, bottom, letter, title))
        else:
            drawn += [dot(at, top + 8, 9, "fi", title), text(at, top + 12, letter, "s b mk", "middle")]
    return drawn


def young(x: float, y: float, width: float, height: float, ident: str) -> str:
    """Days that will still grow, because their response window is open: hatched."""
    return (
        f'<defs><pattern id="{ident}" width="6" height="6" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><path d="M0 0V6" class="hat"/></pattern></defs>'
        f'<rect x="{r(x)}" y="{r(y)}" width="{r(width)}" height="{r(height)}" fill="url(#{ident})"/>'
    )


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{r(x)},{r(y)}" for x, y in points)


def _class(cls: str) -> str:
    return f' class="{cls}"' if cls else ""


def _end(tag: str, title: str) -> str:
    return f"><title>{escape(title)}</title></{tag}>" if title else "/>"
