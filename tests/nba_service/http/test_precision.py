"""Answers have six digits that count, and what they are made of keeps all."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flask
import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_service.http.precision import rounded, shown
from nba_service.settings import Settings


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0.16666666666666666, 0.166667),
        (2934.1253342075747, 2934.13),
        (0.000012345678, 0.0000123457),
        (-1.98765432, -1.98765),
        (1795172400.0, 1795172400.0),  # whole numbers stay
        (0.0, 0.0),
        (1234567.5, 1234570.0),
    ],
)
def test_six_digits_count(number: float, told: float) -> None:
    assert rounded(number) == told


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_was_rounded_stays_and_lies_close(number: float) -> None:
    once = rounded(number)

    assert rounded(once) == once
    assert math.isclose(once, number, rel_tol=5.1e-6, abs_tol=5e-324)


def test_everything_but_fractions_stays_as_it_is() -> None:
    value = {"a": [1, True, None, "0.123456789", (np.float64(1 / 3),)], "b": {"c": 2 / 3}}

    assert shown(value) == {"a": [1, True, None, "0.123456789", [0.333333]], "b": {"c": 0.666667}}


def test_caller_repeat_and_read_get_the_same_bytes_and_replay_every_digit(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    client = make_app(settings).test_client()
    body = {"customer_id": "c-1", "decision_id": "d-1", "channels": ["web", "email"]}

    first = client.post("/v1/decisions", json=body)
    again = client.post("/v1/decisions", json=body, headers={"Origin": "https://elsewhere.example"})
    batch = client.post("/v1/decisions/batch", json={"decisions": [body]})
    stored = client.get("/v1/decisions/d-1")
    replay = client.get("/v1/decisions/d-1/replay").get_json()

    assert first.data == again.data == stored.data
    assert batch.data == b'{"decisions":[' + first.data + b"]}"
    assert replay["identical"]
    told, kept = (leaves(orjson.loads(first.data)), leaves(replay["recorded"]))
    assert told == [rounded(number) for number in kept]
    assert told != kept


def leaves(value: Any) -> list[float]:
    """Every fraction, in order."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value] if isinstance(value, float) else []
