"""Checks rows of availability, from calls and from files alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from models.configurations.availability import EVERYWHERE, AvailabilityRow
from models.domain.configurations import Configurator
from nba_service.decisions.checks import unknown_names
from nba_service.errors import FieldProblem

COLUMNS: Final = ("option", "choice", "region", "available", "from", "until")
MOST_ROWS: Final = 5_000
"""Of one call."""

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class AvailabilityCall(NamedTuple):
    """One row as it came. Days are ISO or None: open."""

    option: str
    choice: str
    region: str = EVERYWHERE
    available: bool = True
    first: str | None = None
    last: str | None = None

    def stored(self) -> AvailabilityRow:
        return AvailabilityRow(
            self.option, self.choice, self.region, self.available, self.first or "", self.last or ""
        )


def row_problems(configurator: Configurator, rows: Sequence[AvailabilityCall]) -> Iterator[FieldProblem]:
    """Names that the journey file does not have, days that are none, and rows that stand twice."""
    options = {option.name: option for option in configurator.options}
    choices = {name: {choice.name for choice in option.choices} for name, option in options.items()}
    seen: dict[tuple[str, str, str], int] = {}
    for number, row in enumerate(rows):
        path = f"rows[{number}]."
        yield from unknown_names("name", f"{path}option", [row.option], options)
        option = options.get(row.option)
        if option is not None:
            yield from unknown_names("name", f"{path}choice", [row.choice], choices[row.option])
            if not option.tracked:
                text = f"expected an option that is tracked, got {row.option!r}, which is always available."
                yield _problem(f"{path}option", f"{text} Leave the row out, or set tracked in the file.")
        days = {"from": row.first, "until": row.last}
        wrong = [name for name, day in days.items() if day is not None and not is_day(day)]
        yield from (
            _problem(f"{path}{name}", f"expected a day as 2026-11-27, got {str(days[name])[:20]!r}.")
            for name in wrong
        )
        if not wrong and row.first and row.last and row.first > row.last:
            yield _problem(f"{path}until", f"expected a day from {row.first} on, got {row.last}. Swap them.")
        key = (row.option, row.choice, row.region)
        if key in seen:
            text = f"expected each choice and region once, got them in rows[{seen[key]}] too. Remove one."
            yield _problem(f"{path}choice", text)
        seen.setdefault(key, number)


def is_day(text: str) -> bool:
    """Whether a text is a day such as 2026-11-27."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def choice_problems(
    configurator: Configurator, choices: Mapping[str, str], path: str
) -> Iterator[FieldProblem]:
    """Options and choices that the journey file does not have."""
    options = {option.name: option for option in configurator.options}
    yield from unknown_names("name", path, choices, options)
    for name, choice in choices.items():
        if name in options:
            known = {one.name for one in options[name].choices}
            yield from unknown_names("name", f"{path}.{name}", [choice], known)


def _problem(field: str, detail: str) -> FieldProblem:
    return FieldProblem(field=field, code="FIELD_RANGE", detail=detail)
