"""A figure of the report.

A title that says what it shows, a sentence that says what it means, and its numbers. The numbers are what
``report.json`` holds and what the picture is drawn from; the page shows them below the picture, so nothing is
in a picture only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One picture.

    Attributes:
        name: stable; the key in ``report.json``.
        section: heading that it stands under.
        title: what it shows.
        sentence: what it means.
        columns: key in ``rows`` → heading of the table.
        rows: JSON values.
        kind: which drawing (``drawings.DRAWINGS``).
        options: of the drawing.
    """

    name: str
    section: str
    title: str
    sentence: str
    columns: Mapping[str, str]
    rows: Sequence[Row]
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What ``report.json`` says of it."""
        return {"title": self.title, "sentence": self.sentence, "rows": [dict(row) for row in self.rows]}


def number(value: Any) -> str:
    """A number as the page writes it, everywhere the same; texts as they are, None as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int) or (abs(value) >= 1000 and value == round(value)):
        return f"{value:,.0f}"
    size = abs(value)
    digits = 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 0.1 or size == 0 else 4
    return f"{value:,.{digits}f}"
