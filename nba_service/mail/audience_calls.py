"""What holds for all calls of a list, checked once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import marshmallow as ma

from nba_service.decisions.checks import decision_problems, unknown_names
from nba_service.engine.serving import Serving
from nba_service.errors import FieldProblem
from nba_service.http.body import describe
from nba_service.http.fields import parse_instant
from nba_service.mail.calls import MailCall
from nba_service.mail.content import MailContent


def list_problems(
    mails: MailContent, serving: Serving, call: MailCall, *, kind: str, latest: datetime
) -> Iterator[FieldProblem]:
    """What no mail of a list can be decided with: unknown names, a time to come or that is none.

    Args:
        call: what holds for all; its recipient may be anybody.
        kind: ``channel`` or ``placement``: what the call's place has to be.
        latest: how late a time may be.
    """
    names = serving.names
    known = names.channel if kind == "channel" else names.placement
    yield from unknown_names(kind, kind, [call.placement], known)
    yield from unknown_names("name", "consent", call.consent, names.consents)
    for name in call.ignored:
        yield FieldProblem(field=name, code="FIELD_RANGE", detail=f"expected a {name}, got something else.")
    try:
        _ = call.at is None or parse_instant(call.at)
    except ma.ValidationError as error:
        message = error.messages[0]
        yield FieldProblem(
            field="at", code="TIME_INVALID", detail=f"expected {message}, got {describe(call.at)}."
        )
        return
    decision = mails.decision_call(serving, call) if call.placement in known else None
    if decision is not None:
        yield from decision_problems(names, decision, latest)
