"""Reward models only have to explain noise away; nobody is judged by a model that saw them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from training.evaluation.off_policy.reward_model import (
    FOLDS,
    SHRINK,
    RewardModel,
    cross_fitted,
    customer_folds,
    shrunk_effects,
)
from training.fit.prepared import Prepared
from training.rows.split import Part


def test_an_effect_is_shrunk_to_the_treatments_own_and_that_to_nothing() -> None:
    """200 rows of treatment 1 in phase 0 with 6 EUR left each: 3 overall, and (1200 + 600) / 400 there."""
    rows = int(SHRINK)
    zero = np.zeros(rows, dtype=np.int64)

    effect = shrunk_effects(np.full(rows, 6.0), zero, zero + 1, (2, 3))

    assert effect[:, 1] == pytest.approx([4.5, 3.0])
    assert not effect[:, [0, 2]].any()


def test_folds_are_even_and_drawn() -> None:
    first, again, other = (customer_folds(100, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert sorted(np.bincount(first).tolist()) == [33, 33, 34]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_model_without_trees_expects_the_mean_and_what_was_added() -> None:
    model = RewardModel(trees=None, mean=2.0, effect=np.array([[0.0, 1.0], [0.0, -1.0]]))

    found = model.expected(np.empty((2, 3), dtype=np.float32), np.array([0, 1]))

    assert found.tolist() == [[2.0, 3.0], [2.0, 1.0]]


def test_nobodys_own_rewards_are_in_what_is_expected_of_them(trained: tuple[Prepared, Models]) -> None:
    """A customer who brings a million changes what is expected of others, never of themselves."""
    prepared, _ = trained
    learned = np.flatnonzero(prepared.split.part < Part.TEST)
    rich = int(prepared.rows.customer[learned[0]])
    reward = np.where(prepared.rows.customer == rich, 1e6, prepared.rows.reward)
    rows = replace(prepared.rows, reward=reward)
    other = replace(prepared, split=replace(prepared.split, rows=rows))

    before, after = (cross_fitted(p, learned, learned, np.random.default_rng(1)) for p in (prepared, other))

    own = prepared.rows.customer[learned] == rich
    assert np.array_equal(before[own], after[own])
    assert (np.abs(after - before).max(axis=1) > 1).mean() > 0.5
    fold = customer_folds(int(prepared.rows.customer.max()) + 1, np.random.default_rng(1))
    spared = fold[prepared.rows.customer[learned]] == fold[rich]
    assert np.array_equal(before[spared], after[spared])
    assert spared.mean() == pytest.approx(1 / FOLDS, abs=0.1)
