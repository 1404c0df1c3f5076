"""Amazon Personalize's next best action over HTTP.

For boto3 as it is (``endpoint_url``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import flask

from nba_service.access.global_privacy_control import honour_gpc
from nba_service.compat.amazon_personalize.schemas import (
    ActionEvent,
    ActionInteractionsSchema,
    PersonalizeAnswer,
    PersonalizeProblemAnswer,
    PutActionsSchema,
    RecommendAnswer,
    RecommendCall,
    RecommendSchema,
    UserCall,
    UsersSchema,
)
from nba_service.compat.amazon_personalize.service import AmazonPersonalize
from nba_service.compat.error_format import Refusal, ShownProblem, compat_routes
from nba_service.errors import Problem
from nba_service.http.batches import Batch, Taken
from nba_service.http.current import current
from nba_service.http.routing import json_answer
from nba_service.keys.credentials import USUAL, first_of, signed
from nba_service.keys.scopes import Scope

_KINDS: Final = {
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
}
_NOT_FOUND: Final = ("UNKNOWN_PLACEMENT", "UNKNOWN_ACTION")

_SPELLED: Final[Mapping[int, int]] = {409: 400, 422: 400}


def _shape(problem: ShownProblem) -> Refusal:
    status = _SPELLED.get(problem.status, problem.status)
    status = 404 if problem.code in _NOT_FOUND else status
    kind = _KINDS.get(status, "InvalidInputException" if status < 500 else "InternalServerException")
    body = {"__type": kind, "message": f"{problem.code}: {problem.detail}"}
    return Refusal(status, body, {"x-amzn-ErrorType": kind})


routes = compat_routes(
    "personalize",
    "For boto3's Amazon Personalize clients.",
    credentials=first_of(signed, USUAL),
    problem=PersonalizeProblemAnswer,
    shape=_shape,
    spelled=_SPELLED,
)


@routes.add(
    "POST",
    "/action-recommendations",
    Scope.DECIDE,
    takes=RecommendSchema,
    gives={200: RecommendAnswer},
    problems=[400, 404],
)
def recommend_actions(call: RecommendCall) -> flask.Response:
    """Recommend actions (Amazon Personalize)

    A decision for a user; the `recommendationId` is its id.
    """
    return json_answer(current(AmazonPersonalize).recommend(call, honour_gpc))


@routes.add(
    "POST",
    "/action-interactions",
    Scope.TRACK,
    takes=ActionInteractionsSchema,
    gives={200: PersonalizeAnswer},
    problems=[400, 404, 503],
)
def put_action_interactions(batch: Batch[ActionEvent]) -> flask.Response:
    """Say what came of recommendations (Amazon Personalize)

    One that is wrong is refused by name; the others are taken all the same.
    """
    _refuse(batch.take(current(AmazonPersonalize).add_events))
    return json_answer({})


@routes.add(
    "POST", "/users", Scope.TRACK, takes=UsersSchema, gives={200: PersonalizeAnswer}, problems=[400, 503]
)
def put_users(batch: Batch[UserCall]) -> flask.Response:
    """Put what is known of users (Amazon Personalize)

    One that is wrong is refused by name; the others are taken all the same.
    """
    _refuse(batch.take(current(AmazonPersonalize).put_users))
    return json_answer({})


def _refuse(taken: Taken[None]) -> None:
    """Raise for what was refused: Amazon's answer has no place for it."""
    if taken.refused:
        code, detail = taken.refused[0]["code"], taken.refused[0]["detail"]
        raise Problem(str(code), f"{detail} The others were taken; sending all again changes nothing.")


@routes.add(
    "POST",
    "/actions",
    Scope.TRACK,
    takes=PutActionsSchema,
    gives={200: PersonalizeAnswer},
    problems=[400, 404],
)
def put_actions(actions: list[str]) -> flask.Response:
    """Check that there are such actions (Amazon Personalize)

    What an action is stands in the journey file; nothing is stored.
    """
    current(AmazonPersonalize).check_actions(actions)
    return json_answer({})
