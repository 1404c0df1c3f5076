"""Parts of the application, by type, within a request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeVar, cast

import flask

Part = TypeVar("Part")

_KEY: Final = "nba.parts"


def current(kind: type[Part]) -> Part:
    """The part of a type, such as ``current(Decisions)``; only within a request.

    Raises:
        LookupError: the application has no such part.
    """
    parts: dict[type[Any], Any] = flask.current_app.extensions[_KEY]
    try:
        return cast("Part", parts[kind])
    except KeyError:
        raise LookupError(f"the application has no part {kind.__name__}; create_app registers them") from None


def register(app: flask.Flask, parts: Iterable[object]) -> None:
    """Make parts known to the requests of an application, one of each type.

    Raises:
        ValueError: two of one type.
    """
    known: dict[type[Any], object] = {}
    for part in parts:
        if type(part) in known:
            raise ValueError(f"expected one part of each type, got two of {type(part).__name__}")
        known[type(part)] = part
    app.extensions[_KEY] = known
