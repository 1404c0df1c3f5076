"""Records of the journal: each kind comes back as it was, and a person can be taken out."""

from __future__ import annotations

import itertools
from dataclasses import replace

import orjson
import pytest

from nba_service.resilience.records import Record, read_record, without_person, write_record
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow, Seat

DECISION = DecisionRow(
    decision_id="d", customer_id="c", decided_at=1, delivered_at=None, action="guide", channel="email",
    action_probability=0.5, contacts=(("guide", "email"), ("offer", None)), context="{}", candidates="[]",
    bundle="b", policy="p", arm="t", request="{}", answer="{}", state=b"\x00\xff state",
)  # fmt: skip
VISIT = InteractionRow(
    interaction_id="i", customer_id="c", occurred_at=1, touchpoint="visit", properties={"a": [1]}, timed=False
)
CLICK = OutcomeRow(outcome_id="o", decision_id="d", outcome="clicked", occurred_at=2, value=1.5)
SEATS = (Seat(channel="phone", day=3, most=2),)
PROFILE = CustomerRow(customer_id="c", attributes={"age": 30}, consent={"email": False}, updated_at=9)


@pytest.mark.parametrize(
    "record",
    [
        Record(kind="customers", rows=(PROFILE,)),
        Record(kind="interactions", rows=(VISIT, replace(VISIT, interaction_id="i2", timed=True))),
        Record(kind="outcomes", rows=(CLICK,)),
        Record(kind="decisions", rows=(DECISION,), seats={"d": (Seat(channel="phone", day=3, most=2),)}),
        Record(kind="corrections", rows=(replace(DECISION, state=None),)),
        Record(kind="erase", customer_id="c", at=5),
    ],
    ids=lambda record: record.kind,
)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    assert read_record(write_record(record)) == record


def test_fields_that_a_later_version_wrote_are_left_out() -> None:
    plain = orjson.loads(write_record(Record(kind="outcomes", rows=(CLICK,))))
    plain["rows"][0]["of_the_future"] = 1

    assert read_record(orjson.dumps(plain)).rows == (CLICK,)


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"{}", b'{"kind": "?"}', b'{"kind": "outcomes"}'])
def test_what_is_no_record_is_an_error(payload: bytes) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        read_record(payload)


def test_a_person_leaves_the_records_and_statistics_stay() -> None:
    other = replace(VISIT, customer_id="other")
    records = [
        Record(kind="customers", rows=(PROFILE,)),
        Record(kind="interactions", rows=(VISIT, other)),
        Record(kind="decisions", rows=(DECISION,), seats={"d": SEATS}),
        Record(kind="outcomes", rows=(CLICK,)),
        Record(kind="erase", customer_id="earlier", at=1),
    ]

    rest = without_person(records, "c", (f"nobody-{n}" for n in itertools.count()))

    anonymous = replace(
        DECISION, decision_id="nobody-1", customer_id="nobody-0", context=None, request=None, answer=None,
        state=None,
    )  # fmt: skip
    assert rest == [
        Record(kind="interactions", rows=(other,)),
        Record(
            kind="decisions", rows=(anonymous,), seats={"nobody-1": (Seat(channel="phone", day=3, most=2),)}
        ),
        Record(kind="outcomes", rows=(replace(CLICK, decision_id="nobody-1"),)),
        Record(kind="erase", customer_id="earlier", at=1),
    ]
