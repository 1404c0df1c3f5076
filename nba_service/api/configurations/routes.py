"""Configurations over HTTP: what can be delivered, and what goes together."""

from __future__ import annotations

import flask

from nba_service.api.configurations.schemas import (
    AvailabilityAnswer,
    AvailabilityUploadSchema,
    CheckAnswer,
    CheckSchema,
    UploadAnswer,
)
from nba_service.decisions.configurations.service import CheckCall, Configurations, UploadCall
from nba_service.errors import Problem
from nba_service.http.application import the_request
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope

routes = Routes("configurations", "What can be configured and delivered, and where.")


@routes.add(
    "POST",
    "/v1/configurations/check",
    Scope.DECIDE,
    takes=CheckSchema,
    gives={200: CheckAnswer},
    problems=[422, 503],
)
def check(call: CheckCall) -> flask.Response:
    """Whether choices go together and can be delivered, why not, and what is nearest

    With `customer_id` it is noted as the customer's wish, once a combination, for the measure `demand`.
    """
    return json_answer(current(Configurations).check(call))


@routes.add(
    "PUT",
    "/v1/configurations/<configurator>/availability",
    Scope.TRACK,
    takes=AvailabilityUploadSchema,
    gives={200: UploadAnswer},
    problems=[404, 422, 503],
)
def put_availability(call: UploadCall, configurator: str) -> flask.Response:
    """Say what can be delivered where and when

    Repeating it changes nothing; rows older than what is stored (`as_of`) change nothing either, so the order
    in which uploads arrive does not matter. All rows are taken, or none. Decisions see it at once.
    """
    return json_answer(current(Configurations).upload(configurator, call))


@routes.add(
    "GET",
    "/v1/configurations/<configurator>/availability",
    Scope.READ,
    gives={200: AvailabilityAnswer},
    problems=[404, 422, 503],
)
def get_availability(configurator: str) -> flask.Response:
    """What can be delivered where and when, and how old that is

    Query: `region`: only rows that hold there.
    """
    given = the_request().args
    for name in given:
        if name != "region":
            raise Problem("UNKNOWN_FIELD", f"Expected region, got {name[:50]!r}.")
    return json_answer(current(Configurations).availability(configurator, given.get("region")))
