"""Azure AI Personalizer 1.0 over HTTP.

For its client libraries as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import flask

from nba_service.access.global_privacy_control import honour_gpc
from nba_service.compat.azure_personalizer.schemas import (
    PersonalizerProblemAnswer,
    RankAnswer,
    RankCall,
    RankSchema,
    RewardSchema,
)
from nba_service.compat.azure_personalizer.service import AzurePersonalizer
from nba_service.compat.error_format import Refusal, ShownProblem, compat_routes
from nba_service.http.current import current
from nba_service.http.routing import json_answer
from nba_service.keys.credentials import USUAL, first_of, header
from nba_service.keys.scopes import Scope

_CODES: Final = {401: "Unauthorized", 403: "Forbidden", 404: "ResourceNotFound", 429: "TooManyRequests"}

_SPELLED: Final[Mapping[int, int]] = {409: 400, 422: 400}


def _shape(problem: ShownProblem) -> Refusal:
    status = _SPELLED.get(problem.status, problem.status)
    code = _CODES.get(status, "BadRequest" if status < 500 else "InternalServerError")
    error = {"code": code, "message": f"{problem.code}: {problem.detail}"}
    return Refusal(status, {"error": {**error, "target": problem.field} if problem.field else error})


routes = compat_routes(
    "personalizer",
    "For client libraries of Azure AI Personalizer.",
    credentials=first_of(header("Ocp-Apim-Subscription-Key"), USUAL),
    problem=PersonalizerProblemAnswer,
    shape=_shape,
    spelled=_SPELLED,
)


@routes.add(
    "POST",
    "/personalizer/v1.0/rank",
    Scope.DECIDE,
    takes=RankSchema,
    gives={201: RankAnswer},
    problems=[400, 503],
)
def rank(call: RankCall) -> flask.Response:
    """Rank actions (Azure AI Personalizer)

    Actions of the journey file are decided by its rules and models; others are learned from their rewards.
    """
    return json_answer(current(AzurePersonalizer).rank(call, honour_gpc), 201)


@routes.add(
    "POST",
    "/personalizer/v1.0/events/<path:event_id>/reward",
    Scope.TRACK,
    takes=RewardSchema,
    gives={204: None},
    problems=[400, 404, 503],
)
def reward(body: dict[str, float], event_id: str) -> flask.Response:
    """Reward an event (Azure AI Personalizer)"""
    current(AzurePersonalizer).reward(event_id, body["value"])
    return flask.Response(status=204)


@routes.add(
    "POST",
    "/personalizer/v1.0/events/<path:event_id>/activate",
    Scope.TRACK,
    gives={204: None},
    problems=[400, 404, 503],
)
def activate(event_id: str) -> flask.Response:
    """Activate an event (Azure AI Personalizer)"""
    current(AzurePersonalizer).activate(event_id)
    return flask.Response(status=204)
