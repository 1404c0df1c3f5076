"""One customer's past as a drawing.

What they did stands above the line, what we did below, phases behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.drawing.marks import dot, line, link, path, rect, svg, text

WIDTH: Final = 1000.0
HEIGHT: Final = 262.0
_AXIS: Final = 128.0
_LETTER: Final = 6.4  # units that a letter of a label takes, about


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A phase from one moment to the next.

    Moments are shares of the time drawn.
    """

    label: str
    start: float
    end: float
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What a customer did.

    ``moved``: it led to another phase; ``special``: worth a mark of its own.
    """

    at: float
    label: str
    moved: bool = False
    special: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What we did.

    ``letter`` of the channel; empty: nothing. ``bad``: it was refused; ``href``: opens it.
    """

    at: float
    letter: str
    label: str
    title: str
    bad: bool = False
    shown: bool = False
    href: str = ""


def timeline(
    stays: Sequence[Stay],
    theirs: Sequence[Theirs],
    ours: Sequence[Ours],
    months: Sequence[tuple[float, str]],
    words: tuple[str, str],
    label: str,
) -> str:
    """The drawing; ``words``: what stands at the upper half (theirs) and the lower (ours)."""
    marks = [*_phases(stays), text(8, 44, words[0], "q s"), text(8, 252, words[1], "q s")]
    marks.append(line(0, _AXIS, WIDTH, _AXIS, "kr2"))
    for at, name in months:
        marks += [line(_x(at), 124, _x(at), 132, "kr2"), text(_x(at) + 3, 122, name, "q s halo")]
    marks += _their_marks(theirs)
    marks += _our_marks(ours)
    return svg(WIDTH, HEIGHT, marks, label, "c")


def _x(at: float) -> float:
    return 12 + at * (WIDTH - 36)


def _phases(stays: Sequence[Stay]) -> Iterator[str]:
    """Pale bands with a full edge; a label is left out where the one before it reaches."""
    free = 0.0
    for index, stay in enumerate(stays):
        start = 0.0 if index == 0 else _x(stay.start)
        end = WIDTH if index == len(stays) - 1 else _x(stay.end)
        colour = f"f{phase_colour(stay.number)}"
        yield rect(start, 24, end - start, 234, f"{colour} band", title=stay.label)
        yield rect(start, 20, end - start, 4, colour)
        size = _LETTER * len(stay.label)
        last = index == len(stays) - 1
        if last and end - start < size:
            if WIDTH - size > free:
                yield text(WIDTH, 13, stay.label, "s m", "end")
        elif start + 2 >= free and (end - start >= size or start + size < WIDTH):
            yield text(start + 2, 13, stay.label, "s m")
            free = start + size + 10


def phase_colour(number: int) -> int:
    """The colour of a phase by its position; more than seven repeat from the second on."""
    return number % 7 + 1 if number < 7 else (number - 7) % 6 + 2


def _their_marks(theirs: Sequence[Theirs]) -> Iterator[str]:
    """Those of one place pile up; what moved the phase stands on a stem, named."""
    piles: dict[int, int] = {}
    moves = [one for one in theirs if one.moved]
    for one in theirs:
        if not one.moved:
            column = int(_x(one.at) // 8)
            height = piles[column] = piles.get(column, 0) + 1
            yield from _their_mark(one, _x(one.at), 108 - 9 * min(height - 1, 4))
    rooms = [0.0, 0.0]
    for one in moves:
        x, size = _x(one.at), _LETTER * len(one.label) + 14
        level = next((i for i, free in enumerate(rooms) if x - 4 >= free), None)
        y = 64.0 if level in (None, 0) else 82.0
        yield line(x, y, x, _AXIS, "ki")
        yield dot(x, y, 5, "fi", one.label)
        if level is not None:
            left = x + size > WIDTH
            if left and x - size < rooms[level]:
                continue
            yield text(x - 9 if left else x + 9, y + 4, one.label, "b s halo", "end" if left else "start")
            rooms[level] = x + 12 if left else x + size


def _their_mark(one: Theirs, x: float, y: float) -> Iterator[str]:
    if one.special:
        yield path(f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5Z", "ft", one.label)
    else:
        yield dot(x, y, 3.2, "ft", one.label)


def _our_marks(ours: Sequence[Ours]) -> Iterator[str]:
    """Squares with the channel's letter; names on three levels, left out where there is no room."""
    levels, last = [0.0, 0.0, 0.0], -20.0
    for one in sorted(ours, key=lambda each: each.at):
        x = _x(one.at)
        crowded = x - last < 12
        last = x
        if not one.letter:
            mark = rect(
                x - 5, 140, 10, 10, "fs kr2" if not one.shown else "fs ki w2", radius=2, title=one.title
            )
            yield link(one.href, [mark], one.title) if one.href else mark
            continue
        cls = "fi" if one.shown else "fb" if one.bad else "fa"
        square = [rect(x - 8, 138, 16, 16, cls, radius=3, title=one.title)]
        if not crowded:
            square.append(text(x, 150.5, one.letter, "s b mk", "middle"))
        yield link(one.href, square) if one.href else "".join(square)
        if not crowded or one.shown:
            yield from _our_name(one, x, levels)


def _our_name(one: Ours, x: float, levels: list[float]) -> Iterator[str]:
    half = _LETTER * len(one.label) / 2
    anchor, begin, end = "middle", x - half, x + half
    if end > WIDTH:
        anchor, begin, end = "end", x + 8 - 2 * half, x + 8
    if begin < 0:
        anchor, begin, end = "start", max(x - 8, 0.0), x - 8 + 2 * half
    level = next((i for i, free in enumerate(levels) if begin > free), None)
    if level is None:
        return
    levels[level] = end + 8
    y = 180 + 22 * level
    place = {"middle": x, "end": x + 8, "start": max(x - 8, 0.0)}[anchor]
    yield line(x, 154, x, y - 11, "kr2")
    yield text(
        place, y, one.label, "b s halo" if one.shown else "bd s halo" if one.bad else "m s halo", anchor
    )
