"""A field of a decision request is known everywhere: schema, fast decoder, canonical form and replay.

Whoever adds a field to ``calls.py`` gives it a value in ``BODY``; each place that forgets it then fails.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import orjson
import pytest

from models.domain import decision
from models.domain.decision import DecisionRequest
from models.domain.journey import Attribute, AttributeType
from nba_service.api.decisions import fast_path, requests
from nba_service.api.decisions.fast_path import accept_decision
from nba_service.api.decisions.requests import DecisionSchema
from nba_service.decisions import calls, request_builder, same_request
from nba_service.decisions.calls import DecisionCall, InteractionCall, Profile, TakenCall, WindowCall
from nba_service.decisions.request_builder import build_request, decode_state, encode_state
from nba_service.decisions.same_request import canonical_request
from nba_service.engine.names import Names
from nba_service.http import plain_types
from nba_service.store.rows import StoredState

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
BODY: dict[str, Any] = {
    "customer_id": "ada",
    "phase": "quote",
    "channels": ["email"],
    "placements": ["hero"],
    "limit": 2,
    "profile": {
        "account_id": "a-1",
        "role": "user",
        "attributes": {"roof": 64.0},
        "consent": {"email": True},
        "locale": "de-AT",
        "time_zone": "Europe/Vienna",
    },
    "interactions": [
        {
            "interaction_id": "i-1",
            "occurred_at": "2026-11-19T08:00:00Z",
            "touchpoint": "visit",
            "channel": "web",
            "action": "offer",
            "phase": "search",
            "value": 3.5,
            "properties": {"page": "roof"},
        }
    ],
    "context": {
        "device": "mobile",
        "locale": "de",
        "time": "2026-11-20T10:00:00Z",
        "weights": {"offer": 2.0},
    },
    "exclude": ["teaser"],
    "decision_id": "d-1",
    "deferred": True,
    "explain": True,
    "when": "asked",
    "window": {"from": "2026-11-21T00:00:00Z", "until": "2026-11-22T00:00:00Z"},
    "taken": {"action": "teaser", "channel": "email", "probability": 0.5},
}
"""Every field that a decision request may have, none as it is when left out."""

OF_OTHER_CALLS = {
    (Profile, "aliases"),
    (InteractionCall, "customer_id"),
    (DecisionCall, "account_id"),  # in place of the customer: below
}
NOT_PART_OF_THE_QUESTION = {(DecisionCall, "explain")}
NOT_READ_BY_THE_CORE = {
    (DecisionCall, "decision_id"),  # of the row
    (DecisionCall, "decided_at"),  # of the row
    (Profile, "account_id"),  # stored only
    (Profile, "role"),
    (InteractionCall, "interaction_id"),  # tells apart what is stored already
    (DecisionCall, "taken"),  # what we would have done does not depend on what was done
    *((TakenCall, field.name) for field in fields(TakenCall)),
}
NAMES = Names(
    phase=frozenset(),
    channel=frozenset(),
    placement=frozenset(),
    action=frozenset(),
    excluded=frozenset(),
    weighted=frozenset(),
    outcome=frozenset(),
    consents=frozenset(),
    contact=frozenset(),
    attributes={"roof": Attribute(name="roof", type=AttributeType.NUMBER, label="Roof")},
    withdraws={},
    properties={},
    properties_read=frozenset(),
    context={},
)

Part = Callable[[DecisionCall], Any]
PARTS: dict[type, tuple[Part, Callable[[DecisionCall, Any], DecisionCall]]] = {
    DecisionCall: (lambda call: call, lambda call, part: part),
    Profile: (lambda call: call.profile, lambda call, part: replace(call, profile=part)),
    InteractionCall: (
        lambda call: call.interactions[0],
        lambda call, part: replace(call, interactions=(part,)),
    ),
    WindowCall: (lambda call: call.window, lambda call, part: replace(call, window=part)),
    TakenCall: (lambda call: call.taken, lambda call, part: replace(call, taken=part)),
}
"""A part of a request, and the request with another one."""


every_field = pytest.mark.parametrize(
    ("kind", "field"),
    [
        pytest.param(kind, field, id=f"{kind.__name__}.{field.name}")
        for kind in PARTS
        for field in fields(kind)
        if (kind, field.name) not in OF_OTHER_CALLS
    ],
)


@every_field
def test_the_schema_reads_the_field(kind: type, field: Field[Any]) -> None:
    part = PARTS[kind][0](loaded(BODY))

    assert getattr(part, field.name) != left_out(field)


@every_field
def test_the_fast_decoder_reads_the_field_as_the_schema_does(kind: type, field: Field[Any]) -> None:
    accepted = accept_decision(BODY)

    assert accepted is not None
    read = PARTS[kind][0]
    assert getattr(read(accepted), field.name) == getattr(read(loaded(BODY)), field.name)


@every_field
def test_another_value_of_the_field_is_another_question(kind: type, field: Field[Any]) -> None:
    call = loaded(BODY)
    same = canonical_request(call) == canonical_request(changed(call, kind, field))

    assert same is ((kind, field.name) in NOT_PART_OF_THE_QUESTION)


@every_field
def test_a_replay_reads_the_field(kind: type, field: Field[Any]) -> None:
    call = loaded(BODY)
    stored = loaded(orjson.loads(canonical_request(call)))

    assert replayed(stored) == replace(request_of(call), explain=False)
    same = request_of(call) == request_of(changed(call, kind, field))
    assert same is ((kind, field.name) in NOT_READ_BY_THE_CORE)


@pytest.mark.parametrize("field", ["channels", "limit", "exclude", "deferred"])
def test_a_field_that_the_core_reads_stands_in_three_files(field: str) -> None:
    """The call, its schema and the core's request; what lies between them passes it on unnamed."""
    between = (fast_path, request_builder, same_request, plain_types)
    named = [module.__name__ for module in (calls, requests, decision, *between) if names(module, field)]

    assert named == [calls.__name__, requests.__name__, decision.__name__]


