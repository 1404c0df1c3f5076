"""Refusals in a client's own words.

What would be problem+json is written as its tool expects it. Knows problems and how to hand them on; knows no
tool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import flask
import marshmallow as ma
import orjson
from werkzeug.exceptions import HTTPException

from models.errors import NBAError
from nba_service.http.json_body import dump_json
from nba_service.http.problems import handle_core_error, handle_http_exception, handle_unexpected
from nba_service.http.routing import Routes
from nba_service.keys.credentials import Credentials

Failure = TypeVar("Failure", bound=Exception)


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """The members of problem+json.

    ``field``: the first that is wrong, if fields are.
    """

    status: int
    code: str
    detail: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as a tool expects it."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] | None = None


Shape = Callable[[ShownProblem], Refusal]
"""From a problem to a tool's refusal."""


def compat_routes(
    name: str,
    description: str,
    *,
    credentials: Credentials,
    problem: type[ma.Schema],
    shape: Shape,
    spelled: Mapping[int, int],
) -> Routes:
    """A group of routes that refuses in the words of ``shape``, documented by ``problem``.

    ``spelled``: the status of a problem → the one that ``shape`` gives, where that is another.
    """
    answer = (problem, "application/json")
    routes = Routes(name, description, credentials=credentials, problem=answer, spelled=spelled)

    def handler(
        usual: Callable[[Failure], flask.Response | HTTPException],
    ) -> Callable[[Failure], flask.Response | HTTPException]:
        return lambda error: _shaped(usual(error), shape)

    routes.blueprint.register_error_handler(NBAError, handler(handle_core_error))
    routes.blueprint.register_error_handler(HTTPException, handler(handle_http_exception))
    routes.blueprint.register_error_handler(Exception, handler(handle_unexpected))
    return routes


def _shaped(answer: flask.Response | HTTPException, shape: Shape) -> flask.Response | HTTPException:
    if isinstance(answer, HTTPException):  # a redirect
        return answer
    problem = _shown(answer)
    refusal = shape(problem)
    shaped = flask.Response(dump_json(refusal.body), status=refusal.status, mimetype="application/json")
    passed_on = ("Retry-After", "WWW-Authenticate", "Allow")
    shaped.headers.update({key: value for key, value in answer.headers.items() if key in passed_on})
    shaped.headers.update(refusal.headers or {})
    shaped.headers["X-Problem-Code"] = problem.code
    return shaped


def _shown(answer: flask.Response) -> ShownProblem:
    members = orjson.loads(answer.get_data())
    errors = members.get("errors")
    return ShownProblem(
        status=members["status"],
        code=members["code"],
        detail=members["detail"],
        field=errors[0]["field"] if errors else None,
    )
