"""Bodies: strict JSON, bounded in depth, every key once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_service.errors import Problem
from nba_service.http.json_body import (
    MAX_DEPTH,
    HalfText,
    canonical_json,
    parse_json,
    plain_numbers,
    same_json,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(values)
def test_what_json_writes_is_read_as_it_was(value: object) -> None:
    """Odd keys (colons, quotes, backslashes) are no duplicates."""
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert parse_json(text.encode()) == value


@given(st.text(), values)
def test_a_repeated_key_is_refused_wherever_it_stands(key: str, value: object) -> None:
    pair = f"{json.dumps(key)}: {json.dumps(value)}"
    with pytest.raises(Problem) as caught:
        parse_json(f'[{{"a": {{{pair}, "other": 1, {pair}}}}}]'.encode() if key != "other" else b"[NaN]")
    assert caught.value.kind in ("DUPLICATE_KEY", "BODY_NOT_JSON")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty body"),
        (b"{", "line 1"),
        (b'{"a": NaN}', "NaN and Infinity are not JSON"),
        (b'{"a": -Infinity}', "NaN and Infinity are not JSON"),
        (b'"\xff"', "UTF-8"),
        (b"{'a': 1}", "Expected JSON"),
    ],
)
def test_what_is_no_json_is_refused_with_a_hint(body: bytes, said: str) -> None:
    with pytest.raises(Problem, match=said) as caught:
        parse_json(body)
    assert caught.value.kind == "BODY_NOT_JSON"


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 500, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(Problem) as caught:
        parse_json(b"[" * depth + b"]" * depth)
    assert caught.value.kind == "BODY_TOO_DEEP"


def test_sixteen_levels_are_enough_for_anybody() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical_json({"b": 1, "a": {"d": 2, "c": 3}}) == canonical_json({"a": {"c": 3, "d": 2}, "b": 1})


def test_half_of_a_character_costs_its_element_alone() -> None:
    body = (
        b'{"a": 1, "batch": [{"t": "\\ud83d\\ude00", "n": 18446744073709551616}, {"t": [1, "\\ud83d"]}, 2]}'
    )
    read = parse_json(body, parts="batch")

    assert isinstance(read, dict)
    whole, half, number = read["batch"]  # type: ignore[misc]
    assert (whole, number) == ({"t": "\U0001f600", "n": 18446744073709551616.0}, 2)
    assert isinstance(half, HalfText)
    assert half.path == "t[1]"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\\ud83d", "batch": []}',
        b'{"\\ud83d": 1, "batch": []}',
        b'["\\udc00"]',
        b'{"batch": ["\\ud83d"',
        b'{"batch": ["\\ud83d", NaN]}',
        b'{"batch": ["\\ud83d", "\xff"]}',
    ],
)
def test_what_is_wrong_with_the_whole_refuses_the_whole(body: bytes) -> None:
    with pytest.raises(Problem) as caught:
        parse_json(body, parts="batch")
    assert caught.value.kind == "BODY_NOT_JSON"


def test_depth_and_repeated_keys_are_bounded_beside_half_a_character_too() -> None:
    with pytest.raises(Problem) as caught:
        parse_json(b'{"batch": ["\\ud83d", ' + b"[" * 400 + b"]" * 400 + b"]}", parts="batch")
    assert caught.value.kind == "BODY_TOO_DEEP"
    with pytest.raises(Problem) as caught:
        parse_json(b'{"batch": ["\\ud83d"], "a": 1, "a": 2}', parts="batch")
    assert caught.value.kind == "DUPLICATE_KEY"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (True, 1, False),
        (False, 0, False),
        (1, 1.0, True),
        (True, True, True),
        (None, False, False),
        ({"a": [1, {"b": True}]}, {"a": [1.0, {"b": True}]}, True),
        ({"a": [1, {"b": True}]}, {"a": [1, {"b": 1}]}, False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([1, 2], [2, 1], False),
        ([1], [1, 1], False),
        ("1", 1, False),
    ],
)
def test_the_same_value_and_no_other(one: object, other: object, same: bool) -> None:
    assert same_json(one, other) is same
    assert same_json(other, one) is same


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_has_a_canonical_form_and_whole_ones_that_of_the_integer(number: float) -> None:
    """A float of 10^308 is an integer that JSON is not written with here."""
    said = canonical_json(plain_numbers({"a": [number]}))

    assert json.loads(said) == {"a": [number]}
    if number.is_integer() and abs(number) < 2**63:
        assert said == canonical_json({"a": [int(number)]})
