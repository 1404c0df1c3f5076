"""Rows of an import, checked as the API checks.

Column by column, and equal values once: a million rows have few different customers and channels. A row
without a usable id, time or JSON is left out; of a customer what cannot be used is. Each is named by file and
row. Knows rows; knows nothing of Parquet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from models.domain.field_values import (
    LOCALE_EXPECTED,
    TIME_ZONE_EXPECTED,
    attribute_expected,
    is_locale,
    is_time_zone,
)
from models.domain.ids import read_id, why_no_id
from models.domain.journey import Attribute
from nba_service.http.body import describe
from nba_service.http.fields import MAX_AMOUNT
from nba_service.http.json_body import canonical_json

IDS: Final = ("customer_id", "account_id", "interaction_id", "decision_id", "outcome_id", "alias")
_JSON: Final = ("attributes", "consent", "properties", "context")
_OF_CUSTOMERS: Final = ("attributes", "consent")
NO_TIME: Final = "expected a time from 1970 to 2100; is its unit right?"
_LATEST: Final = 4_102_444_800_000
"""2100: later, a time is a mistake of units."""

Columns = dict[str, list[object]]
"""Name → a value for each row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """What is wrong with a row, by its place in the file.

    ``left_out``: the row is not imported; else only that value is not.
    """

    file: str
    row: int
    column: str
    reason: str
    left_out: bool


@dataclass(slots=True)
class RowChecks:
    """Sorts the rows of one table.

    Attributes:
        columns: name → ``string``, ``double`` or ``time``.
        required: columns that need a value.
        attributes: of the journey file, by name; None: there is none, so they are not checked.
        properties: touchpoint or outcome → what it tells, typed.
        problems: what was found, in order.
    """

    columns: Mapping[str, str]
    required: Sequence[str]
    attributes: Mapping[str, Attribute] | None = None
    properties: Mapping[str, Mapping[str, Attribute]] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)

    def usable(
        self, file: str, first: int, columns: Columns, among: Sequence[int] | None = None
    ) -> tuple[Columns, list[int]]:
        """The columns with ids and JSON as they are stored, and the positions of rows to import.

        Args:
            first: the place of the first row in the file, from 1.
            columns: name → values, None where there is none; as many in each.
            among: positions of the only rows that are looked at; None: all.
        """
        checked = {name: self._checked(name, values) for name, values in columns.items()}
        wrong: dict[int, tuple[str, str]] = {}
        for name in self.required:
            for at in _missing(columns[name]):
                wrong.setdefault(at, (name, "expected a value, got nothing"))
        for name, (_, reasons) in checked.items():
            for at, reason in reasons:
                wrong.setdefault(at, (name, reason))
        cleaned = {name: values for name, (values, _) in checked.items()}
        asked = range(len(columns[self.required[0]])) if among is None else among
        usable = [at for at in asked if at not in wrong]
        notes = [(at, name, reason, True) for at, (name, reason) in wrong.items()]
        notes += [
            (at, name, reason, False) for at, name, reason in self._unusable(cleaned) if at not in wrong
        ]
        looked_at = {*asked}
        notes = [note for note in notes if note[0] in looked_at]
        for at, column, reason, left_out in sorted(notes, key=lambda note: note[0]):
            self.problems.append(
                RowProblem(file=file, row=first + at, column=column, reason=reason, left_out=left_out)
            )
        return cleaned, usable

    def _checked(self, name: str, values: list[object]) -> tuple[list[object], list[tuple[int, str]]]:
        """The values in their stored form, and which rows they leave out, and why."""
        kind = self.columns[name]
        if name in IDS:
            return _told(values, _id)
        if name in _JSON:
            return _told(values, _customer_object if name in _OF_CUSTOMERS else _object)
        if name == "candidates":
            return values, _told(values, _list)[1]
        if kind == "time":
            return values, [(at, NO_TIME) for at, value in enumerate(values) if not _is_time(value)]
        if kind == "double":
            return values, [(at, _no_amount(v)) for at, v in enumerate(values) if not _is_amount(v)]
        return values, []

    def _unusable(self, columns: Columns) -> Iterator[tuple[int, str, str]]:
        """What of customers cannot be used; it is taken out of the columns."""
        for name, is_one, expected in (
            ("locale", is_locale, LOCALE_EXPECTED),
            ("time_zone", is_time_zone, TIME_ZONE_EXPECTED),
        ):
            for at, value in enumerate(columns.get(name, ())):
                if isinstance(value, str) and not is_one(value):
                    columns[name][at] = None
                    yield at, name, f"expected {expected}, got {describe(value)}"
        if "attributes" in columns:
            yield from _members(columns, "attributes", lambda _, name, value: self._attribute(name, value))
        if "consent" in columns:
            yield from _members(columns, "consent", _flag)
        if self.properties and "properties" in columns:
            events = columns["touchpoint" if "touchpoint" in columns else "outcome"]
            yield from _members(columns, "properties", lambda at, *told: self._property(events[at], *told))

    def _attribute(self, name: str, value: object) -> str | None:
        if self.attributes is None:
            return None
        if name not in self.attributes:
            return "an attribute of the journey file"
        return attribute_expected(self.attributes[name], value)

    def _property(self, event: object, name: str, value: object) -> str | None:
        typed = self.properties.get(str(event), {}).get(name)
        return None if typed is None else attribute_expected(typed, value)


