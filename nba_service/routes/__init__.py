"""The HTTP routes; each reads a body, asks one service, and writes JSON. No rules live here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

import flask
import marshmallow as ma
from flask_smorest import Blueprint

from nba_service.access.credentials import USUAL, Credentials
from nba_service.access.guard import Access
from nba_service.application import the_request
from nba_service.errors import PROBLEM_TYPE
from nba_service.json_body import dump_json
from nba_service.schemas import ProblemAnswer
from nba_service.scopes import Scope
from nba_service.validation import body_loader

View = TypeVar("View", bound=Callable[..., flask.Response])


class Routes:
    """A group of routes under one heading of the documentation.

    ``credentials``: how its callers show their key, if not in the usual ways. ``problem``: schema and content
    type of its refusals, if its callers expect others than problem+json.
    """

    def __init__(
        self,
        name: str,
        description: str,
        *,
        credentials: Credentials = USUAL,
        problem: tuple[type[ma.Schema], str] = (ProblemAnswer, PROBLEM_TYPE),
    ) -> None:
        self.access: dict[str, Access] = {}
        self._credentials = credentials
        self.problem = problem
        self.blueprint: Any = Blueprint(name, __name__, description=description)

    def add(
        self,
        method: str,
        path: str,
        scope: Scope,
        *,
        takes: type[ma.Schema] | None = None,
        gives: Mapping[int, type[ma.Schema] | None],
        problems: Sequence[int] = (),
        publishable: bool = False,
        limited: bool = True,
    ) -> Callable[[View], View]:
        """Register and document a view.

        Args:
            scope: what the caller's key must allow; kept in ``access`` by endpoint.
            takes: schema of the body; the view gets what it loads as its first argument.
            gives: status → schema of the answer, the usual one first.
            problems: statuses that come with a problem, beyond those that every route has.
            publishable: whether keys that stand in web pages may call it.
            limited: whether callers are counted; false for what must always answer (health, mail images).
        """

        def register(view: View) -> View:
            endpoint = f"{self.blueprint.name}.{view.__name__}"
            self.access[endpoint] = Access(scope, publishable, self._credentials, limited)
            wrapped: Any = view
            if scope is not Scope.PUBLIC:
                wrapped = self.blueprint.doc(security=[{"bearer": []}, {"basic": []}])(wrapped)
            for status in sorted({*problems, *_guarded(scope, limited)}):
                schema, content_type = self.problem
                wrapped = self.blueprint.alt_response(status, schema=schema, content_type=content_type)(
                    wrapped
                )
            (usual, answer), *others = gives.items()
            for status, other in others:
                wrapped = self.blueprint.alt_response(status, schema=other, success=True)(wrapped)
            wrapped = self.blueprint.response(usual, answer)(wrapped)
            if takes is not None:
                wrapped = self.blueprint.arguments(takes)(wrapped)
            self.blueprint.route(path, methods=[method])(_served(view, takes, wrapped))
            return view

        return register


def _served(view: View, takes: type[ma.Schema] | None, documented: Any) -> Any:
    """What runs: the view on a loaded body, without the wrappers that only the documentation needs."""
    load = None if takes is None else body_loader(takes)

    @wraps(documented)
    def served(**values: str) -> flask.Response:
        return view(**values) if load is None else view(load(the_request()), **values)

    return served


def _guarded(scope: Scope, limited: bool) -> list[int]:
    """The statuses with which the guard may answer before the route does."""
    return ([] if scope is Scope.PUBLIC else [401, 403]) + ([429] if limited else [])


def json_answer(value: Any, status: int = 200) -> flask.Response:
    """A JSON response; ``bytes`` are JSON already."""
    body = value if isinstance(value, bytes) else dump_json(value)
    return flask.Response(body, status=status, content_type="application/json")
