"""Types of columns that come as texts, from every row.

A sample would call a column whole numbers and cut 19.99 in row 21,000. What is a number or time in one
reading only gets that type; everything else stays a text: ids with leading zeros, 03/12/2026, 1,234. Knows
DuckDB's SQL; knows nothing of what the columns mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_WHOLE: Final = "-?(0|[1-9][0-9]{0,17})"
_DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK: Final = _DAY + "[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?"
_ZONE: Final = " ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_GROUPED: Final = "-?[1-9][0-9]{0,2}(\\.[0-9]{3})+"

_FRACTION: Final = f"{_WHOLE}|-?(0|[1-9][0-9]{{0,17}})?\\.[0-9]{{1,18}}"

_PATTERNS: Final[Mapping[str, str]] = {
    "whole": _WHOLE,
    "fraction": _FRACTION,
    "power": f"{_FRACTION}|{_WHOLE}(\\.[0-9]+)?[eE][+-]?[0-9]{{1,3}}",
    "comma": f"{_WHOLE}(,[0-9]{{1,18}})?|{_GROUPED}(,[0-9]{{1,18}})?",
    "flag": "(?i:true|false)",
    "day": _DAY,
    "clock": f"{_DAY}|{_CLOCK}",
    "instant": _CLOCK + _ZONE,
}
_ONLY_COMMA: Final = f"-?(0|[0-9]{{4,18}}),[0-9]+|-?[0-9]+,([0-9]{{1,2}}|[0-9]{{4,18}})|{_GROUPED},[0-9]+"
"""Where a comma can only be the decimal sign: no three digits follow one to three others."""

_CASTS: Final = {"flag": "BOOLEAN", "day": "DATE", "clock": "TIMESTAMP", "instant": "TIMESTAMPTZ"}
_CALLED: Final = {
    "whole": "whole numbers",
    "fraction": "numbers",
    "power": "numbers",
    "comma": "numbers with a decimal comma",
    "flag": "true and false",
    "day": "days",
    "clock": "times without a zone",
    "instant": "times with their zone",
}


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of texts, and what its rows are.

    Attributes:
        sql: the expression of its values.
        kind: in words.
        hint: what keeps it a text where most rows are something else; empty otherwise.
    """

    name: str
    sql: str
    kind: str
    hint: str = ""


def text_columns(
    connection: Any, relation: str, names: Sequence[str], formats: Mapping[str, str], decimal: str | None
) -> list[TextColumn]:
    """What the texts of a relation are.

    Args:
        connection: DuckDB's.
        relation: what stands behind FROM; all of ``names`` are texts in it.
        formats: column → format of its times, as strptime has it.
        decimal: the decimal sign, if it is stated.
    """
    if not names:
        return []
    counts = [f"count({expression}) FILTER ({test})" for name in names for expression, test in _tests(name)]
    longest = [f"max(length(split_part(ltrim({_quoted(n)}, '-'), {sign}, {i})))" for n in names
               for sign in ("'.'", "','") for i in (1, 2)]  # fmt: skip
    row = connection.execute(f"SELECT {', '.join([*counts, *longest])} FROM {relation}").fetchone()  # noqa: S608 - names are quoted
    width = len(_PATTERNS) + 2
    found = []
    for index, name in enumerate(names):
        seen = dict(
            zip(["all", *_PATTERNS, "only_comma"], row[index * width : (index + 1) * width], strict=True)
        )
        digits = [number or 0 for number in row[len(counts) + 4 * index : len(counts) + 4 * index + 4]]
        found.append((name, seen, digits))
    commas = decimal == "," or (
        decimal is None and any(s["all"] and s["comma"] == s["all"] and s["only_comma"] for _, s, _ in found)
    )
    return [
        _formatted(name, formats[name])
        if name in formats
        else _column(connection, relation, name, seen, digits, commas=commas, stated=decimal)
        for name, seen, digits in found
    ]


def _tests(name: str) -> list[tuple[str, str]]:
    column = _quoted(name)
    tests = [(column, "true")]
    for kind, pattern in _PATTERNS.items():
        match = f"regexp_full_match({column}, {_text(pattern)})"
        cast = _CASTS.get(kind)
        tests.append((column, f"{match} AND TRY_CAST({column} AS {cast}) IS NOT NULL" if cast else match))
    return [*tests, (column, f"regexp_full_match({column}, {_text(_ONLY_COMMA)})")]


def _column(
    connection: Any,
    relation: str,
    name: str,
    seen: Mapping[str, int],
    digits: Sequence[int],
    *,
    commas: bool,
    stated: str | None,
) -> TextColumn:
    column, rows = _quoted(name), seen["all"]
    kinds = [kind for kind in _PATTERNS if kind != "comma"]
    if commas and rows and seen["comma"] == rows and (seen["whole"] < rows):
        plain = f"replace(replace({column}, '.', ''), ',', '.')"
        return TextColumn(name, f"CAST({plain} AS DECIMAL(38, {max(digits[3], 1)}))", _CALLED["comma"])
    if commas:  # in such a file 1.234 may be a thousand
        kinds = [kind for kind in kinds if kind not in ("fraction", "power")]
    kind = next((kind for kind in kinds if rows and seen[kind] == rows), None)
    if kind is None:
        return TextColumn(name, column, "text", _hint(connection, relation, name, seen))
    if kind == "whole":
        return TextColumn(name, f"CAST({column} AS BIGINT)", _CALLED[kind])
    if kind == "fraction" and digits[0] + digits[1] <= 38:
        width = 18 if digits[0] + digits[1] <= 18 else 38
        return TextColumn(name, f"CAST({column} AS DECIMAL({width}, {digits[1]}))", _CALLED[kind])
    return TextColumn(name, f"CAST({column} AS {_CASTS.get(kind, 'DOUBLE')})", _CALLED[kind])


def _formatted(name: str, form: str) -> TextColumn:
    """Times in a stated format become RFC 3339 without a zone; what is none stays as it came."""
    column = _quoted(name)
    read = f"try_strptime({column}, {_text(form)})"
    zone = "%z" if "%z" in form.lower() else ""
    text = f"strftime({read}, {_text('%Y-%m-%dT%H:%M:%S.%f' + zone)})"
    return TextColumn(name, f"coalesce({text}, {column})", f"times as {form}")


def _hint(connection: Any, relation: str, name: str, seen: Mapping[str, int]) -> str:
    """The first row that most others are unlike."""
    kind = max(_CALLED, key=lambda kind: (seen[kind], -list(_CALLED).index(kind)))
    if seen[kind] * 2 <= seen["all"]:
        return ""
    column = _quoted(name)
    match = f"regexp_full_match({column}, {_text(_PATTERNS[kind])})"
    row = connection.execute(
        f"SELECT number, text FROM (SELECT row_number() OVER () AS number, {column} AS text, {match} AS fits"  # noqa: S608 - names are quoted
        f" FROM {relation}) WHERE text IS NOT NULL AND NOT fits LIMIT 1"
    ).fetchone()
    if row is None:
        return ""
    return f"column {name} is text: row {row[0] + 1} holds {row[1][:40]!r}, most others {_CALLED[kind]}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
