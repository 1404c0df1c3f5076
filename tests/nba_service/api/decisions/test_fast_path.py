"""The quick way in accepts nothing that the schema refuses, and loads what the schema loads."""

from __future__ import annotations

import copy
from typing import Any

import marshmallow as ma
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_service.api.customers.schemas import ProfileSchema
from nba_service.api.decisions.fast_path import ACCEPT
from nba_service.api.decisions.requests import DecisionSchema
from nba_service.http.json_body import canonical_json

FULL: dict[str, Any] = {
    "customer_id": "mail-77/c-1042",
    "phase": "active evaluation",
    "channels": ["email", "web"],
    "placements": None,
    "limit": 3,
    "profile": {
        "account_id": None,
        "attributes": {"roof_area_m2": 64, "name": "Ünal", "owner": True, "share": 0.5, "gone": None},
        "consent": {"personalization": True, "email": False},
        "locale": "de-AT",
        "time_zone": "Europe/Vienna",
    },
    "interactions": [
        {
            "occurred_at": "2026-11-20T18:04:00Z",
            "touchpoint": "visit",
            "value": 3,
            "properties": {"a": [1, {}]},
        },
        {
            "occurred_at": "2026-11-20 18:04:00.1234+05:30",
            "channel": "web",
            "touchpoint": "quote",
            "phase": None,
        },
    ],
    "context": {"locale": "de", "device": "mobile", "time": "2026-11-20T18:05:00Z", "weights": {"offer": 2}},
    "exclude": ["teaser"],
    "decision_id": "d:1",
    "deferred": True,
    "explain": False,
    "when": "asked",
    "window": {"from": None, "until": "2026-11-21T00:00:00+00:00"},
}
"""Every field, with values that are right."""

NUMBERS = (None, True, False, 0, 1, -1, 21, 3.0, 0.5, 1e12, 1e13, 10**12 + 1, 2**53 - 1, 2**53, -0.0)
TEXTS = (
    "",
    " ",
    "a",
    "a" * 100,
    "a" * 101,
    "é" * 100,
    "a\n",
    "a\x00",
    "a/b",
    "../a",
    "a/..",
    "x/replay",
    "a//b",
)
WORDS = ("\u0300", "²", "\U0001d7d9", "de_AT", "de-", "Europe/Wien", "asked", "ASKED")
TIMES = (
    "2026-11-20T18:04:00",
    "2026-13-20T18:04:00Z",
    "1969-12-31T23:59:59Z",
    "2026-11-20T18:04:00Z\n",
    "9999-12-31T23:59:59-01:00",
)
LISTS = ([], ["a"], [1], ["a"] * 21)
OBJECTS = ({}, {"a": 1}, {"": 1}, {"a\n": 1}, {"a": {"b": 1}}, {"a": [1]}, {"until": None})
CONTEXTS = ({"locale": None}, {"time": "x"}, {"weights": {"a": 101}}, {"weights": {"a": True}}, {"locale": 3})
ODD = st.sampled_from([*NUMBERS, *TEXTS, *WORDS, *TIMES, *LISTS, *OBJECTS, *CONTEXTS, {"weights": None}])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


@st.composite
def bodies(draw: st.DrawFn, full: dict[str, Any]) -> Any:
    """Right ones, of any subset of fields, with up to two places made odd, left out or added."""
    body: Any = copy.deepcopy(full)
    for key in draw(st.sets(st.sampled_from(sorted(full)))) - {"customer_id"}:
        del body[key]
    for _ in range(draw(st.integers(0, 2))):
        if not body:
            break
        *above, last = draw(st.sampled_from(places(body)[1:]))
        inner = body
        for key in above:
            inner = inner[key]
        what = draw(st.sampled_from(["change", "leave out", "add"]))
        if what == "change":
            inner[last] = copy.deepcopy(draw(ODD | st.text(max_size=5)))  # a later round may change it
        elif what == "leave out":
            inner.pop(last)
        elif isinstance(inner, dict):
            name = draw(st.sampled_from(["extra", "ä b", "a\t", "locale", "time", "from", "until"]))
            inner[name] = copy.deepcopy(draw(ODD))
    return body


def check(schema: type[ma.Schema], body: Any) -> bool:
    """Whether the quick way accepted ``body``; then the schema loads the same from it."""
    sent = orjson.loads(orjson.dumps(body))
    quick = ACCEPT[schema](sent)
    if quick is None:
        return False
    loaded = schema().load(sent)
    assert quick == loaded
    assert repr(quick) == repr(loaded) or canonical_json(quick) == canonical_json(loaded)
    return True


@settings(max_examples=200, deadline=None)
@given(bodies(FULL))
def test_what_is_accepted_quickly_is_what_the_schema_loads(body: Any) -> None:
    check(DecisionSchema, body)


@settings(max_examples=100, deadline=None)
@given(bodies(FULL["profile"]) | ODD)
def test_profiles_too(body: Any) -> None:
    check(ProfileSchema, body)


@pytest.mark.parametrize(
    "body", [FULL, {"customer_id": "c-1"}, {"customer_id": "c", "context": {"device": "tv"}}]
)
def test_what_is_plainly_right_takes_the_quick_way(body: dict[str, Any]) -> None:
    assert check(DecisionSchema, body)
