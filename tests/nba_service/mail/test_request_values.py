"""What the parameters of an e-mail tool mean, and what is left out of them."""

from __future__ import annotations

import pytest

from nba_service.errors import Problem
from nba_service.mail.request_values import read_call


def test_reserved_parameters_have_a_meaning_and_the_rest_is_context() -> None:
    call = read_call(
        "hero",
        {
            "customer_id": " ada ",
            "message_id": "m-1",
            "locale": "de-AT",
            "delivered": "Yes",
            "consent": "email, personalization,",
            "attributes": {"age": 41},
            "context": {"device": "phone"},
            "campaign": "spring",
        },
    )
    assert (call.placement, call.recipient, call.message_id) == ("hero", "ada", "m-1")
    assert (call.locale, call.delivered) == ("de-AT", True)
    assert call.consent == {"email": True, "personalization": True}
    assert call.attributes == {"age": 41}
    assert call.context == {"campaign": "spring", "device": "phone"}


def test_consent_can_be_refused_by_an_object_alone() -> None:
    values = {"recipient": "ada", "consent": {"email": False, "sms": "no"}}
    assert read_call("email", values).consent == {"email": False}


@pytest.mark.parametrize("name", ["time", "weights", "format", "placement", "two\nlines"])
def test_what_would_move_a_decision_or_is_no_name_is_no_context(name: str) -> None:
    assert read_call("email", {"recipient": "ada", "context": {name: "1"}}).context == {}


@pytest.mark.parametrize("value", ["", "x" * 1_001, "a\x00b", ["list"], None])
def test_values_that_rules_cannot_read_are_left_out(value: object) -> None:
    assert read_call("email", {"recipient": "ada", "campaign": value}).context == {}


def test_a_tool_cannot_flood_the_context() -> None:
    many = {f"parameter-{number}": "x" for number in range(100)}
    assert len(read_call("email", {"recipient": "ada", **many}).context) == 40


@pytest.mark.parametrize(
    "values", [{}, {"recipient": "no blank"}, {"recipient": "ada", "message_id": "m" * 201}]
)
def test_without_a_recipient_there_is_no_call(values: dict[str, object]) -> None:
    with pytest.raises(Problem):
        read_call("email", values)


def test_a_locale_that_is_none_is_left_out() -> None:
    assert read_call("email", {"recipient": "ada", "locale": "<script>"}).locale is None


def test_what_cannot_be_used_is_named() -> None:
    values = {
        "recipient": "ada",
        "locale": "de_",
        "consent": {"email": True, "sms": "yes"},
        "attributes": "age=41",
        "context": {"time": "now", "deep": {"er": 1}, "note": "half \ud83d", "empty": None},
        "format": "json",
    }
    assert set(read_call("email", values).ignored) == {
        "locale",
        "consent.sms",
        "attributes",
        "time",
        "deep",
        "note",
    }
