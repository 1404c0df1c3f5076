"""A tree of conditions, drawn from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.drawing.marks import line, path, r, rect, svg, text

_ROW = 40.0
_BAR = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Twig:
    """A leaf with its conditions, ready to print, the first first.

    ``share``: of its people who belong to the group; ``weight``: its part of the whole group; both in [0, 1].
    """

    conditions: tuple[str, ...]
    share: float
    weight: float
    shown: str
    strong: bool = False


def tree(twigs: Sequence[Twig], label: str, *, width: float = 1000) -> str:
    """Leaves at the right, each with a bar of its share; edges as thick as their part of the group."""
    ordered = _ordered(twigs)
    depth = max((len(twig.conditions) for twig in ordered), default=0)
    right = width - _BAR - 96
    pitch = (right - 24) / max(depth, 1)
    marks: list[str] = []
    nodes: dict[tuple[str, ...], list[float]] = {}
    places = [20 + _ROW * index for index in range(len(ordered))]
    for twig, y in zip(ordered, places, strict=True):
        for level in range(len(twig.conditions) + 1):
            nodes.setdefault(twig.conditions[:level], []).append(y)
    middle = {prefix: sum(ys) / len(ys) for prefix, ys in nodes.items()}
    weight = {
        prefix: sum(t.weight for t in ordered if t.conditions[: len(prefix)] == prefix) for prefix in nodes
    }
    for prefix, y in middle.items():
        if not prefix:
            continue
        x0, x1 = 8 + pitch * (len(prefix) - 1), 8 + pitch * len(prefix)
        marks.append(_edge(x0, middle[prefix[:-1]], x1, y, weight[prefix]))
        marks.append(text(x1 - 6, y - 7, prefix[-1], "s halo", "end"))
    for twig, y in zip(ordered, places, strict=True):
        x = 8 + pitch * len(twig.conditions)
        marks.append(line(x, y, right + 8, y, "kr2 da"))
        look = "fw" if twig.strong else "ft lt"
        marks.append(rect(right + 12, y - 7, _BAR, 14, "fr lt", radius=2))
        marks.append(rect(right + 12, y - 7, _BAR * twig.share, 14, look, radius=2))
        marks.append(text(right + 18 + _BAR, y + 5, twig.shown, "b" if twig.strong else ""))
    return svg(width, 20 + _ROW * len(ordered), marks, label, "c wid")


def _ordered(twigs: Sequence[Twig]) -> list[Twig]:
    """Those with the same first conditions next to each other, as a tree is read."""
    order: dict[tuple[str, ...], int] = {}
    for place, twig in enumerate(twigs):
        for level in range(len(twig.conditions) + 1):
            order.setdefault(twig.conditions[:level], place)
    return sorted(
        twigs, key=lambda twig: [order[twig.conditions[:level]] for level in range(len(twig.conditions) + 1)]
    )


def _edge(x0: float, y0: float, x1: float, y1: float, weight: float) -> str:
    mid = (x0 + x1) / 2
    thick = max(14 * weight, 1.2)
    d = f"M{r(x0)} {r(y0)}C{r(mid)} {r(y0)} {r(mid)} {r(y1)} {r(x1)} {r(y1)}"
    return path(d, "ln kw lt").replace("<path ", f'<path stroke-width="{thick:.1f}" ', 1)
