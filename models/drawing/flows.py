"""Bands between two columns show who goes from where to where.

As thick as they are many.
Only those who move are drawn; the totals at the labels say how many there are in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from models.drawing.marks import both, rect, ribbon, text

_PITCH = 40.0
"""Two lines of text stand next to each end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Those who go from ``start`` to ``end``.

    Both are names of ends. ``cls``: of the fill.
    """

    start: str
    end: str
    value: float
    cls: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Words at one end of bands."""

    label: str
    note: str
    cls: str = "fa"


def flows(
    bands: Sequence[Band],
    starts: Mapping[str, End],
    ends: Mapping[str, End],
    heads: tuple[str, str],
    label: str,
) -> str:
    """Bands from the left column to the right; ends in the order in which they are given."""
    return both(partial(_flows, bands, starts, ends, heads), label)


def _flows(
    bands: Sequence[Band],
    starts: Mapping[str, End],
    ends: Mapping[str, End],
    heads: tuple[str, str],
    width: float,
) -> tuple[float, list[str]]:
    room = 300.0 if width > 400 else 128.0
    left, right = room, width - room
    whole = sum(band.value for band in bands) or 1.0
    scale = (240.0 if width > 400 else 190.0) / whole
    out = _places([(name, sum(b.value for b in bands if b.start == name)) for name in starts], scale)
    into = _places([(name, sum(b.value for b in bands if b.end == name)) for name in ends], scale)
    marks = [text(left, 12, heads[0], "q s", "end"), text(right, 12, heads[1], "q s")]
    used = dict.fromkeys([*((0, name) for name in starts), *((1, name) for name in ends)], 0.0)
    first, second = ({name: place for place, name in enumerate(names)} for names in (starts, ends))
    for band in sorted(bands, key=lambda one: (first[one.start], second[one.end])):
        thick = band.value * scale
        y0 = out[band.start][0] + used[0, band.start] + thick / 2
        y1 = into[band.end][0] + used[1, band.end] + thick / 2
        used[0, band.start] += thick
        used[1, band.end] += thick
        marks.append(ribbon((left + 8, y0), (right - 8, y1), max(thick, 1.0), f"{band.cls} lt2", band.title))
    for places, words, x, anchor in ((out, starts, left, "end"), (into, ends, right, "start")):
        for name, (y, tall) in places.items():
            end, middle = words[name], y + tall / 2
            edge = x - 10 if anchor == "end" else x + 10
            marks.append(rect(x if anchor == "end" else x - 8, y, 8, max(tall, 2.0), end.cls))
            marks.append(text(edge, middle - 1, end.label, "s b", anchor))
            marks.append(text(edge, middle + 14, end.note, "q s", anchor))
    lowest = max(y + tall for places in (out, into) for y, tall in places.values())
    return max(lowest, 40) + 24, marks


def _places(sums: Sequence[tuple[str, float]], scale: float) -> dict[str, tuple[float, float]]:
    """Name → top and height; small ones are spread so that their words have room."""
    places, y = {}, 28.0
    for name, value in sums:
        tall = value * scale
        room = max(tall, _PITCH)
        places[name] = (y + (room - tall) / 2, tall)
        y += room + 6
    return places
