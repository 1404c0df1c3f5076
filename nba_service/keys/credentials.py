"""How a request shows its key.

Each way is a function from the request to the key's text, or None. A group of routes names its own way
(``Routes(..., credentials=...)``) when its callers are tools whose requests cannot be changed; all others
take ``USUAL``. Nothing here checks a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import flask

from nba_service.keys.tokens import KeyKind, token_kind

Credentials = Callable[[flask.Request], str | None]
"""The text of the key that a request shows; None if it shows none in this way."""

_SIGNED: Final = re.compile(r"AWS4-HMAC-SHA256 +Credential=([^/,\s]+)/")


def bearer(request: flask.Request) -> str | None:
    """``Authorization: Bearer <key>``."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def basic_password(request: flask.Request) -> str | None:
    """``Authorization: Basic``, the key as password; the user name is not looked at."""
    authorization = request.authorization
    return (
        authorization.password or None
        if authorization is not None and authorization.type == "basic"
        else None
    )


def basic_user(request: flask.Request) -> str | None:
    """``Authorization: Basic``, the key as user name (Segment's write key)."""
    authorization = request.authorization
    return (
        authorization.username or None
        if authorization is not None and authorization.type == "basic"
        else None
    )


def signed(request: flask.Request) -> str | None:
    """AWS signature version 4 with the key as access key id; the signature is not checked (nothing to
    check it with is stored: the key itself is the secret)."""
    match = _SIGNED.match(request.headers.get("Authorization", ""))
    return match[1] if match else None


def publishable_query(request: flask.Request) -> str | None:
    """``?key=nbapk_…``, for ``navigator.sendBeacon``, which sends no headers. A secret key in an address
    would end in logs, so it is not taken."""
    token = request.args.get("key", "")
    return token if token_kind(token) is KeyKind.PUBLISHABLE else None


def header(name: str) -> Credentials:
    """The key alone in a header, such as ``Ocp-Apim-Subscription-Key``."""

    def read(request: flask.Request) -> str | None:
        return request.headers.get(name, "").strip() or None

    return read


def first_of(*ways: Credentials) -> Credentials:
    """The first of several ways in which the request shows something."""

    def read(request: flask.Request) -> str | None:
        return next((token for way in ways if (token := way(request)) is not None), None)

    return read


USUAL: Final = first_of(bearer, basic_password)
