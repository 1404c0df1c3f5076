"""OFREP's addresses, as providers call them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from nba_service.compat.openfeature.schemas import FlagAnswer, FlagsAnswer

FLAGS = "/ofrep/v1/evaluate/flags"


def context(key: str, **more: object) -> dict[str, Any]:
    return {"context": {"targetingKey": key, **more}}


def test_one_flag_has_ofreps_fields(shared_client: FlaskClient) -> None:
    answer = shared_client.post(f"{FLAGS}/banner", json=context("of-1"))

    assert answer.status_code == 200
    assert FlagAnswer().load(answer.get_json())
    assert answer.get_json()["key"] == "banner"


def test_all_flags_are_not_sent_twice_while_they_are_the_same(shared_client: FlaskClient) -> None:
    first = shared_client.post(FLAGS, json=context("of-2"))
    tag = first.headers["ETag"]

    same = shared_client.post(FLAGS, json=context("of-2"), headers={"If-None-Match": tag})
    other = shared_client.post(FLAGS, json=context("of-3"), headers={"If-None-Match": tag})

    assert FlagsAnswer().load(first.get_json())
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    assert other.status_code == 200


def test_the_header_of_an_objection_makes_another_decision(shared_client: FlaskClient) -> None:
    """Otherwise the one without profile would be answered with what is known of the customer."""
    ids = [
        shared_client.post(
            f"{FLAGS}/banner", json=context("of-4", consent={"personalization": True}), headers=headers
        )
        for headers in ({"Sec-GPC": "1"}, {"Sec-GPC": "0"})
    ]

    assert [one.status_code for one in ids] in ([200, 200], [200, 400]), ids[1].text


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (f"{FLAGS}/nowhere", context("of-5"), 404, "FLAG_NOT_FOUND"),
        (f"{FLAGS}/banner.colour", context("of-5"), 404, "FLAG_NOT_FOUND"),
        (f"{FLAGS}/banner", {}, 400, "TARGETING_KEY_MISSING"),
        (f"{FLAGS}/banner", context("a b"), 400, "INVALID_CONTEXT"),
        (f"{FLAGS}/banner", {"context": []}, 400, "INVALID_CONTEXT"),
        (FLAGS, {}, 400, "TARGETING_KEY_MISSING"),
    ],
)
def test_refusals_have_ofreps_words_and_the_flags_key(
    shared_client: FlaskClient, path: str, body: object, status: int, code: str
) -> None:
    answer = shared_client.post(path, json=body)

    told = answer.get_json()
    assert (answer.status_code, told["errorCode"]) == (status, code)
    assert told.get("key") == (path.removeprefix(f"{FLAGS}/") if path != FLAGS else None)
    assert told["errorDetails"]


@pytest.mark.parametrize(("body", "content_type"), [(b"{", "application/json"), (b"{}", "text/html")])
def test_what_is_no_json_cannot_be_parsed(shared_client: FlaskClient, body: bytes, content_type: str) -> None:
    answer = shared_client.post(FLAGS, data=body, content_type=content_type)

    assert (answer.status_code, answer.get_json()["errorCode"]) == (400, "PARSE_ERROR")
