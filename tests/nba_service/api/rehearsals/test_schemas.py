"""What may be asked of a rehearsal, and the codes of what may not."""

from __future__ import annotations

import marshmallow as ma
import pytest

from nba_service.api.rehearsals.schemas import RehearsalCall, RehearsalSchema


def test_a_bundle_a_file_or_both() -> None:
    load = RehearsalSchema().load

    assert load({"bundle": "b-1"}) == RehearsalCall(bundle="b-1")
    assert load({"journey": "company: Tiny\n", "customers": 7}) == RehearsalCall(
        journey="company: Tiny\n", customers=7
    )


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "bundle", "FIELD_REQUIRED"),
        ({"bundle": None}, "bundle", "FIELD_REQUIRED"),
        ({"journey": ""}, "journey", "FIELD_RANGE"),
        ({"journey": 7}, "journey", "FIELD_TYPE"),
        ({"bundle": "b-1", "customers": 301}, "customers", "FIELD_RANGE"),
        ({"bundle": "b-1", "who": "all"}, "who", "UNKNOWN_FIELD"),
    ],
)
def test_what_cannot_be_asked(body: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        RehearsalSchema().load(body)

    assert [message.code for message in refused.value.normalized_messages()[field]] == [code]
