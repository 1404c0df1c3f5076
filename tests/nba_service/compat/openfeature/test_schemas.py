"""What an OpenFeature provider sends, as the call that it becomes."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from nba_service.compat.openfeature.schemas import FlagCall, FlagSchema


def test_the_targeting_key_is_whom_the_flag_is_for_and_the_rest_is_said_of_them() -> None:
    body = {"context": {"targetingKey": "c-1", "age": 40, "deep": {"er": 1}}, "provider": "x"}

    assert FlagSchema().load(body) == FlagCall(targeting_key="c-1", features={"age": 40, "deep": {"er": 1}})


@pytest.mark.parametrize("body", [{}, {"context": None}, {"context": {}}])
def test_nobody_may_be_named(body: dict[str, Any]) -> None:
    assert FlagSchema().load(body) == FlagCall(targeting_key=None, features={})


def test_what_was_sent_is_not_changed() -> None:
    context = {"targetingKey": "c-1"}

    FlagSchema().load({"context": context})

    assert context == {"targetingKey": "c-1"}


@pytest.mark.parametrize("context", [[], "c-1", 3])
def test_a_context_is_an_object(context: object) -> None:
    with pytest.raises(ma.ValidationError) as raised:
        FlagSchema().load({"context": context})

    assert [*raised.value.normalized_messages()] == ["context"]
