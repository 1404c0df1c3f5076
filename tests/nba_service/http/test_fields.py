"""Single values: strict, and with words for what was expected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import ValidationError, fields

from nba_service.http.fields import (
    MAX_NUMBER,
    MAX_PROPERTIES_BYTES,
    Expected,
    Flag,
    Id,
    Instant,
    Listed,
    Locale,
    Mapped,
    Name,
    Number,
    Properties,
    RequestContext,
    Scalar,
    Text,
    TimeZone,
    Whole,
    Word,
    parse_instant,
)
from nba_service.ids import MAX_ID

FIELDS: dict[str, fields.Field[Any]] = {
    "text": Text(maximum=5),
    "id": Id(),
    "name": Name(),
    "word": Word("asked", "never"),
    "locale": Locale(),
    "time zone": TimeZone(),
    "number": Number(minimum=-1, maximum=1),
    "whole": Whole(minimum=1, maximum=3),
    "flag": Flag(),
    "time": Instant(),
    "scalar": Scalar(),
    "list": Listed(Whole(minimum=1, maximum=3), minimum=1, maximum=2),
    "map": Mapped(Number(), maximum=2),
    "properties": Properties(),
}


def refusal(field: fields.Field[Any], value: object) -> tuple[str, str]:
    """The code and the words with which a value is refused."""
    with pytest.raises(ValidationError) as raised:
        field.deserialize(value)
    messages = raised.value.messages
    while not isinstance(messages, list):
        messages = next(iter(messages.values()))
    assert isinstance(messages[0], Expected)
    return messages[0].code, str(messages[0])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "a b é"),
        ("id", "mail-77/c-1042"),
        ("id", "é" * MAX_ID),
        ("id", "a" * MAX_ID),
        ("id", "...a/b.."),
        ("name", "Page view: /a-b.c@d_e"),
        ("word", "asked"),
        ("locale", "de"),
        ("locale", "zh-Hant_TW"),
        ("time zone", "Europe/Vienna"),
        ("number", -1),
        ("number", 0.5),
        ("whole", 3),
        ("flag", False),
        ("scalar", None),
        ("scalar", ""),
        ("scalar", "x" * 1_000),
        ("scalar", -MAX_NUMBER),
        ("scalar", True),
        ("list", [1, 3]),
        ("map", {"a": 1, "b": 2.5}),
        ("properties", {"any": [{"thing": None}]}),
    ],
)
def test_what_fits_comes_back_as_it_is(kind: str, value: object) -> None:
    assert FIELDS[kind].deserialize(value) == value


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", 5, "FIELD_TYPE"),
        ("text", None, "FIELD_TYPE"),
        ("text", "", "FIELD_RANGE"),
        ("text", "123456", "FIELD_RANGE"),
        ("text", "a\nb", "FIELD_RANGE"),
        ("text", "a\0", "FIELD_RANGE"),
        ("id", "a" * (MAX_ID + 1), "FIELD_RANGE"),
        ("id", "a b", "FIELD_RANGE"),
        ("id", "a//b", "FIELD_RANGE"),
        ("id", "/a", "FIELD_RANGE"),
        ("id", "a/", "FIELD_RANGE"),
        ("id", "a/../b", "FIELD_RANGE"),
        ("id", ".", "FIELD_RANGE"),
        ("id", "d-1/replay", "FIELD_RANGE"),
        ("id", "d-1/explanation", "FIELD_RANGE"),
        ("name", "a<b", "FIELD_RANGE"),
        ("word", "sometimes", "FIELD_RANGE"),
        ("word", 1, "FIELD_TYPE"),
        ("locale", "d", "FIELD_RANGE"),
        ("locale", "de-", "FIELD_RANGE"),
        ("locale", "Deutsch!", "FIELD_RANGE"),
        ("time zone", "Wien", "FIELD_RANGE"),
        ("time zone", "../etc/passwd", "FIELD_RANGE"),
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
        ("list", "12", "FIELD_TYPE"),
        ("list", [], "FIELD_RANGE"),
        ("list", [1, 2, 3], "FIELD_RANGE"),
        ("list", ["x", "y", "z"], "FIELD_RANGE"),
        ("list", [9], "FIELD_RANGE"),
        ("map", [], "FIELD_TYPE"),
        ("map", {"a": 1, "b": 2, "c": 3}, "FIELD_RANGE"),
        ("map", {"a<": 1}, "FIELD_RANGE"),
        ("map", {"a": "1"}, "FIELD_TYPE"),
        ("properties", [], "FIELD_TYPE"),
        ("properties", {"a": "x" * MAX_PROPERTIES_BYTES}, "FIELD_RANGE"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_code(kind: str, value: object, code: str) -> None:
    found, words = refusal(FIELDS[kind], value)

    assert found == code
    assert words


def test_words_of_a_refusal_say_what_was_expected() -> None:
    assert refusal(FIELDS["whole"], 9)[1] == "a whole number from 1 to 3"
    assert refusal(FIELDS["number"], 9)[1] == "a number from -1 to 1"
    assert refusal(FIELDS["text"], "")[1] == "a text of 1 to 5 characters"
    assert refusal(FIELDS["text"], "\n")[1] == "a text of 1 to 5 characters, printable ones only"
    assert refusal(FIELDS["word"], "x")[1] == "'asked' or 'never'"
    assert refusal(FIELDS["flag"], None)[1] == "true or false, not null"
    assert refusal(FIELDS["list"], [])[1] == "a list of 1 to 2 entries"
    assert refusal(FIELDS["map"], 1)[1] == "an object of at most 2 entries"


def test_properties_of_just_so_many_bytes_are_taken() -> None:
    most = {"a": "x" * (MAX_PROPERTIES_BYTES - len('{"a":""}'))}

    assert FIELDS["properties"].deserialize(most) == most
    assert refusal(FIELDS["properties"], {"a": most["a"] + "x"})[0] == "FIELD_RANGE"


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


def test_expected_words_keep_their_code_when_they_are_filled() -> None:
    filled = Expected("from {low}", "FIELD_RANGE", "Less.").format(low=1)

    assert (str(filled), filled.code, filled.remedy) == ("from 1", "FIELD_RANGE", "Less.")


def test_three_names_of_a_context_have_a_meaning_of_their_own() -> None:
    found = RequestContext().deserialize(
        {"device": "phone", "locale": "de-AT", "time": "2026-11-20T18:04:00Z", "weights": {"offer": 2}}
    )

    assert found == {
        "device": "phone",
        "locale": "de-AT",
        "time": datetime(2026, 11, 20, 18, 4, tzinfo=UTC),
        "weights": {"offer": 2.0},
    }


def test_what_is_null_in_a_context_is_as_if_left_out_for_those_three() -> None:
    assert RequestContext().deserialize({"locale": None, "time": None, "weights": None, "a": None}) == {
        "a": None
    }


@pytest.mark.parametrize(
    ("context", "code"),
    [
        ({"weights": {"offer": 101}}, "FIELD_RANGE"),
        ({"weights": {"offer": -1}}, "FIELD_RANGE"),
        ({"weights": 2}, "FIELD_TYPE"),
        ({"locale": "Deutsch!"}, "FIELD_RANGE"),
        ({"time": "2026-11-20T18:04:00"}, "TIME_ZONE_MISSING"),
        ({"deep": {"er": 1}}, "FIELD_TYPE"),
        ({f"n{index}": 1 for index in range(51)}, "FIELD_RANGE"),
        ([], "FIELD_TYPE"),
    ],
)
def test_a_context_is_flat_and_bounded(context: object, code: str) -> None:
    assert refusal(RequestContext(), context)[0] == code
