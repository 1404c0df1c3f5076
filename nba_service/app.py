"""The Flask application.

``create_app`` puts the parts together, and is the only place that does. Knows every part by its constructor;
knows nothing of what they do. Importing this module does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

import flask
from flask_smorest import Api
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from models.errors import NBAError
from nba_service.access.guard import Guard
from nba_service.api.accounts import routes as accounts
from nba_service.api.configurations import routes as configurations
from nba_service.api.customers import routes as customers
from nba_service.api.decisions import routes as decisions
from nba_service.api.decisions.direct import DirectDecisions
from nba_service.api.events import routes as events
from nba_service.api.measures import routes as measures
from nba_service.api.operations import routes as operations
from nba_service.api.rehearsals import routes as rehearsals
from nba_service.api.worklists import routes as worklists
from nba_service.clock import Clock, IdMaker, make_id, system_clock
from nba_service.compat.amazon_personalize import routes as personalize
from nba_service.compat.azure_personalizer import routes as personalizer
from nba_service.compat.openfeature import routes as ofrep
from nba_service.compat.segment import routes as segment
from nba_service.console import routes as console
from nba_service.engine.serving import Serving
from nba_service.errors import Problem
from nba_service.http.api_examples import add_examples
from nba_service.http.api_reference import CONTENT_SECURITY_POLICY, asset, docs_page
from nba_service.http.application import Application, the_globals, the_request
from nba_service.http.current import register
from nba_service.http.json_body import dump_json
from nba_service.http.problems import handle_core_error, handle_http_exception, handle_unexpected
from nba_service.http.request_ids import request_id
from nba_service.http.schema import ProblemAnswer
from nba_service.keys.route_access import Access
from nba_service.keys.scopes import Scope
from nba_service.mail import routes as mail
from nba_service.process.logs import configure_logs
from nba_service.services import EXTENSION, make_services, services_of
from nba_service.settings import Compat, Settings
from nba_service.telemetry.request_log import RequestLog
from nba_service.web import routes as web

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_TLS_HEADERS: Final = {"Strict-Transport-Security": "max-age=31536000"}
_MODULES: Final = (
    decisions,
    events,
    customers,
    accounts,
    configurations,
    web,
    mail,
    operations,
    measures,
    rehearsals,
    worklists,
)
_COMPAT: Final = (personalizer, personalize, segment, ofrep)


class ProblemApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest whose errors are ours."""

    ERROR_SCHEMA = ProblemAnswer
    DEFAULT_ERROR_RESPONSE_NAME = None  # every operation names each status that it can give

    def _register_error_handlers(self) -> None:
        """``create_app`` registers them."""


def create_app(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    id_maker: IdMaker = make_id,
    poll: bool = True,
    champion: Serving | None = None,
) -> flask.Flask:
    """The service as a WSGI application.

    Nothing is opened before the first request; ``nba serve`` checks and migrates before it listens.

    Args:
        clock: the present moment, aware.
        id_maker: ids of decisions and requests that the caller did not name.
        poll: whether each process watches the registry for another champion.
        champion: loaded already; counts while it is the champion (``EngineSource``).
    """
    configure_logs(settings.log_level, settings.log_format)
    app = Application("nba_service", static_folder=None)
    app.url_map.merge_slashes = False
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        API_TITLE="Next best action",
        API_VERSION=version("nba"),
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": "What next for this customer, here and now, over which channel, and why."}
        },
    )
    app.extensions[EXTENSION] = make_services(
        settings, clock=clock, id_maker=id_maker, poll=poll, champion=champion
    )
    _register_errors(app)
    headers = _HEADERS | _TLS_HEADERS if (settings.public_url or "").startswith("https://") else _HEADERS
    _register_headers(app, id_maker, headers)
    parts = services_of(app)
    modules = (*_MODULES, *(_COMPAT if settings.compat is Compat.ON else ()))
    guard = Guard(settings, parts.key_ring, parts.rates, route_access(modules))
    register(app, [*parts.parts(), guard])
    requests = RequestLog(parts.telemetry, parts.request_lines)
    requests.watch(app)
    guard.watch(app)
    parts.idempotency.watch(app)
    app.wsgi_app = DirectDecisions(  # type: ignore[method-assign]
        app.wsgi_app,
        settings=settings,
        decisions=parts.decisions,
        guard=guard,
        ring=parts.key_ring,
        requests=requests,
        id_maker=id_maker,
        headers=tuple(headers.items()),
    )
    if settings.proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=0)  # type: ignore[method-assign]
    app.register_blueprint(console.blueprint)
    _register_docs(app, _make_api(app, modules))
    return app


def route_access(modules: Sequence[Any] = (*_MODULES, *_COMPAT)) -> dict[str, Access]:
    """Who may call what, by endpoint; the documentation is for everybody."""
    public = Access(Scope.PUBLIC)
    of_routes = {endpoint: access for module in modules for endpoint, access in module.routes.access.items()}
    return {"openapi": public, "docs": public, "docs_file": public, **console.access, **of_routes}


def _make_api(app: flask.Flask, modules: Sequence[Any]) -> ProblemApi:
    api = ProblemApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.spec.components.security_scheme("basic", {"type": "http", "scheme": "basic"})
    for module in modules:
        api.register_blueprint(module.routes.blueprint)
    return api


def _register_errors(app: flask.Flask) -> None:
    app.register_error_handler(NBAError, handle_core_error)
    app.register_error_handler(HTTPException, handle_http_exception)
    app.register_error_handler(Exception, handle_unexpected)


def _register_headers(app: flask.Flask, id_maker: IdMaker, fixed: Mapping[str, str]) -> None:
    """Name each request, and protect each answer by ``fixed`` headers."""

    def name_request() -> None:
        the_globals().request_id = request_id(the_request().headers.get("X-Request-ID", ""), id_maker)

    def protect(answer: flask.Response) -> flask.Response:
        headers = answer.headers
        there = {name.lower() for name, _ in headers}
        for name, value in fixed.items():
            if name.lower() not in there:
                headers.add(name, value)
        headers["X-Request-ID"] = the_globals().request_id
        return answer

    app.before_request(name_request)
    app.after_request(protect)


def _register_docs(app: flask.Flask, api: ProblemApi) -> None:
    spec: dict[str, Any] = api.spec.to_dict()
    spec["components"]["schemas"].pop("PaginationMetadata", None)  # of the framework; nothing here has pages
    add_examples(spec)
    spec_bytes, page = dump_json(spec), docs_page(spec["info"]["title"])

    def openapi() -> flask.Response:
        return flask.Response(spec_bytes, mimetype="application/json")

    def docs() -> flask.Response:
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return flask.Response(page, mimetype="text/html", headers=headers)

    def docs_file(name: str) -> flask.Response:
        found = asset(name)
        if found is None:
            raise Problem("NOT_FOUND", f"Expected a file of the API reference, got {name!r}. See /docs.")
        request = the_request()
        zipped = request.accept_encodings.quality("gzip") > 0
        answer = flask.Response(found.zipped if zipped else found.content, mimetype=found.kind)
        answer.headers["Cache-Control"] = "public, no-cache"
        answer.headers["Vary"] = "Accept-Encoding"
        if zipped:
            answer.headers["Content-Encoding"] = "gzip"
        answer.set_etag(f"{found.digest}{'-gzip' if zipped else ''}")
        answer.make_conditional(request)
        return answer

    app.add_url_rule("/openapi.json", view_func=openapi)
    app.add_url_rule("/docs", view_func=docs)
    app.add_url_rule("/docs/<name>", view_func=docs_file)
