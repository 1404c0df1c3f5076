"""An attempt that can be given up at any moment: each decision has one fate."""

from __future__ import annotations

import pytest

from nba_service.decisions.attempt import Attempt, GivenUp
from nba_service.errors import StoreError


@pytest.fixture
def attempt() -> Attempt:
    return Attempt(3)


def test_at_first_nothing_is_made_settled_or_being_stored(attempt: Attempt) -> None:
    assert attempt.made == [None, None, None]
    assert attempt.give_up() == (frozenset(), frozenset())


def test_what_was_stored_in_time_is_settled(attempt: Attempt) -> None:
    attempt.begin([0, 2])
    attempt.settle([0, 2])

    assert attempt.give_up() == ({0, 2}, frozenset())


def test_what_is_being_stored_may_be_there_or_not(attempt: Attempt) -> None:
    attempt.begin([0])
    attempt.settle([0])
    attempt.begin([1, 2])

    assert attempt.give_up() == ({0}, {1, 2})


def test_what_was_refused_is_neither_settled_nor_being_stored(attempt: Attempt) -> None:
    attempt.begin([0, 1])
    attempt.settle([0])

    assert attempt.give_up() == ({0}, frozenset())


def test_after_it_was_given_up_nothing_more_is_stored(attempt: Attempt) -> None:
    attempt.give_up()

    with pytest.raises(GivenUp, match="answered without the store") as raised:
        attempt.begin([0])
    assert isinstance(raised.value, StoreError), "the request fails as it does when the store is away"


def test_what_is_stored_after_it_was_given_up_is_not_settled(attempt: Attempt) -> None:
    """Another answer was given for it: that one counts."""
    attempt.begin([0])
    attempt.give_up()
    attempt.settle([0])

    assert attempt.give_up() == (frozenset(), frozenset())
