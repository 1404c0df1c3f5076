"""Lists, objects and contexts: strict, bounded, and with words for what was expected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import fields

from nba_service.http.fields import (
    MAX_PROPERTIES_BYTES,
    Listed,
    Mapped,
    Number,
    Properties,
    RequestContext,
    Whole,
)
from tests.nba_service.http.fields.refusing import refusal

FIELDS: dict[str, fields.Field[Any]] = {
    "list": Listed(Whole(minimum=1, maximum=3), minimum=1, maximum=2),
    "map": Mapped(Number(), maximum=2),
    "properties": Properties(),
}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
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
    assert refusal(FIELDS["list"], [])[1] == "a list of 1 to 2 entries"
    assert refusal(FIELDS["map"], 1)[1] == "an object of at most 2 entries"


def test_properties_of_just_so_many_bytes_are_taken() -> None:
    most = {"a": "x" * (MAX_PROPERTIES_BYTES - len('{"a":""}'))}

    assert FIELDS["properties"].deserialize(most) == most
    assert refusal(FIELDS["properties"], {"a": most["a"] + "x"})[0] == "FIELD_RANGE"


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
