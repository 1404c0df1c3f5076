"""Refusals in a tool's own words keep what a client needs to act on."""

from __future__ import annotations

import flask
import pytest
from werkzeug.exceptions import MethodNotAllowed

from nba_service.compat.error_format import Refusal, ShownProblem, compat_routes
from nba_service.errors import FieldProblem, Problem, StoreError, problem_of_fields
from nba_service.http.application import Application
from nba_service.http.schema import ProblemAnswer
from nba_service.keys.credentials import USUAL


def shape(problem: ShownProblem) -> Refusal:
    body = {"said": problem.code, "field": problem.field}
    return Refusal(problem.status + 1, body, {"X-Tool": "yes"})


@pytest.fixture
def client() -> flask.testing.FlaskClient:
    routes = compat_routes(
        "tool", "A tool.", credentials=USUAL, problem=ProblemAnswer, shape=shape, spelled={}
    )
    failures = {
        "store": StoreError("away"),
        "field": problem_of_fields([FieldProblem(field="a.b", code="FIELD_TYPE", detail="expected x")]),
        "method": MethodNotAllowed(valid_methods=["POST"]),
        "problem": Problem("KEY_MISSING", "Expected a key.", headers={"WWW-Authenticate": "Bearer"}),
        "bug": ValueError("secret"),
    }

    def fail(name: str) -> flask.Response:
        raise failures[name]

    routes.blueprint.add_url_rule("/<name>", view_func=fail)
    app = Application("tool")
    app.before_request(lambda: setattr(flask.g, "request_id", "r-1"))
    app.register_blueprint(routes.blueprint)
    return app.test_client()


def test_the_tool_says_it_and_the_code_stands_in_a_header(client: flask.testing.FlaskClient) -> None:
    answer = client.get("/field")
    assert (answer.status_code, answer.get_json()) == (423, {"said": "FIELD_TYPE", "field": "a.b"})
    assert (answer.headers["X-Tool"], answer.headers["X-Problem-Code"]) == ("yes", "FIELD_TYPE")


@pytest.mark.parametrize(
    ("path", "header", "value"),
    [
        ("/store", "Retry-After", "2"),
        ("/method", "Allow", "POST"),
        ("/problem", "WWW-Authenticate", "Bearer"),
    ],
)
def test_what_a_client_acts_on_is_passed_on(
    client: flask.testing.FlaskClient, path: str, header: str, value: str
) -> None:
    assert client.get(path).headers[header] == value


def test_what_nobody_expected_says_nothing_about_itself(client: flask.testing.FlaskClient) -> None:
    answer = client.get("/bug")
    assert (answer.status_code, answer.get_json()["said"]) == (501, "INTERNAL")
    assert "secret" not in answer.text
