"""Whoever a request names is found, in whatever form and under whatever name it came."""

from __future__ import annotations

import gzip
import json

import flask
import pytest

from nba_service.access.request_names import names_in_request

APP = flask.Flask(__name__)


def names(body: bytes, **about: object) -> frozenset[str]:
    with APP.test_request_context("/v1/x", method="POST", data=body, **about):  # type: ignore[arg-type]
        return names_in_request(flask.request._get_current_object(), body)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "body",
    [
        {"customer_id": "ada"},
        {"recipient": "ada", "message_id": "m-1"},
        {"visitor": "ada", "placements": ["hero"]},
        {"context": {"targetingKey": "ada"}},
        {"userId": "ada"},
        {"batch": [{"anonymousId": "x", "traits": {}}, {"previousId": "ada"}]},
        {"parameters": [{"email": "ada"}, {"external_id": "bob"}]},
        {"users": [{"userId": "ada", "properties": "{}"}]},
        {"aliases": ["x", "ada"]},
        {"contextFeatures": [{"user": "ada"}]},
        {"of": "ada"},
    ],
)
def test_every_tool_names_people_in_its_own_way(body: object) -> None:
    raw = json.dumps(body).encode()

    assert "ada" in names(raw)
    assert "ada" in names(gzip.compress(raw), headers={"Content-Encoding": "gzip"})


def test_half_of_a_character_in_a_batch_hides_nobody() -> None:
    assert "ada" in names(b'{"batch": [{"userId": "ada"}, {"title": "cut \\ud83d", "userId": "bob"}]}')


def test_forms_queries_and_addresses_count() -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert names(b"recipient=ada%40example.org&title=Hello", **form) == {"ada@example.org"}
    assert names(b"{}", query_string={"recipient": "bob", "locale": "de"}) == {"bob"}


def test_texts_that_are_no_ids_are_left_out() -> None:
    body = {"customer_id": "a b", "title": "Hello", "value_id": "x" * 300, "note_id": "nul\0", "count_id": 7}
    assert names(json.dumps(body).encode()) == frozenset()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 50 + b"]" * 50, b"null"])
def test_what_cannot_be_read_names_nobody(body: bytes) -> None:
    assert names(body) == frozenset()


def test_a_zipped_body_that_is_none_names_nobody() -> None:
    assert names(b"no gzip", headers={"Content-Encoding": "gzip"}) == frozenset()
