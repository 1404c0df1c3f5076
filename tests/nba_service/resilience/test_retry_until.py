"""Rounds go on until the time is over, and then an error says so."""

from __future__ import annotations

from itertools import islice

import pytest

from nba_service.errors import ContentionError
from nba_service.resilience.retry_until import retry_until


def test_rounds_are_numbered_from_0() -> None:
    assert list(islice(retry_until(60_000), 4)) == [0, 1, 2, 3]


def test_there_is_one_round_however_short_the_time() -> None:
    rounds = retry_until(0)

    assert next(rounds) == 0
    with pytest.raises(ContentionError, match="for 0 ms"):
        next(rounds)
