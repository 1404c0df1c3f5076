"""Every failure becomes one problem+json answer that gives nothing away."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import flask
import pytest
from structlog.testing import capture_logs
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, RequestEntityTooLarge

from models.errors import BundleError, NBAError
from nba_service.errors import PROBLEM_TYPE, Problem, StoreError
from nba_service.http.application import Application
from nba_service.http.current import register
from nba_service.http.problems import (
    RETRY_SECONDS,
    handle_core_error,
    handle_http_exception,
    handle_unexpected,
)
from nba_service.settings import Settings


@pytest.fixture
def answer() -> Callable[[Exception], flask.Response]:
    """``answer(error)``: what a client gets when a view raises it."""

    def of(error: Exception) -> flask.Response:
        app = Application("test")
        register(app, [Settings(max_body_bytes=5)])
        app.register_error_handler(NBAError, handle_core_error)
        app.register_error_handler(HTTPException, handle_http_exception)
        app.register_error_handler(Exception, handle_unexpected)
        app.before_request(lambda: setattr(flask.g, "request_id", "r-1"))

        @app.get("/fails")
        def fails() -> NoReturn:
            raise error

        return app.test_client().get("/fails")

    return of


def test_a_problem_goes_out_with_its_headers_and_the_id_of_its_request(answer) -> None:  # type: ignore[no-untyped-def]
    found = answer(Problem("RATE_LIMITED", "Too many.", headers={"Retry-After": "7"}))

    assert (found.status_code, found.content_type) == (429, PROBLEM_TYPE)
    assert found.headers["Retry-After"] == "7"
    told = found.get_json(force=True)
    assert (told["code"], told["instance"]) == ("RATE_LIMITED", "urn:nba:request:r-1")


def test_what_is_not_available_says_when_to_ask_again_and_is_logged(answer) -> None:  # type: ignore[no-untyped-def]
    with capture_logs() as logs:
        found = answer(StoreError("The store is away."))

    assert (found.status_code, found.headers["Retry-After"]) == (503, RETRY_SECONDS)
    assert found.get_json(force=True)["detail"] == "The store is away."
    assert [(one["event"], one["code"]) for one in logs] == [("request_failed", "STORE_UNAVAILABLE")]


@pytest.mark.parametrize("error", [BundleError("b-1 at /srv/secret"), ValueError("secret")])
def test_what_is_our_fault_says_nothing_about_itself_but_in_the_log(answer, error: Exception) -> None:  # type: ignore[no-untyped-def]
    with capture_logs() as logs:
        found = answer(error)

    told = found.get_json(force=True)
    assert (found.status_code, told["code"]) == (500, "INTERNAL")
    assert told["detail"] == "The request could not be handled. Report it with the id r-1."
    assert "secret" not in found.text
    assert [(one["event"], one["error"]) for one in logs] == [("request_failed", type(error).__name__)]


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        (NotFound(), 404, "NOT_FOUND", "Expected an address of this API"),
        (BadRequest(), 400, "BAD_REQUEST", "Expected a well-formed HTTP request"),
        (RequestEntityTooLarge(), 413, "BODY_TOO_LARGE", "Expected a body of at most 5 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals_of_http_have_our_shape(
    answer, error: Exception, status: int, code: str, detail: str
) -> None:  # type: ignore[no-untyped-def]
    found = answer(error)

    told = found.get_json(force=True)
    assert (found.status_code, told["code"]) == (status, code)
    assert told["detail"].startswith(detail)


def test_a_wrong_method_is_told_which_ones_there_are() -> None:
    app = Application("test")
    app.register_error_handler(HTTPException, handle_http_exception)
    app.before_request(lambda: setattr(flask.g, "request_id", "r-1"))
    app.add_url_rule("/only", view_func=lambda: "x", methods=["PUT"])

    found = app.test_client().post("/only")

    assert found.status_code == 405
    assert set(found.headers["Allow"].split(", ")) == {"PUT", "OPTIONS"}
    assert found.get_json(force=True)["detail"].endswith("got POST. See /docs.")


def test_a_redirect_is_no_failure() -> None:
    app = Application("test")
    app.register_error_handler(HTTPException, handle_http_exception)
    app.add_url_rule("/folder/", view_func=lambda: "x")

    assert app.test_client().get("/folder").status_code == 308
