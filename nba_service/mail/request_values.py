"""From the request of an e-mail tool to a call.

Tools send what their templates can: query parameters, a form, or flat JSON. What is reserved is checked;
everything else is context for the rules. Knows parameters; knows nothing of decisions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

import flask

from models.domain.field_values import is_locale
from models.domain.ids import MAX_ID, read_id, why_no_id
from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.http.body import received_body
from nba_service.http.fields import MAX_TEXT
from nba_service.http.json_body import HalfText, Json, can_be_said, half_in, parse_json
from nba_service.mail.calls import MailCall, QueryText

RESERVED: Final = frozenset(
    {"recipient", "customer_id", "message_id", "locale", "delivered", "consent", "attributes", "context"}
)
_NOT_CONTEXT: Final = frozenset({"time", "weights", "locale", "format", "placement"})
_OF_ROUTES: Final = frozenset({"format", "placement", "locale"})
_NAME: Final = re.compile(r"[\w .:@/-]{1,100}")
_MOST_CONTEXT: Final = 40
_YES: Final = frozenset({"1", "true", "yes"})


def read_values(request: flask.Request) -> dict[str, object]:
    """The parameters of the current request; those of the body win.

    Raises:
        Problem: the body is no JSON, or no object.
    """
    said = {**request.args.to_dict(), **request.form.to_dict()}
    values: dict[str, object] = {name: QueryText(text) for name, text in said.items()}
    if request.method == "POST" and not request.form and (body := received_body(request)):
        parameters = _parameters(body)
        if not isinstance(parameters, dict):
            raise _invalid("body", "an object", parameters)
        values |= parameters
    return values


def _parameters(body: bytes) -> Json:
    """The value of a body; a parameter with half a character comes as a ``HalfText``."""
    try:
        return parse_json(body, parts="parameters")
    except Problem as problem:
        if problem.kind != "BODY_NOT_JSON":
            raise
        whole = parse_json(b'{"parameters": [' + body + b"]}", parts="parameters")
        elements: object = whole["parameters"] if isinstance(whole, dict) else None
        if isinstance(elements, list) and len(elements) == 1 and isinstance(elements[0], HalfText):
            return cast("Json", _halves_apart(elements[0].raw))
        raise


def _halves_apart(value: object, depth: int = 2) -> object:
    """The same with a ``HalfText`` in place of each value that holds half a character, two levels deep."""
    if half_in(value) is None:
        return value
    if not isinstance(value, dict) or not depth:
        return HalfText(value, "")
    return {name: _halves_apart(item, depth - 1) for name, item in value.items() if can_be_said(name)}


def read_call(placement: str, values: Mapping[str, object]) -> MailCall:
    """The call that parameters make.

    Raises:
        Problem: no recipient, or one that can be no id; the rest is left out where it is wrong.
    """
    stated = str(values.get("recipient") or values.get("customer_id") or "").strip()
    recipient = read_id(stated)
    if recipient is None:
        problem = FieldProblem(field="recipient", code="FIELD_RANGE", detail=why_no_id(stated))
        raise problem_of_fields([problem])
    message_id = str(values.get("message_id") or "").strip()
    if len(message_id) > MAX_ID or isinstance(values.get("message_id"), HalfText):
        raise _invalid("message_id", f"at most {MAX_ID} characters", message_id)
    ignored: list[str] = []
    context = dict(list(_context(values, ignored))[:_MOST_CONTEXT])
    return MailCall(
        placement=placement,
        recipient=recipient,
        message_id=message_id or None,
        locale=_locale(values.get("locale"), ignored),
        delivered=str(values.get("delivered", "")).lower() in _YES,
        attributes=_mapping(values, "attributes", ignored),
        consent=_consent(values, ignored),
        context=context,
        ignored=tuple(ignored),
    )


def _locale(value: object, ignored: list[str]) -> str | None:
    if isinstance(value, str) and is_locale(value):
        return str(value)
    if value is not None and value != "":
        ignored.append("locale")
    return None


def _consent(values: Mapping[str, object], ignored: list[str]) -> dict[str, bool]:
    """``{"email": true}``, or ``email,personalization``: those that are given."""
    value = values.get("consent")
    if isinstance(value, str):
        return {name.strip(): True for name in value.split(",") if name.strip()}
    stated = _mapping(values, "consent", ignored)
    ignored += [f"consent.{name}" for name, given in stated.items() if not isinstance(given, bool)]
    return {name: given for name, given in stated.items() if isinstance(given, bool)}


def _context(values: Mapping[str, object], ignored: list[str]) -> Iterator[tuple[str, object]]:
    """What rules may read: flat values under names that the API takes."""
    free = {name: value for name, value in values.items() if name not in RESERVED}
    for name, value in ({**free, **_mapping(values, "context", ignored)}).items():
        scalar = isinstance(value, bool | int | float) or (
            isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()
        )
        if scalar and name not in _NOT_CONTEXT and _NAME.fullmatch(name):
            yield name, value
        elif value is not None and value != "" and name not in _OF_ROUTES:
            ignored.append(name if can_be_said(name) else "a name")


def _mapping(values: Mapping[str, object], name: str, ignored: list[str]) -> Mapping[str, object]:
    value = values.get(name)
    if isinstance(value, dict):
        return value
    if value is not None:
        ignored.append(name)
    return {}


def _invalid(field: str, expected: str, got: object) -> Exception:
    detail = f"expected {expected}, got {str(got)[:60]!r}"
    return problem_of_fields([FieldProblem(field=field, code="FIELD_RANGE", detail=detail)])