def _missing(values: list[object]) -> list[int]:
    return [at for at, value in enumerate(values) if value is None or value == ""]


def _told(
    values: list[object], read: Callable[[object], tuple[object, str | None]]
) -> tuple[list[object], list[tuple[int, str]]]:
    """Each value as it is read, and why where it cannot be; equal ones are read once."""
    known = {value: read(value) for value in set(values)}
    stored: list[object] = [known[value][0] for value in values]
    if all(reason is None for _, reason in known.values()):
        return stored, []
    return stored, [(at, reason) for at, value in enumerate(values) if (reason := known[value][1])]


def _id(value: object) -> tuple[object, str | None]:
    named = read_id(value)
    return named, why_no_id(value) if named is None and value is not None else None


def _flag(_at: int, _name: str, value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _members(
    columns: Columns, column: str, expected_of: Callable[[int, str, object], str | None]
) -> Iterator[tuple[int, str, str]]:
    """Take the members that cannot be used out of JSON objects."""
    for at, text in enumerate(columns[column]):
        if not isinstance(text, str) or text == "{}":
            continue
        values = orjson.loads(text)
        wrong = {
            name: expected for name, value in values.items() if (expected := expected_of(at, name, value))
        }
        if wrong:
            rest = {k: v for k, v in values.items() if k not in wrong}
            columns[column][at] = canonical_json(rest) if rest or column in _OF_CUSTOMERS else None
            for name, expected in wrong.items():
                yield at, f"{column}.{name[:64]}", f"expected {expected}, got {describe(values[name])}"


def _customer_object(value: object) -> tuple[object, str | None]:
    """A JSON object in its canonical form."""
    if value is None:
        return None, None
    stored, reason = _object(value)
    return stored or "{}", reason


def _object(value: object) -> tuple[object, str | None]:
    """A JSON object in its canonical form; nothing where it is empty."""
    loaded = _loaded(value) if value else {}
    if not isinstance(loaded, dict):
        return None, f"expected a JSON object, got {describe(value)}"
    return canonical_json(loaded) if loaded else None, None


def _list(value: object) -> tuple[object, str | None]:
    wrong = bool(value) and not isinstance(_loaded(value), list)
    return value, f"expected a JSON list, got {describe(value)}" if wrong else None


def _loaded(text: object) -> object:
    try:
        return orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return None


def _is_time(value: object) -> bool:
    return value is None or (isinstance(value, int) and 0 <= value <= _LATEST)


def _is_amount(value: object) -> bool:
    return value is None or (isinstance(value, float) and -MAX_AMOUNT <= value <= MAX_AMOUNT)


def _no_amount(value: object) -> str:
    return f"expected a number from {-MAX_AMOUNT:g} to {MAX_AMOUNT:g}, got {value}"
