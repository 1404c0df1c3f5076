"""Bands are as thick as they are many, and ends have room for their words."""

from __future__ import annotations

import re

from models.drawing.flows import Band, End, flows

ENDS = {name: End(label=name.upper(), note=f"{name} goes") for name in "abc"}


def drawn(*moves: tuple[str, str, float]) -> str:
    bands = [Band(start=a, end=b, value=n, cls="fa", title=f"{a}{b}") for a, b, n in moves]
    starts = {a: ENDS[a] for a, _, _ in moves}
    ends = {b: ENDS[b] for _, b, _ in moves}
    return flows(bands, starts, ends, ("now", "then"), "said").split("</svg>")[0]


def test_ends_are_as_tall_as_their_bands_together() -> None:
    """240 high in all: 3 of 4 are 180, 1 of 4 is 60."""
    found = drawn(("a", "c", 3), ("b", "c", 1))

    assert [float(tall) for tall in re.findall(r'width="8" height="([\d.]+)"', found)] == [180, 60, 240]


def test_small_ends_lie_at_least_two_lines_apart() -> None:
    found = drawn(("a", "c", 1), ("b", "c", 1000))
    places = [
        float(y) for y in re.findall(r'<text x="290" y="([\d.]+)" text-anchor="end" class="s b"', found)
    ]

    assert len(places) == 2
    assert places[1] - places[0] >= 40
