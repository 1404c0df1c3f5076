"""From the request of an e-mail tool to a call.

Tools send what their templates can: query parameters, a form, or flat JSON. What is reserved is checked;
everything else is context for the rules. Knows parameters; knows nothing of decisions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import flask

from nba_service.errors import FieldProblem, problem_of_fields
from nba_service.http.body import received_body
from nba_service.http.fields import MAX_TEXT
from nba_service.http.json_body import parse_json
from nba_service.ids import MAX_ID, read_id, why_no_id
from nba_service.mail.calls import MailCall

RESERVED: Final = frozenset(
    {"recipient", "customer_id", "message_id", "locale", "delivered", "consent", "attributes", "context"}
)
_NOT_CONTEXT: Final = frozenset({"time", "weights", "locale", "format", "placement"})
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}([_-][A-Za-z0-9]{1,8})*")
_NAME: Final = re.compile(r"[\w .:@/-]{1,100}")
_MOST_CONTEXT: Final = 40
_YES: Final = frozenset({"1", "true", "yes"})


def read_values(request: flask.Request) -> dict[str, object]:
    """The parameters of the current request; those of the body win.

    Raises:
        Problem: the body is no JSON, or no object.
    """
    values: dict[str, object] = {**request.args.to_dict(), **request.form.to_dict()}
    if request.method == "POST" and not request.form and (body := received_body(request)):
        parameters = parse_json(body)
        if not isinstance(parameters, dict):
            raise _invalid("body", "an object", parameters)
        values |= parameters
    return values


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
    if len(message_id) > MAX_ID:
        raise _invalid("message_id", f"at most {MAX_ID} characters", message_id)
    return MailCall(
        placement=placement,
        recipient=recipient,
        message_id=message_id or None,
        locale=_locale(values.get("locale")),
        delivered=str(values.get("delivered", "")).lower() in _YES,
        attributes=_mapping(values.get("attributes")),
        consent=_consent(values.get("consent")),
        context=dict(list(_context(values))[:_MOST_CONTEXT]),
    )


def _locale(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= 35 and _LOCALE.fullmatch(value) else None


def _consent(value: object) -> dict[str, bool]:
    """``{"email": true}``, or ``email,personalization``: those that are given."""
    if isinstance(value, str):
        return {name.strip(): True for name in value.split(",") if name.strip()}
    return {name: given for name, given in _mapping(value).items() if isinstance(given, bool)}


def _context(values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """What rules may read: flat values under names that the API takes."""
    free = {name: value for name, value in values.items() if name not in RESERVED}
    for name, value in ({**free, **_mapping(values.get("context"))}).items():
        scalar = isinstance(value, bool | int | float) or (
            isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()
        )
        if scalar and name not in _NOT_CONTEXT and _NAME.fullmatch(name):
            yield name, value


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _invalid(field: str, expected: str, got: object) -> Exception:
    detail = f"expected {expected}, got {str(got)[:60]!r}"
    return problem_of_fields([FieldProblem(field=field, code="FIELD_RANGE", detail=detail)])
