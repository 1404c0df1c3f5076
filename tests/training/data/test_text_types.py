"""A column of texts has the type that every row fits, and stays a text where one does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from training.data.text_types import text_columns


def read(
    columns: Mapping[str, Sequence[str | None]],
    formats: Mapping[str, str] | None = None,
    decimal: str | None = None,
) -> dict[str, tuple[list[Any], str, str]]:
    """Values, kind and hint of each column."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register(
            "texts", pa.table({name: pa.array(v, pa.string()) for name, v in columns.items()})
        )
        found = text_columns(connection, "texts", [*columns], formats or {}, decimal)
        values = {}
        for each in found:
            rows = connection.execute(f"SELECT {each.sql} FROM texts").fetchall()  # noqa: S608 - our own
            values[each.name] = [row[0] for row in rows]
    return {each.name: (values[each.name], each.kind, each.hint) for each in found}


@pytest.mark.parametrize(
    ("texts", "values", "kind"),
    [
        (["1", "-20", None], [1, -20, None], "whole numbers"),
        (["1", "19.99"], [Decimal("1.00"), Decimal("19.99")], "numbers"),
        (["1e3", "2.5"], [1000.0, 2.5], "numbers"),
        (["true", "FALSE"], [True, False], "true and false"),
        (["2026-03-01", "2026-12-31"], [date(2026, 3, 1), date(2026, 12, 31)], "days"),
        (["2026-03-01", "2026-03-01 10:00"], [datetime(2026, 3, 1), datetime(2026, 3, 1, 10)],  # noqa: DTZ001 - it has none
         "times without a zone"),
        (["2026-03-01T10:00:00+02:00"], [datetime(2026, 3, 1, 8, tzinfo=UTC)], "times with their zone"),
        (["007", "012"], ["007", "012"], "text"),
        (["03/12/2026"], ["03/12/2026"], "text"),
        ([None, None], [None, None], "text"),
    ],
)  # fmt: skip
def test_the_type_is_that_of_every_row(texts: list[str | None], values: list[Any], kind: str) -> None:
    found, said, _ = read({"x": texts})["x"]

    assert [value.astimezone(UTC) if kind == "times with their zone" else value for value in found] == values
    assert said == kind


def test_one_row_that_does_not_fit_keeps_a_column_a_text_and_is_named() -> None:
    texts = ["1"] * 9 + ["many"]

    found, kind, hint = read({"n": texts})["n"]

    assert (found, kind) == (texts, "text")
    assert hint == "column n is text: row 11 holds 'many', most others whole numbers"


def test_a_day_that_does_not_exist_is_no_day() -> None:
    assert read({"x": ["2026-02-30", "2026-02-28"]})["x"][1] == "text"


def test_a_comma_that_can_only_be_the_decimal_sign_decides_for_the_whole_file() -> None:
    """1.234 alone could be a thousand or one and a bit; next to 12,5 it is a thousand."""
    assert read({"a": ["1.234"]})["a"] == ([Decimal("1.234")], "numbers", "")

    found = read({"a": ["1.234"], "b": ["12,5"]})

    assert found["b"][:2] == ([Decimal("12.5")], "numbers with a decimal comma")
    assert found["a"][:2] == ([Decimal("1234.0")], "numbers with a decimal comma")


def test_a_stated_sign_wins() -> None:
    assert read({"a": ["1,234"]}, decimal=",")["a"][0] == [Decimal("1.234")]
    assert read({"a": ["12,5"]}, decimal=".")["a"][1] == "text"


def test_times_in_a_stated_format_and_what_is_none() -> None:
    found, kind, _ = read({"t": ["03.12.2026 10:30", "soon"]}, {"t": "%d.%m.%Y %H:%M"})["t"]

    assert found == ["2026-12-03T10:30:00.000000", "soon"]
    assert kind == "times as %d.%m.%Y %H:%M"


def test_names_and_texts_are_quoted() -> None:
    name = 'a"b; DROP'

    assert read({name: ["1"]})[name] == ([1], "whole numbers", "")
    with duckdb.connect() as connection:
        assert text_columns(connection, "nowhere", [], {}, None) == []
