"""From a body to a validated call, or to a problem that names every field that is wrong."""

from __future__ import annotations

import gzip
from io import BytesIO
from typing import Any

import marshmallow as ma
import pytest
from werkzeug.exceptions import RequestEntityTooLarge

from nba_service.errors import Problem
from nba_service.http.application import Application, the_globals, the_request
from nba_service.http.body import MAX_PROBLEMS, body_loader, describe, problem_of_messages, read_body
from nba_service.http.fields import Listed, Mapped, Number, Text, Whole
from nba_service.http.schema import Strict

APP = Application("test")
JSON = "application/json"


class Part(Strict):
    size = Number(required=True)


class Order(Strict):
    name = Text(required=True)
    amount = Whole(minimum=1, maximum=9, load_default=1)
    parts = Listed(ma.fields.Nested(Part), maximum=3)
    prices = Mapped(Number(), maximum=3)


class PlainOrder(Order):
    plain_text = True


def read(data: bytes = b"{}", content_type: str = JSON, *, plain: bool = False, **headers: str) -> Any:
    with APP.test_request_context(
        method="POST", data=data, content_type=content_type, headers=list(headers.items())
    ):
        return read_body(the_request(), plain=plain)


def load(schema: type[ma.Schema], data: bytes, content_type: str = JSON, **options: Any) -> Any:
    with APP.test_request_context(method="POST", data=data, content_type=content_type):
        return body_loader(schema, **options)(the_request())


def refused(data: bytes) -> list[tuple[str, str, str]]:
    with pytest.raises(Problem) as raised:
        load(Order, data)
    return [(one.field, one.code, one.detail) for one in raised.value.errors]


@pytest.mark.parametrize(
    "content_type",
    [JSON, "Application/JSON; charset=utf-8", "application/vnd.api+json", "application/ld.x+json"],
)
def test_json_may_be_called_by_any_of_its_names(content_type: str) -> None:
    assert read(b'{"a": 1}', content_type) == {"a": 1}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/json", "application/jsonp", "multipart/form-data", ""]
)
def test_what_is_not_called_json_is_refused(content_type: str) -> None:
    with pytest.raises(Problem, match="Expected Content-Type: application/json, got ") as raised:
        read(b"{}", content_type)
    assert raised.value.status == 415


def test_pages_may_call_it_plain_text_where_the_schema_says_so() -> None:
    assert read(b"[1]", "text/plain;charset=UTF-8", plain=True) == [1]
    assert load(PlainOrder, b'{"name": "x"}', "text/plain")["name"] == "x"
    with pytest.raises(Problem, match="'text/html'"):
        read(b"[1]", "text/html", plain=True)


def test_the_body_is_kept_for_error_texts() -> None:
    with APP.test_request_context(method="POST", data=b'{"a": 1}', content_type=JSON):
        read_body(the_request())
        assert the_globals().body == {"a": 1}


def test_a_zipped_body_is_unzipped() -> None:
    assert read(gzip.compress(b'{"a": 1}'), **{"Content-Encoding": "gzip"}) == {"a": 1}


class Broken(BytesIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def read(self, *_: object) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(TimeoutError(), 408, "REQUEST_TIMEOUT"), (ConnectionResetError(), 400, "BAD_REQUEST")],
)
def test_a_body_that_does_not_come_whole_is_refused(error: OSError, status: int, code: str) -> None:
    environment = {"wsgi.input": Broken(error), "wsgi.input_terminated": True, "CONTENT_TYPE": JSON}
    with (
        APP.test_request_context(method="POST", environ_overrides=environment),
        pytest.raises(Problem) as raised,
    ):
        read_body(the_request())
    assert (raised.value.status, raised.value.kind) == (status, code)


def test_a_body_in_chunks_is_not_cut_off_without_a_word() -> None:
    app = Application("bounded")
    app.config["MAX_CONTENT_LENGTH"] = 10
    chunked = {"wsgi.input": BytesIO(b'"12345678"+'), "wsgi.input_terminated": True, "CONTENT_TYPE": JSON}

    with (
        app.test_request_context(method="POST", environ_overrides=chunked),
        pytest.raises(RequestEntityTooLarge),
    ):
        read_body(the_request())


def test_a_whole_body_is_loaded_with_its_defaults() -> None:
    assert load(Order, b'{"name": "x", "parts": [{"size": 2}]}') == {
        "name": "x",
        "amount": 1,
        "parts": [{"size": 2.0}],
    }


def test_the_quick_way_in_comes_first_and_the_schema_where_it_cannot_tell() -> None:
    def accept(body: Any) -> str | None:
        return "quick" if body.get("name") == "q" else None

    assert load(Order, b'{"name": "q", "unheard": 1}', accept=accept) == "quick"
    assert load(Order, b'{"name": "x"}', accept=accept)["name"] == "x"


def test_every_wrong_field_is_named_by_its_path_with_what_came() -> None:
    found = refused(b'{"amount": 10, "parts": [{"size": 1}, {"size": "big"}, {}], "prices": {"a": null}}')

    assert [(field, code) for field, code, _ in found] == [
        ("name", "FIELD_REQUIRED"),
        ("amount", "FIELD_RANGE"),
        ("parts[1].size", "FIELD_TYPE"),
        ("parts[2].size", "FIELD_REQUIRED"),
        ("prices.a", "FIELD_TYPE"),
    ]
    details = [detail for _, _, detail in found]
    assert details[0].endswith("got nothing.")
    assert details[1] == "expected a whole number from 1 to 9, got the number 10."
    assert details[2].endswith("got 'big'.")
    assert details[4].endswith("got null.")


def test_an_unknown_field_is_refused_with_those_that_there_are() -> None:
    ((field, code, detail),) = refused(b'{"name": "x", "colour": "red"}')

    assert (field, code) == ("colour", "UNKNOWN_FIELD")
    assert detail == "expected one of the fields name, amount, parts, prices, got 'red'. Leave it out."


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"3"])
def test_a_body_that_is_no_object_has_no_path(body: bytes) -> None:
    ((field, code, detail),) = refused(body)

    assert (field, code) == ("", "FIELD_TYPE")
    assert detail.startswith("expected an object, got ")


def test_an_answer_names_only_so_many_problems() -> None:
    body = {f"f{index}": 1 for index in range(MAX_PROBLEMS + 20)}
    with pytest.raises(ma.ValidationError) as raised:
        Order().load({"name": "x", **body})

    assert len(problem_of_messages(raised.value.messages, body).errors) == MAX_PROBLEMS


def test_a_long_name_of_a_field_is_cut() -> None:
    ((field, _, _),) = refused(b'{"name": "x", "' + b"y" * 100 + b'": 1}')

    assert field == "y" * 64


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ma.missing, "nothing"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (3, "the number 3"),
        (0.5, "the number 0.5"),
        (10**40, "the number " + "1" + "0" * 31),
        ("plain @ home", "'plain @ home'"),
        ("x" * 65, "a text of 65 characters"),
        ("<script>", "a text of 8 characters"),
        ("line\n", "a text of 5 characters"),
        ([1, 2], "a list of 2 entries"),
        ({"a": 1}, "an object of 1 entries"),
        (object, "type"),
    ],
)
def test_values_are_described_short_and_plain(value: object, text: str) -> None:
    assert describe(value) == text


def test_a_message_of_the_library_itself_is_passed_on() -> None:
    found = problem_of_messages({"name": ["Something else."]}, {})

    assert [(one.field, one.code, one.detail) for one in found.errors] == [
        ("name", "FIELD_TYPE", "Something else.")
    ]
