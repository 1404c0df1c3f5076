"""Bodies about accounts become calls."""

from __future__ import annotations

import marshmallow as ma
import pytest

from nba_service.api.accounts.schemas import AccountSchema, MemberSchema
from nba_service.decisions.calls import AccountCall, MemberCall


def test_bodies_become_calls() -> None:
    assert AccountSchema().load({"attributes": {"employees": 5}}) == AccountCall(attributes={"employees": 5})
    assert MemberSchema().load({"role": "user"}) == MemberCall(role="user")
    assert MemberSchema().load({}) == MemberCall()


def test_other_fields_are_refused() -> None:
    with pytest.raises(ma.ValidationError):
        AccountSchema().load({"people": ["ada"]})
