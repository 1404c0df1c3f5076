"""Segment's addresses, as its client libraries call them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.access.issuing import KeyIssuer
from nba_service.compat.segment.schemas import SegmentAnswer
from nba_service.keys.scopes import Scope
from nba_service.settings import Authentication, Settings
from tests.nba_service.conftest import NOW


def test_items_say_in_their_order_what_became_of_each(shared_client: FlaskClient) -> None:
    track = {"type": "track", "messageId": "sg-1", "userId": "sg", "event": "Quote"}

    answer = shared_client.post("/v1/batch", json={"batch": [track, "nonsense", None, track]})

    told = answer.get_json()
    assert SegmentAnswer().load(told)
    assert [item["status"] for item in told["items"]] == ["accepted", "rejected", "rejected", "duplicate"]
    assert [told[name] for name in ("accepted", "duplicate", "rejected")] == [1, 1, 2]


def test_the_address_says_of_which_type_one_message_is(shared_client: FlaskClient) -> None:
    body = {"type": "identify", "messageId": "sg-2", "userId": "sg", "event": "Visit"}

    (item,) = shared_client.post("/segment/v1/track", json=body).get_json()["items"]

    assert (item["type"], item["status"]) == ("track", "accepted")


def test_another_type_is_rejected_and_no_wrong_address(shared_client: FlaskClient) -> None:
    answer = shared_client.post("/segment/v1/dance", json={"messageId": "sg-3", "userId": "sg"})

    assert answer.status_code == 200
    assert answer.get_json()["rejected"] == 1


def test_a_batch_that_cannot_be_is_refused_in_segments_shape(shared_client: FlaskClient) -> None:
    answer = shared_client.post("/v1/batch", json={"batch": []})

    assert (answer.status_code, answer.get_json()["success"]) == (400, False)
    assert answer.get_json()["code"] == "FIELD_RANGE"


@pytest.mark.parametrize("auth", ["user", "password"])
def test_the_write_key_is_the_user_name_or_a_password_as_everywhere(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, auth: str
) -> None:
    app = make_app(replace(playbook_settings, authentication=Authentication.REQUIRED, key_cache_seconds=0))
    _, key = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW).create("s", scopes=[Scope.TRACK])
    pair = (key, "") if auth == "user" else ("anybody", key)
    body = {"batch": [{"type": "page", "messageId": "m-1", "userId": "c-1", "name": "Visit"}]}

    found = app.test_client().post("/v1/batch", json=body, auth=pair)
    wrong = app.test_client().post("/v1/batch", json=body, auth=("nobody", ""))

    assert (found.status_code, found.get_json()["accepted"]) == (200, 1)
    assert (wrong.status_code, wrong.get_json()["code"]) == (401, "KEY_INVALID")
