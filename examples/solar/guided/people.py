"""Who walks the journey: a document each, in a small SQLite next to the demo's store.

Knows what a visitor told this site; knows nothing of decisions. Any number of workers share it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

HOUSE: Final[Mapping[str, Any]] = json.loads(
    (Path(__file__).parent / "house.json").read_text(encoding="utf-8")
)
MOST_TRAIL: Final = 8
SLIDERS: Final = {
    "pitch_deg": (10.0, 55.0),
    "azimuth_deg": (90.0, 270.0),
    "annual_kwh": (1_500.0, 12_000.0),
    "price_ct": (24.0, 50.0),
    "feed_in_ct": (5.0, 12.0),
}
"""What a visitor may change, and within which bounds; the outline besides."""


class WrongHouseError(ValueError):
    """A change of a house that is none."""


@dataclass(slots=True, kw_only=True)
class Person:
    """A visitor of the guided journey.

    ``known``: agreed to be remembered; ``sent``: the page that the adviser opened for them; ``together``:
    since when (seconds) the adviser is on the page, 0 not; ``answers``: how often they answered the adviser;
    ``mailed``: the moment that their mail is decided for, in every language and however often it is opened.
    """

    token: str
    first_name: str = ""
    family: str = ""
    street: str = ""
    postcode: str = ""
    known: bool = False
    house: dict[str, Any] = field(default_factory=lambda: {k: v for k, v in HOUSE.items() if k != "customer"})
    page: str = "start"
    done: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    trail: list[tuple[float, str]] = field(default_factory=list)
    decisions: dict[str, str] = field(default_factory=dict)
    together: float = 0.0
    sent: str = ""
    score: int = 0
    answers: int = 0
    mailed: str = ""

    @property
    def customer_id(self) -> str:
        return f"guided-{self.token[:16]}"

    def note(self, at: float, what: str) -> None:
        """Remember the latest moves, for the adviser."""
        self.trail = [*self.trail, (at, what)][-MOST_TRAIL:]

    def change(self, changes: Mapping[str, Any]) -> None:
        """Take over what was changed about the house.

        Raises:
            WrongHouseError: a number is out of bounds, or the outline is no roof.
        """
        for name, value in changes.items():
            if name == "outline":
                self.house["outline"] = outline(value)
            elif name in SLIDERS:
                self.house[name] = number(name, value)
            else:
                raise WrongHouseError(f"expected one of outline, {', '.join(SLIDERS)}, got {name[:40]!r}")


def number(name: str, value: object) -> float:
    low, high = SLIDERS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise WrongHouseError(f"{name}: expected a number from {low:g} to {high:g}, got {value!r}")
    return value


def outline(value: object) -> list[list[float]]:
    """Corners of the roof's face in metres, at least a triangle and at most twelve, none far away."""
    points = value if isinstance(value, list) else []
    fits = [
        isinstance(p, list) and len(p) == 2 and all(isinstance(x, int | float) and abs(x) <= 15 for x in p)
        for p in points
    ]
    if not 3 <= len(points) <= 12 or not all(fits):
        raise WrongHouseError("outline: expected 3 to 12 corners [u, w] within 15 metres, got another shape")
    corners = [[round(float(u), 2), round(float(w), 2)] for u, w in points]
    if (
        max(w for _, w in corners) - min(w for _, w in corners) < 1
        or max(u for u, _ in corners) - min(u for u, _ in corners) < 1
    ):
        raise WrongHouseError("outline: expected a roof of at least a metre each way, got a smaller one")
    return corners


class People:
    """The visitors, by token."""

    def __init__(self, path: str) -> None:
        self._path = path
        with self._open() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS people (token TEXT PRIMARY KEY, told TEXT NOT NULL)"
            )

    def new(self, **told: Any) -> Person:
        """Somebody new."""
        person = Person(token=secrets.token_hex(16), **told)
        self.keep(person)
        return person

    def find(self, token: str | None) -> Person | None:
        if not token:
            return None
        with self._open() as connection:
            row = connection.execute("SELECT told FROM people WHERE token = ?", (token,)).fetchone()
        return None if row is None else Person(**json.loads(row[0]))

    def keep(self, person: Person) -> None:
        told = json.dumps(asdict(person), ensure_ascii=False)
        with self._open() as connection:
            connection.execute("INSERT OR REPLACE INTO people VALUES (?, ?)", (person.token, told))

    def forget(self, person: Person) -> None:
        with self._open() as connection:
            connection.execute("DELETE FROM people WHERE token = ?", (person.token,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as connection, connection:
            yield connection
