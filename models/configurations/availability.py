"""Which choices can be delivered where, and from when until when.

Knows a table of rows and days; knows nothing of where the table came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from models.domain.configurations import Option

EVERYWHERE: Final = "*"
"""The region of a row that holds wherever no row names the region itself."""

FIRST_DAY: Final = "0001-01-01"
LAST_DAY: Final = "9999-12-31"


class Window(NamedTuple):
    """Days (ISO) within which something can be delivered, both included."""

    first: str
    last: str

    @property
    def empty(self) -> bool:
        return self.first > self.last

    def within(self, other: Window) -> Window:
        """The days that both have."""
        return Window(max(self.first, other.first), min(self.last, other.last))


ALWAYS: Final = Window(FIRST_DAY, LAST_DAY)
NEVER: Final = Window(LAST_DAY, FIRST_DAY)


class AvailabilityRow(NamedTuple):
    """One choice in one region.

    ``available``: false: it cannot be had there, whatever the days say. Days are ISO; empty: open on that
    side. ``as_of``: of its upload, ms.
    """

    option: str
    choice: str
    region: str = EVERYWHERE
    available: bool = True
    first: str = ""
    last: str = ""
    as_of: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        return self.option, self.choice, self.region

    @property
    def window(self) -> Window:
        return Window(self.first or FIRST_DAY, self.last or LAST_DAY) if self.available else NEVER


@dataclass(frozen=True, slots=True)
class Availability:
    """The table of one configurator at one moment.

    Attributes:
        windows: (option, choice, region) → the days.
        as_of: of the newest upload, ms; 0: there was none.
    """

    windows: Mapping[tuple[str, str, str], Window] = field(default_factory=dict)
    as_of: int = 0

    @classmethod
    def of(cls, rows: Iterable[AvailabilityRow], as_of: int) -> Availability:
        return cls({row.key: row.window for row in rows}, as_of)

    def window(self, option: Option, choice: str, region: str) -> Window | None:
        """The days of a choice in a region; None: the table does not list it there."""
        if not option.tracked:
            return ALWAYS
        own = self.windows.get((option.name, choice, region))
        return own if own is not None else self.windows.get((option.name, choice, EVERYWHERE))
