"""Rows of an import, checked as the API checks.

A row without a usable id, time or JSON is left out; of a customer what cannot be used is. Each is named by
file and row. Knows rows; knows nothing of Parquet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import orjson

from models.domain.field_values import (
    LOCALE_EXPECTED,
    TIME_ZONE_EXPECTED,
    attribute_expected,
    is_locale,
    is_time_zone,
)
from models.domain.journey import Attribute
from nba_service.http.body import describe
from nba_service.http.fields import MAX_AMOUNT
from nba_service.http.json_body import canonical_json
from nba_service.ids import read_id, why_no_id

IDS: Final = ("customer_id", "account_id", "interaction_id", "decision_id", "outcome_id", "alias")
_JSON: Final = ("attributes", "consent", "properties", "context")
_LATEST: Final = 4_102_444_800_000
"""2100: later, a time is a mistake of units."""


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
        problems: what was found, in order.
    """

    columns: Mapping[str, str]
    required: Sequence[str]
    attributes: Mapping[str, Attribute] | None = None
    problems: list[RowProblem] = field(default_factory=list)

    def usable(self, file: str, first: int, rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
        """The rows that can be imported, with ids and JSON as they are stored.

        Args:
            first: the place of the first of them in the file, from 1.
        """
        usable = []
        for number, row in enumerate(rows, start=first):
            wrong = next(self._wrong(row), None)
            if wrong is not None:
                column, reason = wrong
                self._note(file, number, column, reason, left_out=True)
                continue
            for column, reason in self._unusable(row):
                self._note(file, number, column, reason, left_out=False)
            usable.append(row)
        return usable

    def _note(self, file: str, row: int, column: str, reason: str, *, left_out: bool) -> None:
        problem = RowProblem(file=file, row=row, column=column, reason=reason, left_out=left_out)
        self.problems.append(problem)

    def _wrong(self, row: dict[str, object]) -> Iterator[tuple[str, str]]:
        """What leaves a row out; ids and JSON of the row are brought into their stored form."""
        for name in self.required:
            if row[name] is None or row[name] == "":
                yield name, "expected a value, got nothing"
        for name, kind in self.columns.items():
            value = row[name]
            if value is None:
                continue
            if name in IDS:
                named = read_id(value)
                if named is None:
                    yield name, why_no_id(value)
                row[name] = named
            elif name in _JSON:
                yield from _object(row, name)
            elif kind == "time" and not (isinstance(value, int) and 0 <= value <= _LATEST):
                yield name, "expected a time from 1970 to 2100; is its unit right?"
            elif kind == "double" and not (isinstance(value, float) and _is_amount(value)):
                yield name, f"expected a number from {-MAX_AMOUNT:g} to {MAX_AMOUNT:g}, got {value}"
        yield from _candidates(row)

    def _unusable(self, row: dict[str, object]) -> Iterator[tuple[str, str]]:
        """What of a customer cannot be used; it is taken out of the row."""
        for name, is_one, expected in (
            ("locale", is_locale, LOCALE_EXPECTED),
            ("time_zone", is_time_zone, TIME_ZONE_EXPECTED),
        ):
            value = row.get(name)
            if isinstance(value, str) and not is_one(value):
                row[name] = None
                yield name, f"expected {expected}, got {describe(value)}"
        if "attributes" in row:
            yield from _members(row, "attributes", self._attribute)
            yield from _members(row, "consent", _flag)

    def _attribute(self, name: str, value: object) -> str | None:
        if self.attributes is None:
            return None
        if name not in self.attributes:
            return "an attribute of the journey file"
        return attribute_expected(self.attributes[name], value)


def _flag(_name: str, value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _members(
    row: dict[str, object], column: str, expected_of: Callable[[str, object], str | None]
) -> Iterator[tuple[str, str]]:
    """Take the members that cannot be used out of a JSON object."""
    text = row[column]
    if not isinstance(text, str):
        return
    values = orjson.loads(text)
    wrong = {name: expected for name, value in values.items() if (expected := expected_of(name, value))}
    if wrong:
        row[column] = canonical_json({name: value for name, value in values.items() if name not in wrong})
        for name, expected in wrong.items():
            yield f"{column}.{name[:64]}", f"expected {expected}, got {describe(values[name])}"


def _object(row: dict[str, object], name: str) -> Iterator[tuple[str, str]]:
    """A JSON object in its canonical form; nothing where it is empty."""
    value = row[name]
    try:
        loaded = orjson.loads(value) if isinstance(value, str) and value else {}
    except orjson.JSONDecodeError:
        loaded = None
    if not isinstance(loaded, dict):
        yield name, f"expected a JSON object, got {describe(value)}"
        return
    empty = "{}" if name in ("attributes", "consent") else None
    row[name] = canonical_json(loaded) if loaded else empty


def _candidates(row: dict[str, object]) -> Iterator[tuple[str, str]]:
    text = row.get("candidates")
    if isinstance(text, str) and text and not _is_list(text):
        yield "candidates", f"expected a JSON list, got {describe(text)}"


@lru_cache(maxsize=10_000)
def _is_list(text: str) -> bool:
    """Few distinct texts come many times."""
    try:
        return isinstance(orjson.loads(text), list)
    except orjson.JSONDecodeError:
        return False


def _is_amount(value: float) -> bool:
    return math.isfinite(value) and abs(value) <= MAX_AMOUNT
