"""Questions: whether two calls ask the same, however they are spelled and whichever id of a person they use.

Knows which fields of a call are part of the question; knows nothing of answers.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import orjson

from nba_service.decisions.calls import DecisionCall, InteractionCall, Profile, WindowCall
from nba_service.http.json_body import canonical_json
from nba_service.store.interface import RequestStore


def same_question(store: RequestStore, stored: str | None, asked: str) -> bool:
    """Whether a stored request and one that is asked now are the same, under any id of the person."""
    if stored == asked or stored is None:
        return stored == asked
    one, other = orjson.loads(stored), orjson.loads(asked)
    ids = [one.pop("customer_id"), other.pop("customer_id")]
    if one != other:
        return False
    person = store.persons(ids)
    return person[ids[0]] == person[ids[1]]


def canonical_request(call: DecisionCall) -> str:
    """The same text for the same question: defaults left out, keys sorted, ``explain`` not counted."""
    context: dict[str, Any] = dict(call.context)
    if call.decided_at is not None:
        context["time"] = call.decided_at
    value = {
        "customer_id": call.customer_id,
        "phase": call.phase,
        "channels": call.channels,
        "placements": call.placements,
        "limit": None if call.limit == 1 else call.limit,
        "profile": None if call.profile is None else _fields(call.profile),
        "interactions": [_fields(interaction) for interaction in call.interactions],
        "context": context,
        "exclude": call.exclude,
        "decision_id": call.decision_id,
        "deferred": call.deferred,
        "when": call.when,
        "window": None if call.window is None else _window(call.window),
    }
    return canonical_json({key: item for key, item in value.items() if _stated(item)})


def _window(window: WindowCall) -> dict[str, Any]:
    told = {"from": window.begin, "until": window.until}
    return {name: value for name, value in told.items() if value is not None}


def _fields(value: Profile | InteractionCall) -> dict[str, Any]:
    """The fields of a dataclass that say something."""
    found = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: item for name, item in found.items() if _stated(item)}


def _stated(value: Any) -> bool:
    """Whether a field says something: null, empty and false are what it is when left out."""
    return value is not None and value is not False and value not in ("", (), [], {})
