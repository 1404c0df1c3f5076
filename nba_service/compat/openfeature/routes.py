"""OpenFeature's remote evaluation protocol (OFREP) over HTTP.

For its providers as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import flask

from nba_service.access.global_privacy_control import honour_gpc
from nba_service.access.pages import Pages, placements_of_key
from nba_service.compat.error_format import Refusal, ShownProblem, compat_routes
from nba_service.compat.openfeature.schemas import (
    FlagAnswer,
    FlagCall,
    FlagProblemAnswer,
    FlagsAnswer,
    FlagSchema,
)
from nba_service.compat.openfeature.service import Flags
from nba_service.decisions.calls import DecisionCall
from nba_service.http.current import current
from nba_service.http.json_body import dump_json
from nba_service.http.routing import json_answer
from nba_service.keys.credentials import USUAL, first_of, header
from nba_service.keys.scopes import Scope

_CODES: Final = {
    "FIELD_REQUIRED": (400, "TARGETING_KEY_MISSING"),
    "FIELD_RANGE": (400, "INVALID_CONTEXT"),
    "UNKNOWN_PLACEMENT": (404, "FLAG_NOT_FOUND"),
    "BODY_NOT_JSON": (400, "PARSE_ERROR"),
    "BODY_TOO_DEEP": (400, "PARSE_ERROR"),
    "DUPLICATE_KEY": (400, "PARSE_ERROR"),
    "CONTENT_TYPE": (415, "PARSE_ERROR"),
    "FIELD_TYPE": (400, "INVALID_CONTEXT"),
}

_SPELLED: Final[Mapping[int, int]] = {415: 400, 422: 400}


def _shape(problem: ShownProblem) -> Refusal:
    status, code = _CODES.get(problem.code, (problem.status, "GENERAL"))
    body = {"errorCode": code, "errorDetails": f"{problem.code}: {problem.detail}"}
    key = (flask.request.view_args or {}).get("key")
    return Refusal(_SPELLED.get(status, status), body if key is None else {"key": key, **body})


routes = compat_routes(
    "ofrep",
    "For OpenFeature providers of remote flags (OFREP).",
    credentials=first_of(USUAL, header("X-API-Key")),
    problem=FlagProblemAnswer,
    shape=_shape,
    spelled=_SPELLED,
)


@routes.add(
    "POST",
    "/ofrep/v1/evaluate/flags/<path:key>",
    Scope.DECIDE,
    takes=FlagSchema,
    gives={200: FlagAnswer},
    problems=[400, 404],
    publishable=True,
)
def evaluate_flag(call: FlagCall, key: str) -> flask.Response:
    """Evaluate one flag (OFREP)

    The flag is a placement, or a part of one such as `banner.title`.
    """
    return json_answer(current(Flags).evaluate(key, call, _proved, placements_of_key()))


@routes.add(
    "POST",
    "/ofrep/v1/evaluate/flags",
    Scope.DECIDE,
    takes=FlagSchema,
    gives={200: FlagsAnswer, 304: None},
    problems=[400],
    publishable=True,
)
def evaluate_flags(call: FlagCall) -> flask.Response:
    """Evaluate all flags (OFREP)

    With the `ETag` of an answer in `If-None-Match`: 304 while it is the same.
    """
    body = dump_json({"flags": current(Flags).evaluate_all(call, _proved, placements_of_key())})
    answer = json_answer(body)
    tag = hashlib.sha256(body).hexdigest()[:32]
    answer.set_etag(tag)
    if flask.request.if_none_match.contains_weak(tag):
        return flask.Response(status=304, headers={"ETag": answer.headers["ETag"]})
    return answer


def _proved(call: DecisionCall) -> DecisionCall:
    """The call as the headers have it, if the key may ask about its customer."""
    current(Pages).check_customer(call.customer_id)
    return honour_gpc(call)
