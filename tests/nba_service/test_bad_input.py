"""Every way to ask wrongly has a stable code and a sentence that helps; none of them is a 500."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.settings import Settings

INTERACTION = {"occurred_at": "2026-11-19T10:00:00Z", "touchpoint": "visit"}

WRONG_DECISIONS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"phase": "buyer"}, "UNKNOWN_PHASE", "phase", "stranger"),
    ({"channels": ["emial"]}, "UNKNOWN_CHANNEL", "channels", "Did you mean 'email'?"),
    ({"placements": ["footer"]}, "UNKNOWN_PLACEMENT", "placements", "banner"),
    ({"exclude": ["discount"]}, "UNKNOWN_ACTION", "exclude", "teaser"),
    ({"context": {"weights": {"discount": 2}}}, "UNKNOWN_ACTION", "context.weights", "sales"),
    ({"chanel": "email"}, "UNKNOWN_FIELD", "chanel", "channels"),
    ({"customer_id": 5}, "FIELD_TYPE", "customer_id", "the number 5"),
    ({"customer_id": None}, "FIELD_TYPE", "customer_id", "null"),
    ({"customer_id": ""}, "FIELD_RANGE", "customer_id", "1 to 200"),
    ({"customer_id": "x" * 201}, "FIELD_RANGE", "customer_id", "1 to 200"),
    ({"decision_id": "a//b"}, "FIELD_RANGE", "decision_id", "single /"),
    ({"decision_id": "../etc"}, "FIELD_RANGE", "decision_id", "single /"),
    ({"decision_id": "d/replay"}, "FIELD_RANGE", "decision_id", "single /"),
    ({"limit": 0}, "FIELD_RANGE", "limit", "from 1 to 20"),
    ({"limit": True}, "FIELD_TYPE", "limit", "got true"),
    ({"limit": "3"}, "FIELD_TYPE", "limit", "whole number"),
    ({"channels": "email"}, "FIELD_TYPE", "channels", "a list"),
    ({"channels": ["email"] * 21}, "FIELD_RANGE", "channels", "1 to 20"),
    ({"deferred": "yes"}, "FIELD_TYPE", "deferred", "true or false"),
    ({"context": {"locale": "Deutsch!"}}, "FIELD_RANGE", "context.locale", "de-AT"),
    ({"context": {"weights": {"teaser": -1}}}, "FIELD_RANGE", "context.weights.teaser", "0 to 100"),
    ({"context": {"n": 2**53}}, "FIELD_TYPE", "context.n", "to 9007199254740991"),
    ({"context": {"deep": {"er": 1}}}, "FIELD_TYPE", "context.deep", "an object"),
    ({"context": {"time": "2026-11-20T12:00:00"}}, "TIME_ZONE_MISSING", "context.time", "Append Z"),
    ({"context": {"time": "yesterday"}}, "TIME_INVALID", "context.time", "2026-11-20T18:04:00Z"),
    ({"context": {"time": "2026-02-30T12:00:00Z"}}, "TIME_INVALID", "context.time", "2026-11-20"),
    ({"context": {"time": "1969-12-31T23:00:00Z"}}, "FIELD_RANGE", "context.time", "1970"),
    ({"context": {"time": "2026-11-20T12:06:00Z"}}, "TIME_IN_FUTURE", "context.time", "sender's clock"),
    ({"profile": {"attributes": {"shoe": 42}}}, "UNKNOWN_ATTRIBUTE", "profile.attributes", "age"),
    ({"profile": {"attributes": {"age": "old"}}}, "ATTRIBUTE_VALUE", "profile.attributes.age", "a number"),
    ({"profile": {"attributes": {"age": 151}}}, "ATTRIBUTE_VALUE", "profile.attributes.age", "up to 150"),
    ({"profile": {"attributes": {"vip": 1}}}, "ATTRIBUTE_VALUE", "profile.attributes.vip", "true or false"),
    ({"profile": {"attributes": {"segment": "x"}}}, "ATTRIBUTE_VALUE", "profile.attributes.segment", "new"),
    ({"profile": {"attributes": {"age": [1]}}}, "FIELD_TYPE", "profile.attributes.age", "a list"),
    ({"profile": {"consent": {"email": 1}}}, "FIELD_TYPE", "profile.consent.email", "true or false"),
    ({"profile": {"time_zone": "Wien"}}, "FIELD_RANGE", "profile.time_zone", "Europe/Vienna"),
    ({"interactions": [{"touchpoint": "visit"}]}, "FIELD_REQUIRED", "interactions[0].occurred_at", "nothing"),
    (
        {"interactions": [INTERACTION, {**INTERACTION, "occurred_at": "2026-11-20T12:05:01Z"}]},
        "TIME_IN_FUTURE",
        "interactions[1].occurred_at",
        "got 2026-11-20T12:05:01Z",
    ),
    (
        {"interactions": [{**INTERACTION, "channel": "fax"}]},
        "UNKNOWN_CHANNEL",
        "interactions[0].channel",
        "web",
    ),
    ({"interactions": [{**INTERACTION, "phase": "x"}]}, "UNKNOWN_PHASE", "interactions[0].phase", "customer"),
    ({"interactions": [{**INTERACTION, "value": 1e13}]}, "FIELD_RANGE", "interactions[0].value", "1e+12"),
    (
        {"interactions": [{**INTERACTION, "properties": {"text": "x" * 9_000}}]},
        "FIELD_RANGE",
        "interactions[0].properties",
        "8192 bytes",
    ),
    ({"interactions": [INTERACTION] * 501}, "FIELD_RANGE", "interactions", "0 to 500"),
]


@pytest.mark.parametrize(
    ("wrong", "code", "field", "said"),
    WRONG_DECISIONS,
    ids=[f"{index}-{case[1]}-{case[2]}" for index, case in enumerate(WRONG_DECISIONS)],
)
def test_a_wrong_field_has_its_code_and_its_path(
    shared_client: FlaskClient, wrong: dict[str, Any], code: str, field: str, said: str
) -> None:
    answer = shared_client.post("/v1/decisions", json={"customer_id": "c", **wrong})

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert (problem["code"], problem["status"]) == (code, 422)
    assert problem["errors"][0]["field"] == field
    assert said in problem["detail"]
    assert problem["type"] == f"urn:nba:error:{code}"


def test_several_problems_are_reported_together(shared_client: FlaskClient) -> None:
    problem = shared_client.post("/v1/decisions", json={"limit": 0, "colour": "red"}).get_json()

    assert problem["code"] == "REQUEST_INVALID"
    assert {(error["field"], error["code"]) for error in problem["errors"]} == {
        ("customer_id", "FIELD_REQUIRED"),
        ("limit", "FIELD_RANGE"),
        ("colour", "UNKNOWN_FIELD"),
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "BODY_NOT_JSON"),
        (b'{"customer_id": "c"', 400, "BODY_NOT_JSON"),
        (b'{"customer_id": "c", "limit": NaN}', 400, "BODY_NOT_JSON"),
        (b'{"customer_id": "c", "customer_id": "d"}', 400, "DUPLICATE_KEY"),
        (b'{"customer_id": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400, "BODY_TOO_DEEP"),
        (b'{"customer_id": "' + b"x" * 2_000_000 + b'"}', 413, "BODY_TOO_LARGE"),
        (b'["customer_id"]', 422, "FIELD_TYPE"),
        (b"null", 422, "FIELD_TYPE"),
        (b'{"customer_id": 9999999999999999999999999999}', 422, "FIELD_TYPE"),
    ],
)
def test_a_body_that_cannot_be_read(shared_client: FlaskClient, body: bytes, status: int, code: str) -> None:
    answer = shared_client.post("/v1/decisions", data=body, content_type="application/json")

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_a_body_must_say_that_it_is_json(shared_client: FlaskClient) -> None:
    answer = shared_client.post("/v1/decisions", data=b'{"customer_id": "c"}', content_type="text/plain")

    assert (answer.status_code, answer.get_json()["code"]) == (415, "CONTENT_TYPE")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/v1/decisions", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v1/decisions/unknown", 404, "DECISION_UNKNOWN"),
        ("GET", "/v1/decisions/unknown/replay", 404, "DECISION_UNKNOWN"),
        ("GET", "/v1/decisions/unknown/explanation", 404, "DECISION_UNKNOWN"),
        ("GET", "/v1/decisions/%00", 404, "NOT_FOUND"),
        ("GET", "/v1/customers/unknown", 404, "CUSTOMER_UNKNOWN"),
        ("GET", "/v1/customers/a%20b", 404, "CUSTOMER_UNKNOWN"),
    ],
)
def test_wrong_addresses(shared_client: FlaskClient, method: str, path: str, status: int, code: str) -> None:
    answer = shared_client.open(path, method=method)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.mimetype == "application/problem+json"
    assert status != 405 or "POST" in answer.headers["Allow"]


def test_an_unknown_customer_still_gets_a_decision(shared_client: FlaskClient) -> None:
    answer = shared_client.post("/v1/decisions", json={"customer_id": "never-seen"})

    assert answer.status_code == 200
    assert answer.get_json()["phase"] == {
        "name": "stranger",
        "source": "default",
        "since": "2026-11-20T12:00:00Z",
    }


def test_an_unexpected_failure_tells_nothing_and_is_logged_under_its_id(
    make_app: Callable[[Settings], flask.Flask],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    app = make_app(settings)
    secret = "Mrs Secret"
    monkeypatch.setattr(
        type(app.extensions["nba"].decisions), "decide", lambda *_: [][int(bool(secret))], raising=True
    )

    answer = app.test_client().post("/v1/decisions", json={"customer_id": secret.replace(" ", "")})

    assert (answer.status_code, answer.get_json()["code"]) == (500, "INTERNAL")
    assert "IndexError" not in answer.text
    logged = capfd.readouterr().err
    assert answer.headers["X-Request-ID"] in logged
    assert "Secret" not in logged


def test_a_damaged_store_still_answers_and_says_so(
    make_app: Callable[[Settings], flask.Flask], settings: Settings
) -> None:
    app = make_app(settings)
    app.extensions["nba"].store.close()
    broken = dataclasses.replace(settings, database_url="sqlite:////proc/none/nba.sqlite")
    with pytest.raises(OSError, match="proc"):
        make_app(broken)
    path = settings.database_url.removeprefix("sqlite:///")
    with open(path, "r+b") as file:
        file.write(b"not a database any more")
    for suffix in ("-wal", "-shm"):
        with open(path + suffix, "wb"):
            pass

    answer = app.test_client().post("/v1/decisions", json={"customer_id": "c"})

    told = answer.get_json()
    assert (answer.status_code, told["degraded"]) == (200, True), told
    assert told["degraded_by"], "the answer says why"
    assert "not a database" not in answer.text


PATHS = ["/v1/decisions", "/v1/explanations", "/v1/outcomes", "/v1/interactions", "/v1/decisions/batch"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["customer_id", "phase", "channels", "placements", "limit", "profile", "interactions", "context",
          "exclude", "decision_id", "deferred", "explain"]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4), path=st.sampled_from(PATHS))
def test_no_json_makes_the_service_fail(shared_client: FlaskClient, body: dict[str, Any], path: str) -> None:
    answer = shared_client.post(path, json=body)

    assert answer.status_code in (200, 202, 400, 422)
    assert answer.status_code < 300 or set(answer.get_json()) >= {"type", "title", "status", "detail", "code"}
