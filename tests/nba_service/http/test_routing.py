"""A route: registered with who may call it, documented with what it may answer, served without wrappers."""

from __future__ import annotations

from typing import Any

import flask
import marshmallow as ma
import pytest
from flask_smorest import Api

from nba_service.errors import Problem
from nba_service.http.application import Application
from nba_service.http.fields import Text
from nba_service.http.problems import handle_core_error
from nba_service.http.routing import Routes, json_answer
from nba_service.http.schema import ProblemAnswer, Strict
from nba_service.keys.scopes import Scope


class Call(Strict):
    name = Text(required=True)


class Answer(Strict):
    name = ma.fields.String()


class OtherProblem(Strict):
    message = ma.fields.String()


def application(routes: Routes) -> tuple[Application, dict[str, Any]]:
    """An application of these routes and its OpenAPI document."""
    app = Application("test")
    app.config.update(API_TITLE="t", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    app.register_error_handler(Problem, handle_core_error)
    app.before_request(lambda: setattr(flask.g, "request_id", "r-1"))
    api: Any = Api(app)
    api.register_blueprint(routes.blueprint)
    return app, api.spec.to_dict()


def statuses(spec: dict[str, Any], path: str, method: str) -> set[int]:
    return {int(status) for status in spec["paths"][path][method]["responses"] if status != "default"}


@pytest.fixture
def routes() -> Routes:
    made = Routes("things", "Things.")

    @made.add("POST", "/things/<kind>", Scope.DECIDE, takes=Call, gives={200: Answer}, problems=[404])
    def make(body: dict[str, Any], kind: str) -> flask.Response:
        return json_answer({"name": f"{kind} {body['name']}"})

    @made.add("GET", "/health", Scope.PUBLIC, gives={200: Answer, 503: Answer}, limited=False)
    def health() -> flask.Response:
        return json_answer(b'{"name": "well"}', 503)

    return made


def test_a_view_gets_the_loaded_body_and_the_path(routes: Routes) -> None:
    app, _ = application(routes)

    found = app.test_client().post("/things/big", json={"name": "box"})

    assert (found.status_code, found.content_type) == (200, "application/json")
    assert found.get_json() == {"name": "big box"}


def test_a_wrong_body_never_reaches_the_view(routes: Routes) -> None:
    app, _ = application(routes)

    found = app.test_client().post("/things/big", json={"nam": "box"})

    assert (found.status_code, found.get_json(force=True)["code"]) == (422, "REQUEST_INVALID")


def test_bytes_are_json_already(routes: Routes) -> None:
    app, _ = application(routes)

    found = app.test_client().get("/health")

    assert (found.status_code, found.data) == (503, b'{"name": "well"}')


def test_who_may_call_is_kept_by_endpoint(routes: Routes) -> None:
    make, health = routes.access["things.make"], routes.access["things.health"]

    assert (make.scope, make.publishable, make.limited) == (Scope.DECIDE, False, True)
    assert (health.scope, health.limited) == (Scope.PUBLIC, False)


def test_what_stands_before_every_route_is_documented_too(routes: Routes) -> None:
    _, spec = application(routes)

    assert statuses(spec, "/things/{kind}", "post") == {200, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503}
    assert statuses(spec, "/health", "get") == {200, 503}
    assert spec["paths"]["/things/{kind}"]["post"]["security"] == [{"bearer": []}, {"basic": []}]
    assert "security" not in spec["paths"]["/health"]["get"]


def test_a_route_that_answers_whatever_happens_says_which_refusals_are_left() -> None:
    routes = Routes("pictures", "Pictures.")
    routes.add("GET", "/picture", Scope.PUBLIC, gives={200: None}, refuses=[429])(lambda: json_answer({}))

    _, spec = application(routes)

    assert statuses(spec, "/picture", "get") == {200, 429}


def test_other_callers_get_the_problems_and_statuses_that_they_know() -> None:
    routes = Routes(
        "other", "Other.", problem=(OtherProblem, "application/json"), spelled={422: 400, 401: 403}
    )

    @routes.add("PUT", "/other", Scope.TRACK, takes=Call, gives={200: Answer})
    def put(body: dict[str, Any]) -> flask.Response:
        return json_answer(body)

    _, spec = application(routes)
    told = spec["paths"]["/other"]["put"]["responses"]

    assert {422, 401} & statuses(spec, "/other", "put") == set()
    assert {400, 403} <= statuses(spec, "/other", "put")
    assert [*told["400"]["content"]] == ["application/json"]
    assert told["403"]["content"]["application/json"]["schema"]["$ref"].endswith("/OtherProblem")


def test_usual_problems_are_problem_json(routes: Routes) -> None:
    _, spec = application(routes)

    content = spec["paths"]["/things/{kind}"]["post"]["responses"]["404"]["content"]
    assert [*content] == ["application/problem+json"]
    assert content["application/problem+json"]["schema"]["$ref"].endswith(
        ProblemAnswer.__name__.removesuffix("Schema")
    )
