"""What is at stake where phases are believed, not known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drawn.learning import problem_of
from models.learned.advantage.belief import PhaseBelief
from training.fit.advantage.belief.scale import BelievedScale, fit_believed_scale
from training.fit.advantage.rows import Rows
from training.simulator.drawn.company import Company


@pytest.fixture(scope="module")
def scale(company: Company, rows: Rows, belief: PhaseBelief) -> BelievedScale:
    mean, spread = rows.attributes.mean(axis=0), rows.attributes.std(axis=0)
    return fit_believed_scale(problem_of(company), rows, belief, mean, spread)


def test_as_many_move_up_as_it_foretells(rows: Rows, scale: BelievedScale) -> None:
    ahead = scale.ahead(rows.attributes, rows, scale.hidden.belief.now(rows.stated))

    happened = scale.moved(rows, ahead)

    assert happened.moved.mean() == pytest.approx(ahead.up.mean(), rel=0.1)
    assert happened.information == pytest.approx(ahead.binomial * scale.seen[rows.phase])
    assert ((happened.moved >= 0) & (happened.moved <= 1 + 1e-4)).all()


def test_of_moves_that_are_half_seen_only_a_part_is_told(scale: BelievedScale) -> None:
    assert ((scale.seen > 0.02) & (scale.seen <= 1.0)).all()
    assert scale.seen.min() < 0.8


def test_rewards_belong_to_the_moves_that_earn(company: Company, scale: BelievedScale) -> None:
    """By stated phases a quarter of the entries into a phase that pays would seem to earn nothing."""
    earns = np.flatnonzero(company.value > 0)
    likely = scale.chain.base[:, earns].argmax(axis=0)

    for p, q in zip(likely, earns, strict=True):
        if p != q and scale.chain.base[p, q] > 0.05:
            assert scale.chain.reward[p, q] == pytest.approx(company.value[q], rel=0.35)


def test_a_bundle_has_the_same_at_stake(company: Company, rows: Rows, scale: BelievedScale) -> None:
    assert scale.stakes.reward.shape == scale.stakes.up.shape == (company.phases, company.phases + 1)
    assert np.array_equal(scale.stakes.variance, scale.variance)
    few = rows.take(np.arange(5))
    assert scale.standardised(few.attributes).shape == few.attributes.shape
    assert (scale.unit(few.phase) > 0).all()
    assert scale.tilt(scale.variance[few.phase], few.phase) == pytest.approx(1.0)
