"""Tells whether two calls ask the same.

However they are spelled, and under any id of the person. Knows which fields of a call are part of the
question; knows nothing of answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Final, NamedTuple

import orjson

from nba_service.decisions.calls import DecisionCall, InteractionCall, Profile, TakenCall, WindowCall
from nba_service.http.json_body import canonical_json, same_json
from nba_service.store.interface import RequestStore

_PARTS: Final = (Profile, InteractionCall, WindowCall, TakenCall)
Part = DecisionCall | Profile | InteractionCall | WindowCall | TakenCall

_NAMES: Final = {"begin": "from"}
"""What callers call a field whose name Python keeps for itself."""


class _Fields(NamedTuple):
    """Fields of a call: what callers name them, their values, and what they are when left out."""

    names: tuple[str, ...]
    read: Callable[[object], tuple[object, ...]]
    defaults: tuple[object, ...]


def _fields(kind: type[DecisionCall | Profile | InteractionCall | WindowCall | TakenCall]) -> _Fields:
    own = fields(kind)
    return _Fields(
        tuple([_NAMES.get(field.name, field.name) for field in own]),
        attrgetter(*(field.name for field in own)),
        tuple([field.default for field in own]),
    )


_FIELDS: Final[Mapping[type[object], _Fields]] = {kind: _fields(kind) for kind in (DecisionCall, *_PARTS)}


def same_question(store: RequestStore, stored: str | None, question: str) -> bool:
    """Whether a stored request and one that is asked now are the same, under any id of the person."""
    if stored == question or stored is None:
        return stored == question
    one, other = orjson.loads(stored), orjson.loads(question)
    ids = [one.pop("customer_id", ""), other.pop("customer_id", "")]
    if not same_json(one, other) or "" in ids:
        return False
    person = store.persons(ids)
    return person[ids[0]] == person[ids[1]]


def canonical_request(call: DecisionCall) -> str:
    """The same text for the same question: defaults left out, keys sorted, ``explain`` not counted.

    Every other field of the call counts, so one that is added does too. A schema reads the text back as the
    same call: it names fields as callers do.
    """
    question = _stated_fields(call)
    question.pop("explain", None)
    context = dict(call.context)
    if call.decided_at is not None:
        context["time"] = question.pop("decided_at")
    if context:
        question["context"] = context
    return canonical_json(question)


def _stated_fields(call: Part) -> dict[str, object]:
    """The fields of a call, or of a part of one, that say something."""
    stated: dict[str, object] = {}
    names, read, defaults = _FIELDS[type(call)]
    for name, value, default in zip(names, read(call), defaults, strict=True):
        if value is None or value is False or value == default:
            continue
        if isinstance(value, _PARTS):
            value = _stated_fields(value)
        elif isinstance(value, tuple):
            value = [_stated_fields(part) if isinstance(part, _PARTS) else part for part in value]
        if value or value == 0:  # empty is what it is when left out
            stated[name] = value
    return stated
