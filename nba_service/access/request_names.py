"""Whom a request is about, whatever tool sent it.

The answer that is kept for it must go when they are erased. Every text counts that
stands under a name which may hold an id (``customer_id``, ``userId``, ``recipient``,
``targetingKey``, ``visitor``, ``email``, …), at any depth of a JSON body, in a form, in the query and in the
address. One too many costs a row; one too few would keep a person who asked to be forgotten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

import flask
import orjson
from werkzeug.exceptions import RequestEntityTooLarge

from models.domain.ids import MAX_ID, stored_id
from nba_service.errors import Problem
from nba_service.http.content_coding import decode

_MAY_HOLD_AN_ID: Final = re.compile(
    r"(id|ids|key|of|user|users|recipient|visitor|customer|person|contact|subject|alias|aliases|e-?mail)$",
    re.IGNORECASE,
)
_DEEPEST: Final = 12


def names_in_request(request: flask.Request, body: bytes) -> frozenset[str]:
    """The ids that a request names.

    Args:
        body: as it came, zipped or not.
    """
    texts = {str(value) for value in (request.view_args or {}).values()}
    texts.update(text for name, text in request.args.items(multi=True) if _may_hold(name))
    texts.update(_names_in_body(request, body))
    return frozenset(named for text in texts if (named := stored_id(text[: MAX_ID + 1])) is not None)


def _names_in_body(request: flask.Request, body: bytes) -> Iterator[str]:
    try:
        plain = decode(body, request.headers.get("Content-Encoding", ""), request.max_content_length)
    except (Problem, RequestEntityTooLarge):  # refused before anything about anybody is answered
        return
    if request.mimetype == "application/x-www-form-urlencoded":
        pairs = parse_qsl(plain.decode(errors="replace"), max_num_fields=None)
        yield from (text for name, text in pairs if _may_hold(name))
        return
    try:
        yield from _names_in(_value_of(plain), False, _DEEPEST)
    except (ValueError, RecursionError):
        return


def _value_of(body: bytes) -> object:
    """The JSON value of a body; of a batch, too, in which one text holds half a character."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body.decode())


def _names_in(value: object, wanted: bool, deeper: int) -> Iterator[str]:
    """The texts below names that may hold an id; ``wanted``: whether ``value`` itself is below one."""
    if isinstance(value, str):
        if wanted:
            yield value
    elif deeper and isinstance(value, list):
        for item in value:
            yield from _names_in(item, wanted, deeper - 1)
    elif deeper and isinstance(value, dict):
        for name, item in value.items():
            yield from _names_in(item, _may_hold(name), deeper - 1)


def _may_hold(name: str) -> bool:
    return _MAY_HOLD_AN_ID.search(name) is not None
