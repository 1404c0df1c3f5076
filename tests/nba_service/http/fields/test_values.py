"""Numbers, flags and times: strict, and with words for what was expected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import fields

from nba_service.http.fields import MAX_NUMBER, Flag, Instant, Number, Scalar, Whole, parse_instant
from tests.nba_service.http.fields.refusing import refusal

FIELDS: dict[str, fields.Field[Any]] = {
    "number": Number(minimum=-1, maximum=1),
    "whole": Whole(minimum=1, maximum=3),
    "flag": Flag(),
    "time": Instant(),
    "scalar": Scalar(),
}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", -1),
        ("number", 0.5),
        ("whole", 3),
        ("flag", False),
        ("scalar", None),
        ("scalar", ""),
        ("scalar", "x" * 1_000),
        ("scalar", -MAX_NUMBER),
        ("scalar", True),
    ],
)
def test_what_fits_comes_back_as_it_is(kind: str, value: object) -> None:
    assert FIELDS[kind].deserialize(value) == value


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("number", "1", "FIELD_TYPE"),
        ("number", True, "FIELD_TYPE"),
        ("number", float("nan"), "FIELD_TYPE"),
        ("number", float("inf"), "FIELD_TYPE"),
        ("number", 1.01, "FIELD_RANGE"),
        ("whole", 1.0, "FIELD_TYPE"),
        ("whole", True, "FIELD_TYPE"),
        ("whole", "1", "FIELD_TYPE"),
        ("whole", 0, "FIELD_RANGE"),
        ("flag", 1, "FIELD_TYPE"),
        ("flag", "true", "FIELD_TYPE"),
        ("flag", None, "FIELD_TYPE"),
        ("time", 1_700_000_000, "TIME_INVALID"),
        ("scalar", "x" * 1_001, "FIELD_TYPE"),
        ("scalar", MAX_NUMBER + 1, "FIELD_TYPE"),
        ("scalar", float("nan"), "FIELD_TYPE"),
        ("scalar", [1], "FIELD_TYPE"),
        ("scalar", {}, "FIELD_TYPE"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_code(kind: str, value: object, code: str) -> None:
    found, words = refusal(FIELDS[kind], value)

    assert found == code
    assert words


def test_words_of_a_refusal_say_what_was_expected() -> None:
    assert refusal(FIELDS["whole"], 9)[1] == "a whole number from 1 to 3"
    assert refusal(FIELDS["number"], 9)[1] == "a number from -1 to 1"
    assert refusal(FIELDS["flag"], None)[1] == "true or false, not null"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T18:04:00Z", datetime(2026, 11, 20, 18, 4, tzinfo=UTC)),
        ("2026-11-20t18:04:00z", datetime(2026, 11, 20, 18, 4, tzinfo=UTC)),
        ("2026-11-20 18:04:00+01:00", datetime(2026, 11, 20, 17, 4, tzinfo=UTC)),
        ("2026-11-20T18:04:00.5Z", datetime(2026, 11, 20, 18, 4, 0, 500_000, tzinfo=UTC)),
        ("2026-11-20T18:04:00.123999999Z", datetime(2026, 11, 20, 18, 4, 0, 123_000, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_becomes_utc_in_whole_milliseconds(text: str, moment: datetime) -> None:
    assert parse_instant(text) == moment
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-11-20T18:04:00", "TIME_ZONE_MISSING"),
        ("2026-11-20", "TIME_INVALID"),
        ("2026-02-30T00:00:00Z", "TIME_INVALID"),
        ("2026-11-20T25:00:00Z", "TIME_INVALID"),
        ("2026-11-20T18:04:00+25:00", "TIME_INVALID"),
        ("0001-01-01T00:00:00+10:00", "TIME_INVALID"),
        ("٢٠٢٦-11-20T18:04:00Z", "TIME_INVALID"),
        ("1969-12-31T23:59:59Z", "FIELD_RANGE"),
        ("", "TIME_INVALID"),
    ],
)
def test_a_time_that_cannot_be_has_its_code(text: str, code: str) -> None:
    assert refusal(Instant(), text)[0] == code
