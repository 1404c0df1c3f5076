"""What ``identify`` and ``group`` change in a profile."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.domain.journey import Journey
from nba_service.compat.segment.messages import Message, read_message
from nba_service.compat.segment.profiles import profile_of
from nba_service.engine.names import Names
from nba_service.errors import Problem
from nba_service.store.rows import CustomerRow

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STORED = CustomerRow(
    customer_id="c-1",
    account_id="acme",
    attributes={"age": 40, "segment": "old"},
    consent={"email": True},
    locale="de",
    time_zone="Europe/Berlin",
)


def message(kind: str, **fields: object) -> Message:
    return read_message({"type": kind, "messageId": "m-1", "userId": "c-1"} | fields, None, NOW)


def test_what_is_said_goes_over_what_is_stored(tiny_journey: Journey) -> None:
    said = message("identify", traits={"age": 41, "consent": {"Email": False}}, context={"locale": "de-AT"})
    profile, ignored = profile_of(said, STORED, Names.of(tiny_journey), tiny_journey)

    assert profile.attributes == {"age": 41, "segment": "old"}
    assert profile.consent == {"email": False}
    assert (profile.account_id, profile.locale, profile.time_zone) == ("acme", "de-AT", "Europe/Berlin")
    assert ignored == {}


def test_traits_that_cannot_be_used_are_named_and_change_nothing(tiny_journey: Journey) -> None:
    said = message("identify", traits={"age": -1, "shoe": 9}, context={"locale": "?", "timezone": "Mars"})
    profile, ignored = profile_of(said, STORED, Names.of(tiny_journey), tiny_journey)

    assert profile.attributes == {"age": 40, "segment": "old"}
    assert (profile.locale, profile.time_zone) == ("de", "Europe/Berlin")
    assert ignored.keys() == {"age", "shoe", "context.locale", "context.timezone"}


def test_consent_managers_are_heard(tiny_journey: Journey) -> None:
    preferences = {"email": True, "Analytics": True, "personalization": "yes"}
    said = message("identify", context={"consent": {"categoryPreferences": preferences}})
    profile, ignored = profile_of(said, None, Names.of(tiny_journey), tiny_journey)
    assert profile.consent == {"email": True}
    assert ignored == {
        "context.consent.Analytics": "the journey file has no such consent",
        "context.consent.personalization": "expected true or false, got 'yes'",
    }


def test_a_group_changes_the_account_alone(tiny_journey: Journey) -> None:
    said = message("group", groupId="umbrella", traits={"age": 1})
    profile, ignored = profile_of(said, STORED, Names.of(tiny_journey), tiny_journey)
    assert (profile.account_id, profile.attributes, ignored) == ("umbrella", STORED.attributes, {})
    with pytest.raises(Problem, match="groupId"):
        profile_of(message("group"), STORED, Names.of(tiny_journey), tiny_journey)
