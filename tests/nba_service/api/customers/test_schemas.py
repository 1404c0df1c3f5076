"""What a profile and its aliases may be."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from nba_service.api.customers.schemas import AliasesSchema, ProfileSchema, PutProfileSchema
from nba_service.decisions.calls import AliasesCall, Profile


def wrong(schema: type[ma.Schema], body: Any) -> list[str]:
    with pytest.raises(ma.ValidationError) as raised:
        schema().load(body)
    return [*raised.value.normalized_messages()]


def test_a_whole_profile_becomes_a_profile() -> None:
    found = PutProfileSchema().load(
        {
            "account_id": "acme",
            "attributes": {"age": 40, "vip": None, "name": "Ada"},
            "consent": {"email": False},
            "locale": "de-AT",
            "time_zone": "Europe/Vienna",
            "aliases": ["v-1", "v-2"],
        }
    )

    assert found == Profile(
        account_id="acme",
        attributes={"age": 40, "vip": None, "name": "Ada"},
        consent={"email": False},
        locale="de-AT",
        time_zone="Europe/Vienna",
        aliases=("v-1", "v-2"),
    )


def test_everything_may_be_left_out() -> None:
    assert ProfileSchema().load({}) == PutProfileSchema().load({}) == Profile()


def test_only_a_profile_that_is_put_has_aliases() -> None:
    assert wrong(ProfileSchema, {"aliases": ["v-1"]}) == ["aliases"]


@pytest.mark.parametrize(
    "body",
    [
        {"attributes": {"a": [1]}},
        {"attributes": {f"a{n}": 1 for n in range(201)}},
        {"consent": {"email": 1}},
        {"consent": {"email": None}},
        {"locale": "Deutsch!"},
        {"time_zone": "Wien"},
        {"account_id": "a b"},
        {"aliases": [f"v-{n}" for n in range(101)]},
    ],
)
def test_what_cannot_be_is_refused_under_its_field(body: dict[str, Any]) -> None:
    assert wrong(PutProfileSchema, body) == [*body]


def test_aliases_alone_must_be_some() -> None:
    assert AliasesSchema().load({"aliases": ["v-1", "v-1"]}) == AliasesCall(aliases=("v-1", "v-1"))
    for body in ({}, {"aliases": []}, {"aliases": None}):
        assert wrong(AliasesSchema, body) == ["aliases"]
