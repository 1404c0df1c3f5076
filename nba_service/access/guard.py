"""The one place where a request is let through or refused.

It runs before the route sees the request. Every route names its scope (``Routes.add``); one without cannot
answer. Knows routes, keys and origins; knows nothing of what a route does. A publishable key is checked
against the origin here, and against what it asks about by ``Pages``, once the body is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Final

import flask

from nba_service.access.key_ring import KeyRing
from nba_service.access.rates import Rates
from nba_service.errors import Problem, StoreError
from nba_service.http.application import the_globals, the_request
from nba_service.keys.key import EVERYTHING, Key
from nba_service.keys.route_access import Access
from nba_service.keys.scopes import Scope
from nba_service.settings import Authentication, Settings

_CORS_METHODS: Final = "POST, OPTIONS"
_CORS_HEADERS: Final = (
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, NBA-Identity, X-Request-ID"
)
_CORS_SHOWN: Final = "ETag, Retry-After, X-Request-ID"

COUNTED: Final = "nba.counted"
"""In the environment of a request that was counted on its way to Flask."""


class Guard:
    """Checks every request of one application.

    ``access``: endpoint → who may call it.
    """

    def __init__(self, settings: Settings, ring: KeyRing, rates: Rates, access: Mapping[str, Access]) -> None:
        self._settings = settings
        self._required = settings.authentication is Authentication.REQUIRED
        self._ring = ring
        self._rates = rates
        self._access = access

    def watch(self, app: flask.Flask) -> None:
        app.before_request(self.check)
        app.after_request(self.add_cors)

    def check(self) -> flask.Response | None:
        """Refuse the current request, answer it (a preflight), or let it through.

        Raises:
            Problem: ``KEY_MISSING``, ``KEY_INVALID``, ``SCOPE_MISSING``, ``ORIGIN_REFUSED``,
                ``RATE_LIMITED``.
        """
        context, request = the_globals(), the_request()
        context.key = None
        if request.endpoint is None:
            return None  # no such address or method; Flask says so
        access = self._access.get(request.endpoint)
        if access is None:
            raise LookupError(f"The route {request.endpoint} names no scope, so nobody may call it.")
        if request.method == "OPTIONS":
            return self._preflight(access)
        if access.scope is not Scope.PUBLIC:
            self._identify(access)
        if access.limited and COUNTED not in request.environ:
            self.count(context.key)
        if context.key is not None:
            _check_scope(context.key, access)
        return None

    def count_elements(self, number: int) -> None:
        """Count what a page sends in one request: each element is a call, and one was counted before.

        Raises:
            Problem: ``RATE_LIMITED``; nothing of it was done.
        """
        key: Key | None = the_globals().get("key")
        if key is not None and key.publishable and number > 1:
            self.count(key, number - 1)

    def may(self, scope: Scope) -> bool:
        """Whether who asks may do more than strangers, on a route that answers those, too; never raises."""
        if not self._required:
            return True
        try:
            key = self._key(self._access[the_request().endpoint or ""])
        except (Problem, StoreError):
            return False
        return not key.publishable and scope in key.scopes

    def require(self, scope: Scope) -> None:
        """Refuse a request that asks for more than its route's scope allows.

        Raises:
            Problem: ``SCOPE_MISSING``.
        """
        key: Key | None = the_globals().get("key")
        if key is None or scope not in key.scopes:
            raise _scope_missing(scope, key)

    def _identify(self, access: Access) -> None:
        """Find the key; a caller without one counts against their address before they are told."""
        try:
            flask.g.key = self._key(access) if self._required else EVERYTHING
        except Problem:
            self.count(None)
            raise

    def count(self, key: Key | None, number: int = 1) -> None:
        """Count the call: a server against its key, a page or a stranger against their address.

        Raises:
            Problem: ``RATE_LIMITED``.
        """
        if key is EVERYTHING:
            return
        if key is not None and not key.publishable:
            kind, who, most = "key", key.key_id, self._settings.rate_key_per_minute
        else:
            kind, who, most = "address", _address(), self._settings.rate_address_per_minute
        seconds = self._rates.exceeded(kind, who, most, number)
        if seconds is not None:
            raise Problem(
                "RATE_LIMITED",
                f"Expected at most {most} requests a minute from this {kind}, got more."
                f" Wait {seconds} s (header Retry-After); NBA_RATE_{kind.upper()}_PER_MINUTE sets the limit.",
                headers={"Retry-After": str(seconds)},
            )

    def add_cors(self, answer: flask.Response) -> flask.Response:
        """Let a page read the answer, if a live publishable key allows its origin."""
        request = the_request()
        access = self._access.get(request.endpoint or "")
        if access is None or not access.publishable:
            return answer
        if "Vary" in answer.headers:
            answer.vary.add("Origin")
        else:
            answer.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin", "").lower()
        key: Key | None = the_globals().get("key")
        allowed = key.origins if key is not None and key.publishable else self._ring.origins()
        if origin in allowed:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Expose-Headers"] = _CORS_SHOWN
        return answer

    def _preflight(self, access: Access) -> flask.Response | None:
        """Before the real request a browser asks without a key: allowed if any live key has the origin."""
        headers = flask.request.headers
        if not access.publishable or "Access-Control-Request-Method" not in headers:
            return None  # Flask's own answer: Allow
        answer = flask.Response(status=204)
        if headers.get("Origin", "").lower() in self._ring.origins():
            answer.headers["Access-Control-Allow-Methods"] = _CORS_METHODS
            answer.headers["Access-Control-Allow-Headers"] = _CORS_HEADERS
            answer.headers["Access-Control-Max-Age"] = "600"
        return answer

    def _key(self, access: Access) -> Key:
        token = access.credentials(flask.request)
        if token is None:
            raise _unauthorized(
                "KEY_MISSING", "Expected an API key, got none. Send Authorization: Bearer <key>."
            )
        key = self._ring.find(token)
        if key is None:
            raise _unauthorized(
                "KEY_INVALID",
                "Expected a live API key, got one that does not exist, has expired or was revoked."
                " `nba keys list` shows those there are.",
            )
        return key


def _check_scope(key: Key, access: Access) -> None:
    if key.publishable:
        _check_publishable(key, access)
    elif access.scope not in key.scopes:
        raise _scope_missing(access.scope, key)


def _check_publishable(key: Key, access: Access) -> None:
    if not access.publishable:
        raise Problem(
            "SCOPE_MISSING",
            "Expected a secret key (nbask_…), got a publishable one, which may only ask for decisions and"
            " report outcomes. Call this from your server.",
        )
    origin = flask.request.headers.get("Origin", "")
    if origin.lower() not in key.origins:
        raise Problem(
            "ORIGIN_REFUSED",
            f"Expected a page of {', '.join(key.origins)} (header Origin), got {origin[:100] or 'none'!r}."
            " Create a key for that origin, or use a secret key on a server.",
        )


def _address() -> str:
    """The caller's address; of IPv6 the network, because one caller has a whole one."""
    text = flask.request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    return str(ip_network((address, 64), strict=False)) if address.version == 6 else text


def _unauthorized(kind: str, detail: str) -> Problem:
    return Problem(kind, detail, headers={"WWW-Authenticate": 'Bearer realm="nba"'})


def _scope_missing(scope: Scope, key: Key | None) -> Problem:
    listed = ", ".join(sorted(key.scopes)) if key is not None else ""
    return Problem(
        "SCOPE_MISSING",
        f"Expected a key with the scope {scope}, got one with {listed or 'none'}."
        f" Create one: nba keys create NAME --scope {scope}",
    )
