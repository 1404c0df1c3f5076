"""Flask, without the parts that this service does not use.

Knows Flask; knows nothing of the service. All views and hooks are plain functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import flask
from werkzeug.local import LocalProxy

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
Part = TypeVar("Part")


class Application(flask.Flask):
    """A Flask application of plain functions."""

    def ensure_sync(self, func: Callable[Given, Answer]) -> Callable[Given, Answer]:
        """``func`` as it is: Flask would look at each hook of each request, whether it is a coroutine."""
        return func


def the_request() -> flask.Request:
    """The current request itself: each look at it through ``flask.request`` costs as much as a hook does."""
    return _behind(flask.request)


def the_globals() -> Any:
    """What ``flask.g`` stands for, for the same reason."""
    return _behind(flask.g)


def _behind(proxy: Part) -> Part:
    return cast("LocalProxy[Part]", proxy)._get_current_object()
