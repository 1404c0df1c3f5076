"""The way of most decisions, in front of Flask.

``POST /v1/decisions`` with a secret key and a plain JSON body passes here from bytes to bytes. Whatever is
not plainly right, and whatever goes wrong, is Flask's, so every refusal is written in one place. A test holds
the two ways together, byte for byte: what this answers, ``routes.decide`` behind Flask answers too.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from nba_service.access.guard import COUNTED, Guard
from nba_service.access.key_ring import KeyRing
from nba_service.api.decisions.fast_path import accept_decision
from nba_service.api.decisions.routes import FAILED
from nba_service.clock import IdMaker
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.errors import Problem, StoreError
from nba_service.http.deadlines import seconds_in
from nba_service.http.json_body import parse_json
from nba_service.http.request_ids import request_id
from nba_service.keys.key import EVERYTHING, Key
from nba_service.keys.scopes import Scope
from nba_service.settings import Authentication, Settings
from nba_service.telemetry.request_log import RequestLog

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Headers = Sequence[tuple[str, str]]

PATH: Final = "/v1/decisions"

_OTHERS: Final = (
    "HTTP_ORIGIN",
    "HTTP_IDEMPOTENCY_KEY",
    "HTTP_NBA_IDENTITY",
    "HTTP_SEC_GPC",
    "HTTP_CONTENT_ENCODING",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_X_HTTP_METHOD_OVERRIDE",
)
"""Headers with which a request is not one of the plain ones."""

_BEARER: Final = "Bearer "


class DirectDecisions:
    """A WSGI application in front of another.

    ``headers``: what protects each answer; ``rest``: answers all else.
    """

    def __init__(
        self,
        rest: WSGIApplication,
        *,
        settings: Settings,
        decisions: Decisions,
        guard: Guard,
        ring: KeyRing,
        requests: RequestLog,
        id_maker: IdMaker,
        headers: Headers,
    ) -> None:
        self._rest = rest
        self._decisions = decisions
        self._guard = guard
        self._ring = ring
        self._requests = requests
        self._id_maker = id_maker
        self._max_body = settings.max_body_bytes
        self._open = settings.authentication is not Authentication.REQUIRED
        self._before: Headers = (("Content-Type", "application/json"),)
        self._after: Headers = (("Vary", "Origin"), *headers)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
            return self._rest(environ, start_response)
        key = self._key(environ)
        if key is None:
            return self._rest(environ, start_response)
        begun = time.perf_counter()
        call = self._call(environ)
        if call is None or not self._counted(environ, key):
            return self._rest(environ, start_response)
        named = request_id(environ.get("HTTP_X_REQUEST_ID", ""), self._id_maker)
        self._requests.name(named)
        try:
            body = self._decided(environ, call, named)
            if body is not None:
                self._requests.note("POST", PATH, 200, time.perf_counter() - begun)
        finally:
            self._requests.forget()
        if body is None:
            return self._rest(environ, start_response)
        headers = [*self._before, ("Content-Length", str(len(body))), *self._after, ("X-Request-ID", named)]
        start_response("200 OK", headers)
        return [body]

    def _key(self, environ: WSGIEnvironment) -> Key | None:
        """The key of a plain request; None: it is not plain, or has no key that may."""
        if environ.get("CONTENT_TYPE") != "application/json" or self._requests.traced:
            return None
        if any(name in environ for name in _OTHERS) or environ.get("QUERY_STRING"):
            return None
        if self._open:
            return EVERYTHING
        shown = environ.get("HTTP_AUTHORIZATION", "")
        if not shown.startswith(_BEARER):
            return None
        try:
            key = self._ring.find(shown[len(_BEARER) :].strip())
        except StoreError:
            return None
        return key if key is not None and not key.publishable and Scope.DECIDE in key.scopes else None

    def _call(self, environ: WSGIEnvironment) -> DecisionCall | None:
        """What is asked; None: Flask shall read it, from the beginning."""
        length = environ.get("CONTENT_LENGTH", "")
        if not length.isascii() or not length.isdigit() or int(length) > self._max_body:
            return None
        with suppress(OSError):  # a client that went: Flask meets it too
            raw = environ["wsgi.input"].read(int(length))
            environ["wsgi.input"] = io.BytesIO(raw)
            with suppress(Problem):
                return None if len(raw) < int(length) else accept_decision(parse_json(raw))
        return None

    def _counted(self, environ: WSGIEnvironment, key: Key) -> bool:
        """Whether the call is within its limit; Flask does not count it again."""
        try:
            self._guard.count(key)
        except Problem:
            return False
        environ[COUNTED] = True
        return True

    def _decided(self, environ: WSGIEnvironment, call: DecisionCall, named: str) -> bytes | None:
        """The answer; None: Flask shall say what is wrong, under the same name."""
        try:
            seconds = seconds_in(environ.get("HTTP_X_DEADLINE_MS"))
            (decision,) = self._decisions.decide([call], seconds=seconds)
            return decision.to_json()
        except Exception as error:
            environ[FAILED] = error
            environ["HTTP_X_REQUEST_ID"] = named
            return None
