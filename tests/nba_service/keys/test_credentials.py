"""How a request shows its key: each tool in its own way."""

from __future__ import annotations

import base64
from typing import Any

import flask
import pytest

from nba_service.keys.credentials import (
    USUAL,
    Credentials,
    basic_password,
    basic_user,
    bearer,
    first_of,
    header,
    publishable_query,
    signed,
)
from nba_service.keys.tokens import KeyKind, make_token

APP = flask.Flask("credentials")
PAGE_KEY = make_token(KeyKind.PUBLISHABLE)
SECRET_KEY = make_token(KeyKind.SECRET)


def shown(way: Credentials, path: str = "/", **headers: str) -> str | None:
    named: Any = {name.replace("_", "-"): text for name, text in headers.items()}
    with APP.test_request_context(path, headers=named):
        return way(flask.request._get_current_object())  # type: ignore[attr-defined]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "key"),
    [
        ("Bearer nbask_x", "nbask_x"),
        ("bearer   nbask_x  ", "nbask_x"),
        ("BEARER nbask_x", "nbask_x"),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic nbask_x", None),
        ("nbask_x", None),
        ("", None),
    ],
)
def test_a_bearer_token_in_any_case(authorization: str, key: str | None) -> None:
    assert shown(bearer, Authorization=authorization) == key


def test_no_header_shows_no_key() -> None:
    for way in (bearer, basic_password, basic_user, signed, publishable_query, header("X-Key"), USUAL):
        assert shown(way) is None


def test_basic_has_the_key_as_password_or_as_user_by_the_tool() -> None:
    both = basic("anybody", "nbask_x")

    assert shown(basic_password, Authorization=both) == "nbask_x"
    assert shown(basic_user, Authorization=both) == "anybody"
    assert shown(basic_password, Authorization=basic("nbask_x", "")) is None
    assert shown(basic_user, Authorization=basic("", "nbask_x")) is None
    assert shown(basic_password, Authorization="Bearer nbask_x") is None
    assert shown(basic_user, Authorization="Basic not-base-64") is None


@pytest.mark.parametrize(
    ("authorization", "key"),
    [
        ("AWS4-HMAC-SHA256 Credential=nbask_x/20261120/eu/personalize/aws4_request, Signature=0", "nbask_x"),
        ("AWS4-HMAC-SHA256  Credential=nbask_x/", "nbask_x"),
        ("AWS4-HMAC-SHA256 Credential=/20261120", None),
        ("AWS4-HMAC-SHA256 Credential=a,b/20261120", None),
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Credential=nbask_x/", None),
        ("Bearer AWS4-HMAC-SHA256 Credential=nbask_x/", None),
    ],
)
def test_a_signed_request_has_the_key_as_access_key_id(authorization: str, key: str | None) -> None:
    assert shown(signed, Authorization=authorization) == key


@pytest.mark.parametrize(
    ("query", "key"),
    [(PAGE_KEY, PAGE_KEY), (SECRET_KEY, None), (PAGE_KEY[:-1], None), ("", None)],
    ids=["publishable", "secret", "mistyped", "empty"],
)
def test_only_a_publishable_key_may_stand_in_an_address(query: str, key: str | None) -> None:
    assert shown(publishable_query, f"/?key={query}") == key


def test_a_header_of_its_own_has_the_key_alone() -> None:
    way = header("Ocp-Apim-Subscription-Key")

    assert shown(way, Ocp_Apim_Subscription_Key=" nbask_x ") == "nbask_x"
    assert shown(way, Ocp_Apim_Subscription_Key="  ") is None


def test_the_first_way_that_shows_something_counts() -> None:
    ways = first_of(header("X-Key"), bearer)

    assert shown(ways, X_Key="own", Authorization="Bearer usual") == "own"
    assert shown(ways, Authorization="Bearer usual") == "usual"
    assert shown(USUAL, Authorization=basic("u", "nbask_x")) == "nbask_x"
    assert shown(USUAL, Authorization="Bearer nbask_x") == "nbask_x"
