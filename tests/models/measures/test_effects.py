"""Odds ratios: right where the log's probabilities are, and silent where too few moved."""

from __future__ import annotations

import numpy as np
import pytest

from models.measures.effects import moves_on, odds_ratio
from models.measures.log.records import MOVE

DAY = 86_400_000


def test_stated_probabilities_undo_that_contacts_went_to_those_who_would_move_anyway() -> None:
    """Odds are doubled by a contact; eager customers are contacted four times as often."""
    rng = np.random.default_rng(1)
    n = 40_000
    eager = rng.random(n) < 0.5
    p = np.where(eager, 0.8, 0.2)
    contacted = rng.random(n) < p
    odds = np.where(eager, 0.5, 0.05) * np.where(contacted, 2.0, 1.0)
    moved = rng.random(n) < odds / (1 + odds)
    weight = 1 / np.where(contacted, p, 1 - p)
    customer = np.arange(n)

    fair = odds_ratio(moved, contacted, weight, customer, "logged")
    naive = odds_ratio(moved, contacted, np.ones(n), customer, "association")

    rate = [np.mean(np.where(eager, a / (1 + a), b / (1 + b))) for a, b in ((1.0, 0.1), (0.5, 0.05))]
    truth = rate[0] / (1 - rate[0]) / (rate[1] / (1 - rate[1]))
    assert fair is not None
    assert naive is not None
    assert fair.interval.low < truth < fair.interval.high
    assert naive.interval.low > truth + 1
    assert fair.to_json()["proved"] == "up"
    assert fair.to_json()["basis"] == "logged"


def test_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(2_000):
        contacted = rng.random(1_000) < 0.4
        moved = rng.random(1_000) < np.where(contacted, 0.2, 0.1)
        found = odds_ratio(moved, contacted, np.ones(1_000), np.arange(1_000), "logged")
        assert found is not None
        held += found.interval.low <= 0.25 / (0.1 / 0.9) <= found.interval.high

    assert 0.93 <= held / 2_000 <= 0.97


def test_rows_of_one_customer_count_together() -> None:
    rng = np.random.default_rng(3)
    contacted, moved = rng.random(500) < 0.5, rng.random(500) < 0.3
    ones, customer = np.ones(500), np.arange(500)
    once = odds_ratio(moved, contacted, ones, customer, "logged")
    four = odds_ratio(
        np.tile(moved, 4), np.tile(contacted, 4), np.tile(ones, 4), np.tile(customer, 4), "logged"
    )

    assert once is not None
    assert four is not None
    assert four.interval.low == pytest.approx(once.interval.low)


def test_too_few_moves_tell_nothing() -> None:
    moved = np.arange(100) < 12
    assert odds_ratio(moved, np.arange(100) % 2 == 0, np.ones(100), np.arange(100), "") is None


def test_the_next_move_counts_if_it_leads_on_in_time() -> None:
    """Phases 1, 2, 3 in this order; a lapse and a step back lead nowhere."""
    rows = [
        (1, 0, 0, 0, 1, 0),
        (1, 5, 0, 1, 2, 0),
        (1, 9, 5, 2, 1, 1),
        (2, 0, 0, 0, 2, 0),
        (2, 3, 0, 2, 1, 0),
    ]
    moves = np.array([(c, at * DAY, s * DAY, b, p, lap, 0.0) for c, at, s, b, p, lap in rows], dtype=MOVE)
    order = np.array([0, 0, 1, 2])
    customer = np.array([1, 1, 1, 2, 3], dtype=np.uint64)
    at = np.array([0, 2, 6, 1, 0]) * DAY

    assert moves_on(moves, order, customer, at, 4 * DAY).tolist() == [False, True, False, False, False]
    assert not moves_on(moves[:0], order, customer, at, DAY).any()
