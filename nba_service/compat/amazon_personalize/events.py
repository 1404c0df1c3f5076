"""Amazon's action interactions become outcomes and interactions.

Its texts become values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import orjson

from models.domain.ids import read_id, why_no_id
from models.domain.journey import Journey
from nba_service.compat.amazon_personalize.schemas import ActionEvent
from nba_service.compat.names import slug
from nba_service.decisions.calls import InteractionCall, OutcomeCall
from nba_service.errors import FieldProblem, Problem
from nba_service.http.json_body import canonical_json
from nba_service.store.rows import DELIVERED

_TAKEN: Final = ("taken", "clicked", "click")
_VIEWED: Final = "viewed"


def call_of(journey: Journey, event: ActionEvent) -> OutcomeCall | InteractionCall | None:
    """What an action interaction is here; None: neither an outcome nor a touchpoint.

    Raises:
        Problem: a touchpoint of nobody, or properties that are no object.
    """
    at = datetime.fromtimestamp(event.at, UTC)
    name = slug(event.event)
    outcome = name if name in journey.outcome_index else None
    if outcome is None and name in _TAKEN:  # Amazon's own words
        outcome = journey.response_outcome(event.action)
    if event.decision_id and (outcome or name == _VIEWED):
        return OutcomeCall(
            outcome=outcome or DELIVERED,
            decision_id=event.decision_id,
            outcome_id=content_id(event),
            occurred_at=at,
            properties=object_of(event.properties, "properties"),
        )
    if name not in {point.name for point in journey.touchpoints}:
        return None
    stated = event.user_id or event.session_id
    customer_id = read_id(stated)
    if customer_id is None:
        raise Problem("FIELD_RANGE", f"userId, or else sessionId: {why_no_id(stated)}")
    return InteractionCall(
        touchpoint=name,
        customer_id=customer_id,
        interaction_id=content_id(event),
        occurred_at=at,
        action=event.action if event.action in journey.action_index else None,
        properties=object_of(event.properties, "properties"),
    )


def content_id(event: ActionEvent) -> str:
    """The id of an event: of its sender's id for it if there is one, else of all that it says."""
    by_id = {"event_id": event.event_id, "session": event.session_id}
    text = canonical_json(by_id if event.event_id else dict(event.content))
    return "personalize/" + hashlib.sha256(text.encode()).hexdigest()[:32]


def unknown_event(journey: Journey, path: str, event: ActionEvent) -> FieldProblem:
    """An event that is neither an outcome nor a touchpoint, with what there is."""
    known = [outcome.name for outcome in journey.outcomes] + [point.name for point in journey.touchpoints]
    return FieldProblem(
        field=f"{path}eventType",
        code="UNKNOWN_OUTCOME",
        detail=f"expected an outcome of a recommendation (with its recommendationId) or a touchpoint, one of"
        f" {', '.join(known)[:500]}, got {event.event[:60]!r}.",
    )


def object_of(value: object, path: str) -> Mapping[str, object]:
    """Properties, which botocore sends as a text that holds JSON.

    Raises:
        Problem: they are no object.
    """
    if value is None:
        return {}
    try:
        loaded = orjson.loads(value) if isinstance(value, str) else value
    except orjson.JSONDecodeError:
        loaded = None
    if not isinstance(loaded, dict):
        raise Problem("FIELD_TYPE", f"{path}: expected a text that holds a JSON object, got something else.")
    return loaded


def plain_value(text: str) -> object:
    """A filter value: botocore takes texts alone, quoted ones for texts, numbers as they are."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return text if isinstance(value, dict | list) else value
