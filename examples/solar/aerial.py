"""The own roof from above as pixels: the same outline, panels and trees that pages draw.

Mail programs show no SVG. Knows shapes in metres on the plan (x east, y north); geometry is ``roof.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from PIL import Image, ImageDraw

Point = tuple[float, float]
Polygon = list[Point]

_GRASS, _BACK, _FACE, _EDGE = "#93ad6f", "#8a3d28", "#bd5b3e", "#ffd45e"
_PANEL, _FRAME, _FREE, _CROWN, _LIGHT = "#1d4268", "#b9cbd8", "#ffe9ae", "#5f8043", "#86a85a"
_MARGIN: Final = 3.0  # m around the house
_FINE: Final = 2  # drawn so much larger, then made small: smooth edges


class Shapes(NamedTuple):
    """What lies on the plan, in metres. ``free``: places that are left out for their shade."""

    face: Polygon
    back: Polygon
    panels: list[Polygon]
    free: list[Polygon]
    trees: list[tuple[float, float, float]]


def shapes(
    house: Mapping[str, Any],
    spots: list[Mapping[str, Any]],
    on_plan: Callable[[Mapping[str, Any], float, float], Point],
    most_shade: float,
) -> Shapes:
    """The house on the plan; ``spots``: as ``figures`` of the roof finds them."""
    outline = house["outline"]
    deep = house.get("back_m", max(w for _, w in outline))
    left, right = min(u for u, _ in outline), max(u for u, _ in outline)
    panels: list[Polygon] = []
    free: list[Polygon] = []
    for spot in spots:
        u, w, width, depth = spot["at"]
        corners = [(u, w), (u + width, w), (u + width, w + depth), (u, w + depth)]
        polygon = [on_plan(house, *corner) for corner in corners]
        (free if spot["shade"] > most_shade else panels).append(polygon)
    back = [(left, 0), (right, 0), (right, -deep), (left, -deep)]
    return Shapes(
        [on_plan(house, u, w) for u, w in outline],
        [on_plan(house, u, w) for u, w in back],
        panels,
        free,
        [(*tree["at"], tree["radius"]) for tree in house.get("trees", ())],
    )


def aerial(found: Shapes, size: tuple[int, int]) -> Image.Image:
    """The picture: the whole house in its middle, trees as far as they reach into it."""
    width, height = size[0] * _FINE, size[1] * _FINE
    around = found.face + found.back
    (x0, x1), (y0, y1) = ((min(p[i] for p in around), max(p[i] for p in around)) for i in (0, 1))
    scale = min(width / (x1 - x0 + 2 * _MARGIN), height / (y1 - y0 + 2 * _MARGIN))
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)

    def pixel(point: Point) -> Point:
        return width / 2 + (point[0] - middle[0]) * scale, height / 2 - (point[1] - middle[1]) * scale

    picture = Image.new("RGB", (width, height), _GRASS)
    draw = ImageDraw.Draw(picture)
    draw.polygon([pixel(p) for p in found.back], fill=_BACK)
    draw.polygon([pixel(p) for p in found.face], fill=_FACE, outline=_EDGE, width=3 * _FINE)
    for panel in found.panels:
        draw.polygon([pixel(p) for p in panel], fill=_PANEL, outline=_FRAME, width=_FINE)
    for place in found.free:
        draw.polygon([pixel(p) for p in place], outline=_FREE, width=_FINE)
    for x, y, radius in found.trees:
        for part, colour in ((1.0, _CROWN), (0.65, _LIGHT)):
            (a, b), r = pixel((x - 0.2 * radius * (part < 1), y)), radius * part * scale
            draw.ellipse((a - r, b - r, a + r, b + r), fill=colour)
    return picture.resize(size, Image.Resampling.LANCZOS)
