"""A refusal ends by a later explicit grant of the same flag, and by nothing else."""

from __future__ import annotations

import random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from models.domain.consent import (
    NO_CONSENTS,
    Consent,
    Ledger,
    Standing,
    Statement,
    current,
    heard,
    merge,
    record,
    refuse_by_event,
)


class Told(NamedTuple):
    flag: str
    given: bool
    at: int
    arrived_at: int


def ledger_of(told: list[Told]) -> Ledger:
    return record(NO_CONSENTS, *(consent(*one) for one in told))


def consent(flag: str, given: bool, at: int, arrived_at: int, source: str = "profile") -> Consent:
    return Consent(flag, given, Statement(at, arrived_at, source))


def reference(told: list[Told]) -> dict[str, bool]:
    """The rule as a person would apply it: put all in order, and the last statement of a flag holds."""
    ordered = sorted(told, key=lambda one: (min(one.at, one.arrived_at), one.arrived_at, not one.given))
    return {one.flag: one.given for one in ordered}


TOLD = st.lists(
    st.builds(
        Told,
        flag=st.sampled_from(["email", "sms"]),
        given=st.booleans(),
        at=st.integers(0, 9),
        arrived_at=st.integers(0, 9),
    ),
    max_size=12,
)


@given(told=TOLD, order=st.randoms())
def test_what_holds_is_the_last_statement_in_whatever_order(told: list[Told], order: random.Random) -> None:
    shuffled = list(told)
    order.shuffle(shuffled)

    assert current(ledger_of(told)) == reference(told)
    assert ledger_of(shuffled) == ledger_of(told)


@given(
    told=TOLD, whose=st.lists(st.integers(0, 3), min_size=12, max_size=12), order=st.permutations(range(4))
)
def test_people_who_are_merged_have_what_one_person_would_have(
    told: list[Told], whose: list[int], order: list[int]
) -> None:
    ledgers = [
        ledger_of([one for one, who in zip(told, whose, strict=False) if who == person])
        for person in range(4)
    ]
    merged = NO_CONSENTS
    for person in order:
        merged = merge(merged, ledgers[person])

    assert merged == ledger_of(told)
    assert merge(merged, merged) == merged
    assert merge(ledgers[0], ledgers[1]) == merge(ledgers[1], ledgers[0])


def test_only_a_later_grant_of_the_same_flag_ends_a_refusal() -> None:
    refused = ledger_of([Told("email", True, 1, 1), Told("email", False, 5, 5)])

    assert current(refused) == {"email": False}
    assert current(record(refused, consent("sms", True, 9, 9))) == {"email": False, "sms": True}
    assert current(record(refused, consent("email", True, 4, 9))) == {"email": False}
    assert current(record(refused, consent("email", True, 6, 9))) == {"email": True}


def test_an_old_refusal_that_arrives_late_does_not_undo_a_newer_grant() -> None:
    ledger = ledger_of([Told("email", True, 5, 5), Told("email", False, 3, 8)])

    assert current(ledger) == {"email": True}


def test_of_one_instant_the_later_arrival_holds_and_of_one_arrival_the_refusal() -> None:
    assert current(ledger_of([Told("email", False, 5, 5), Told("email", True, 5, 6)])) == {"email": True}
    assert current(ledger_of([Told("email", True, 5, 5), Told("email", False, 5, 6)])) == {"email": False}
    assert current(ledger_of([Told("email", False, 5, 5), Told("email", True, 5, 5)])) == {"email": False}


def test_of_what_arrives_in_one_millisecond_the_last_one_heard_holds() -> None:
    ledger = NO_CONSENTS
    for given_now in (False, True, True, False, True):
        ledger = record(ledger, heard(ledger, consent("email", given_now, 5, 5)))
        assert current(ledger) == {"email": given_now}
    assert heard(ledger, consent("email", False, 5, 6)) == consent("email", False, 5, 6)


def test_a_refusal_whose_clock_runs_ahead_holds_at_once_and_a_later_grant_ends_it() -> None:
    ahead = ledger_of([Told("email", True, 1, 1), Told("email", False, 100, 10)])

    assert current(ahead) == {"email": False}
    assert current(record(ahead, consent("email", True, 11, 11))) == {"email": True}


def test_a_grant_dated_in_the_future_outranks_no_later_refusal() -> None:
    ahead = ledger_of([Told("email", True, 100, 10)])

    assert current(ahead) == {"email": True}
    assert current(record(ahead, consent("email", False, 11, 11))) == {"email": False}


def test_an_event_that_was_recorded_when_it_arrived_is_not_recorded_again() -> None:
    """Its clock ran ahead; a grant has ended it since, and its event must not bring it back."""
    ledger = ledger_of([Told("email", False, 100, 10), Told("email", True, 50, 50)])

    assert current(refuse_by_event(ledger, "email", 100, "unsubscribe")) == {"email": True}
    assert current(refuse_by_event(ledger, "email", 101, "unsubscribe")) == {"email": False}
    assert refuse_by_event(NO_CONSENTS, "email", 7, "unsubscribe") == {
        "email": Standing(refused=Statement(7, 7, "unsubscribe"))
    }


def test_what_was_never_told_is_missing() -> None:
    assert current(NO_CONSENTS) == {}
