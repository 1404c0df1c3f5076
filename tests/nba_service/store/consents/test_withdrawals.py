"""Refusals that stored events are: what is written together, and what it changes."""

from __future__ import annotations

import itertools

from models.domain.consent import current
from nba_service.store.consents.ledgers import Kept
from nba_service.store.consents.withdrawals import PORTION, Withdrawal, mark_of, portions, refusing


def test_a_persons_events_lie_in_one_portion() -> None:
    found = [Withdrawal(f"{number // 3:06}", f"n{number}", number) for number in range(PORTION * 2)]

    parts = list(portions(found[::-1]))

    assert [one for part in parts for one in part] == sorted(found)
    people = [{one.person for one in part} for part in parts]
    assert all(not first & second for first, second in itertools.pairwise(people))
    assert list(portions([])) == []


def test_events_refuse_all_that_they_withdraw() -> None:
    found = [Withdrawal("c", "left", 5), Withdrawal("c", "complained", 7)]
    changes = refusing(found, {"left": ["email"], "complained": ["email", "sms"]})

    kept = Kept().changed("c", changes)
    after = kept.ledger

    assert current(after) == {"email": False, "sms": False}
    assert {flag: standing.refused.at for flag, standing in after.items() if standing.refused} == {
        "email": 7,
        "sms": 7,
    }
    assert kept.changed("c", changes) == kept


def test_the_note_depends_on_what_the_journey_file_says_alone() -> None:
    assert mark_of({"a": ["x", "y"], "b": ["z"]}) == mark_of({"b": ("z",), "a": ("y", "x")})
    assert mark_of({"a": ["x"]}) != mark_of({"a": ["y"]})