def names(module: ModuleType, field: str) -> bool:
    """Whether the code of a module names a field, as a name, an attribute, an argument or a text."""
    tree = ast.parse(inspect.getsource(module))
    words = (
        (getattr(node, part, None) for part in ("id", "attr", "arg", "value")) for node in ast.walk(tree)
    )
    return any(field in found for found in words)


def test_the_canonical_form_is_read_back_as_the_same_call() -> None:
    call = loaded(BODY)

    assert loaded(orjson.loads(canonical_request(call))) == replace(call, explain=False)


def test_a_request_of_defaults_has_a_short_canonical_form() -> None:
    call = DecisionCall(customer_id="ada", profile=Profile(), channels=(), limit=1)

    assert canonical_request(call) == '{"customer_id":"ada"}'


def test_the_canonical_form_is_written_as_it_always_was() -> None:
    """Stored decisions are compared with it."""
    assert canonical_request(loaded(BODY)) == (
        '{"channels":["email"],'
        '"context":{"device":"mobile","locale":"de","time":"2026-11-20T10:00:00Z","weights":{"offer":2.0}},'
        '"customer_id":"ada","decision_id":"d-1","deferred":true,"exclude":["teaser"],'
        '"interactions":[{"action":"offer","channel":"web","interaction_id":"i-1",'
        '"occurred_at":"2026-11-19T08:00:00Z","phase":"search","properties":{"page":"roof"},'
        '"touchpoint":"visit","value":3.5}],'
        '"limit":2,"phase":"quote","placements":["hero"],'
        '"profile":{"account_id":"a-1","attributes":{"roof":64.0},"consent":{"email":true},'
        '"locale":"de-AT","role":"user","time_zone":"Europe/Vienna"},'
        '"taken":{"action":"teaser","channel":"email","probability":0.5},"when":"asked",'
        '"window":{"from":"2026-11-21T00:00:00Z","until":"2026-11-22T00:00:00Z"}}'
    )


def test_a_question_about_an_account_is_read_back_and_is_another_than_about_a_customer() -> None:
    call = loaded({"account_id": "acme", "decision_id": "d-1"})

    assert (call.account_id, call.customer_id) == ("acme", "")
    assert canonical_request(call) == '{"account_id":"acme","decision_id":"d-1"}'
    assert loaded(orjson.loads(canonical_request(call))) == call
    assert accept_decision({"account_id": "acme"}) is None  # the schema reads it


def loaded(body: dict[str, Any]) -> DecisionCall:
    call: DecisionCall = DecisionSchema().load(body)
    return call


def left_out(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def changed(call: DecisionCall, kind: type, field: Field[Any]) -> DecisionCall:
    """The call with the field left out, or with another value if it must be there."""
    read, put = PARTS[kind]
    value = left_out(field)
    if value is MISSING or (kind is InteractionCall and field.name == "occurred_at"):
        value = NOW if isinstance(getattr(read(call), field.name), datetime) else "another"
    return put(call, replace(read(call), **{field.name: value}))


def request_of(call: DecisionCall) -> DecisionRequest:
    stored = StoredState(customer=None, events=())
    return build_request(NAMES, call, stored, decision_id="d-1", decided_at=NOW)


def replayed(call: DecisionCall) -> DecisionRequest:
    """What is decided again from the stored request and the state that was kept."""
    return decode_state(call, encode_state(request_of(call)), decision_id="d-1", decided_at=NOW)
