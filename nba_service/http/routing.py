"""The HTTP routes.

Each reads a body, asks one service, and writes JSON. No rules live here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Any, Final, TypeVar

import flask
import marshmallow as ma
from flask_smorest import Blueprint

from models.domain.ids import composed
from nba_service.errors import PROBLEM_TYPE, Problem
from nba_service.http.application import the_request
from nba_service.http.body import Accept, body_loader
from nba_service.http.json_body import dump_json
from nba_service.http.schema import ProblemAnswer
from nba_service.keys.credentials import USUAL, Credentials
from nba_service.keys.route_access import Access
from nba_service.keys.scopes import Scope

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # no id has one, and databases refuse some

View = TypeVar("View", bound=Callable[..., flask.Response])


Answer = type[ma.Schema] | dict[str, list[type[ma.Schema]]]
"""The schema of an answer, or ``{"anyOf": [...]}``."""


class Routes:
    """A group of routes under one heading of the documentation.

    ``credentials``: how its callers show their key, if not in the usual ways. ``problem``: schema and content
    type of its refusals, if its callers expect others than problem+json. ``spelled``: the status of a
    problem → the one that its callers know, where that is another.
    """

    def __init__(
        self,
        name: str,
        description: str,
        *,
        credentials: Credentials = USUAL,
        problem: tuple[type[ma.Schema], str] = (ProblemAnswer, PROBLEM_TYPE),
        spelled: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        self.access: dict[str, Access] = {}
        self._credentials = credentials
        self._problem = problem
        self._spelled = spelled
        self.blueprint: Any = Blueprint(name, __name__, description=description)

    def add(
        self,
        method: str,
        path: str,
        scope: Scope,
        *,
        takes: type[ma.Schema] | None = None,
        accept: Accept | None = None,
        gives: Mapping[int, Answer | None],
        problems: Sequence[int] = (),
        refuses: Sequence[int] | None = None,
        publishable: bool = False,
        limited: bool = True,
    ) -> Callable[[View], View]:
        """Register and document a view.

        Args:
            scope: what the caller's key must allow; kept in ``access`` by endpoint.
            takes: schema of the body; the view gets what it loads as its first argument.
            accept: a quick way in for most bodies that ``takes`` loads (``body_loader``).
            gives: status → schema of the answer, the usual one first.
            problems: statuses that come with a problem, beyond those that every such route has.
            refuses: all statuses that come with a problem, of a route that answers whatever happens.
            publishable: whether keys that stand in web pages may call it.
            limited: whether callers are counted; false for what must always answer (health, mail images).
        """

        def register(view: View) -> View:
            endpoint = f"{self.blueprint.name}.{view.__name__}"
            self.access[endpoint] = Access(scope, publishable, self._credentials, limited)
            wrapped: Any = view
            if scope is not Scope.PUBLIC:
                wrapped = self.blueprint.doc(security=[{"bearer": []}, {"basic": []}])(wrapped)
            usual = {*problems, *_usual_problems(method, path, scope, takes is not None, limited)}
            problems_told = usual if refuses is None else refuses
            for status in sorted({self._spelled.get(status, status) for status in problems_told}):
                schema, content_type = self._problem
                wrapped = self.blueprint.alt_response(status, schema=schema, content_type=content_type)(
                    wrapped
                )
            (first, answer), *others = gives.items()
            for status, other in others:
                wrapped = self.blueprint.alt_response(status, schema=other, success=True)(wrapped)
            wrapped = self.blueprint.response(first, answer)(wrapped)
            if takes is not None:
                refused = self._spelled.get(422, 422)
                wrapped = self.blueprint.arguments(takes, error_status_code=refused)(wrapped)
            self.blueprint.route(path, methods=[method])(_served(view, takes, accept, wrapped))
            return view

        return register


def _served(view: View, takes: type[ma.Schema] | None, accept: Accept | None, documented: Any) -> Any:
    """What runs: the view on a loaded body, without the wrappers that only the documentation needs."""
    load = None if takes is None else body_loader(takes, accept)

    @wraps(documented)
    def served(**values: str) -> flask.Response:
        if any(_CONTROL.search(value) for value in values.values()):
            raise Problem("NOT_FOUND", "Expected an address without control characters, got one with some.")
        named = {name: composed(value) for name, value in values.items()}  # ids of the address
        return view(**named) if load is None else view(load(the_request()), **named)

    return served


def _usual_problems(method: str, path: str, scope: Scope, has_body: bool, limited: bool) -> Iterator[int]:
    """The statuses with which what stands before every route, and the reading of its body, may answer.

    500, which may come from anywhere and should not, is left out.
    """
    if limited:
        yield 429
    if "<" in path:
        yield 404  # control characters stand for nothing
    if scope is not Scope.PUBLIC:
        yield from (401, 403, 503)  # 503: the keys, the engine or the store cannot be asked
        if method in ("POST", "PUT"):
            yield from (400, 409, 413, 422)  # Idempotency-Key, which reads the body
    if has_body:
        yield from (400, 413, 415, 422)


def json_answer(value: object, status: int = 200) -> flask.Response:
    """A JSON response; ``bytes`` are JSON already."""
    body = value if isinstance(value, bytes) else dump_json(value)
    return flask.Response(body, status=status, content_type="application/json")
