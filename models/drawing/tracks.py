"""Tracks show how full something is, week by week.

Before and after a change.
A track per row and week. It ends at the limit, drawn as an ink line; grey is before, the accent after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.drawing.marks import both, line, rect, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One row, ready to print.

    ``before``, ``after``: shares of the track, one a week; None: nothing to show. ``shown``: what stands next
    to each week. ``limited``: the track ends at a limit, else at the end of the scale.
    """

    label: str
    note: str
    before: Sequence[float | None]
    after: Sequence[float | None]
    shown: Sequence[str]
    limited: bool = True


def tracks(rows: Sequence[Track], weeks: Sequence[str], label: str) -> str:
    """All rows over the same weeks."""

    def draw(width: float) -> tuple[float, list[str]]:
        return _wide(rows, weeks, width) if width > 400 else _narrow(rows, weeks, width)

    return both(draw, label)


def _wide(rows: Sequence[Track], weeks: Sequence[str], width: float) -> tuple[float, list[str]]:
    names, pitch = 220.0, 44.0
    step = (width - names) / max(len(weeks), 1)
    room = step - 92
    marks = [text(names + index * step, 12, week, "q s") for index, week in enumerate(weeks)]
    for number, row in enumerate(rows):
        y = 24 + number * pitch
        marks += [text(0, y + 13, row.label), text(0, y + 29, row.note, "q s")]
        for index in range(len(weeks)):
            x = names + index * step
            marks += _track(row, index, x, y + 3, room)
            marks.append(text(x + room + 8, y + 21, row.shown[index], "s b"))
    return 24 + pitch * len(rows), marks


def _narrow(rows: Sequence[Track], weeks: Sequence[str], width: float) -> tuple[float, list[str]]:
    step, pitch = width / max(len(weeks), 1), 84.0
    marks = [text(index * step, 12, week, "q s") for index, week in enumerate(weeks)]
    for number, row in enumerate(rows):
        y = 24 + number * pitch
        marks += [text(0, y + 14, row.label), text(0, y + 29, row.note, "q s")]
        for index in range(len(weeks)):
            x = index * step
            marks += _track(row, index, x, y + 36, step - 14)
            marks.append(text(x, y + 72, row.shown[index], "s b"))
    return 24 + pitch * len(rows), marks


def _track(row: Track, index: int, x: float, y: float, room: float) -> list[str]:
    before, after = row.before[index], row.after[index]
    marks = [rect(x, y, room, 24, "fbg", radius=1)]
    if before is not None:
        marks.append(rect(x, y + 1, min(before, 1.0) * room, 10, "ft md", radius=1))
    if after is not None:
        marks.append(rect(x, y + 13, min(after, 1.0) * room, 10, "fa", radius=1))
    if row.limited:
        marks.append(line(x + room, y - 2, x + room, y + 26, "ki w2"))
    return marks
