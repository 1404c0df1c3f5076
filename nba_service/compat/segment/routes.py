"""Segment's HTTP tracking API, for its client libraries as they are.

``/v1/batch`` is where the libraries send everything. The calls for one message stand under ``/segment``, as
``/v1/identify`` is what pages ask who they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import flask

from nba_service.compat.error_format import Refusal, ShownProblem, compat_routes
from nba_service.compat.segment.schemas import (
    SegmentAnswer,
    SegmentBatch,
    SegmentBatchSchema,
    SegmentMessageSchema,
    SegmentProblemAnswer,
)
from nba_service.compat.segment.service import Segment
from nba_service.http.current import current
from nba_service.http.routing import json_answer
from nba_service.keys.credentials import USUAL, basic_user, first_of
from nba_service.keys.scopes import Scope


def _key(request: flask.Request) -> str | None:
    """The write key as user name; with a password it is Basic as everywhere else."""
    authorization = request.authorization
    return None if authorization is not None and authorization.password else basic_user(request)


_SPELLED: Final[Mapping[int, int]] = {422: 400}


def _shape(problem: ShownProblem) -> Refusal:
    status = _SPELLED.get(problem.status, problem.status)
    return Refusal(status, {"success": False, "code": problem.code, "message": problem.detail})


routes = compat_routes(
    "segment",
    "For client libraries of Segment.",
    credentials=first_of(_key, USUAL),
    problem=SegmentProblemAnswer,
    shape=_shape,
    spelled=_SPELLED,
)


@routes.add(
    "POST",
    "/v1/batch",
    Scope.TRACK,
    takes=SegmentBatchSchema,
    gives={200: SegmentAnswer},
    problems=[400, 503],
)
def segment_batch(batch: SegmentBatch) -> flask.Response:
    """Take messages (Segment)

    Each by itself: `items` says in their order what became of them, and a rejected one stops no other.
    """
    return _receive(batch)


@routes.add(
    "POST",
    "/segment/v1/<kind>",
    Scope.TRACK,
    takes=SegmentMessageSchema,
    gives={200: SegmentAnswer},
    problems=[400, 503],
)
def segment_message(body: dict[str, object], kind: str) -> flask.Response:
    """Take one message (Segment): `track`, `page`, `screen`, `identify`, `group` or `alias`"""
    return _receive(SegmentBatch(messages=({**body, "type": kind},)))


def _receive(batch: SegmentBatch) -> flask.Response:
    items = current(Segment).receive(batch)
    number = Counter(item.status for item in items)
    counts = {status: number[status] for status in ("accepted", "duplicate", "rejected")}
    return json_answer({"success": True, **counts, "items": [item.to_json() for item in items]})
