"""What holds for a whole list is checked once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import flask
import pytest

from nba_service.mail.audience_calls import list_problems
from nba_service.mail.calls import MailCall
from nba_service.services import Services, services_of
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def parts(make_app: Callable[..., flask.Flask], settings: Settings) -> Services:
    return services_of(make_app(settings, clock=lambda: NOW))


def fields(parts: Services, call: MailCall, kind: str = "channel") -> list[str]:
    serving, latest = parts.source.current(), NOW + timedelta(minutes=5)
    found = list_problems(parts.mail_content, serving, call, kind=kind, latest=latest)
    return [problem.field for problem in found]


def mail(**changed: object) -> MailCall:
    usual = {"placement": "email", "recipient": "c-1", "message_id": "m-1"}
    return MailCall(**{**usual, **changed})  # type: ignore[arg-type]


def test_a_list_that_can_be_decided_has_no_problems(parts: Services) -> None:
    assert fields(parts, mail(consent={"email": True}, at="2026-11-20T11:00:00Z")) == []


@pytest.mark.parametrize(
    ("changed", "kind", "field"),
    [
        ({"placement": "emial"}, "channel", "channel"),
        ({"placement": "email"}, "placement", "placement"),
        ({"consent": {"emial": True}}, "channel", "consent"),
        ({"ignored": ("locale",)}, "channel", "locale"),
        ({"at": "yesterday"}, "channel", "at"),
        ({"at": "2026-11-20T11:00:00"}, "channel", "at"),
    ],
)
def test_what_no_mail_can_be_decided_with_is_named(
    parts: Services, changed: dict[str, object], kind: str, field: str
) -> None:
    assert [name.split(".")[0] for name in fields(parts, mail(**changed), kind)] == [field]
