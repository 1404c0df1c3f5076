"""Boosting: what trees say of the rows they grew from, when they are kept, and which columns they may see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.learned.trees.boosting import BoostingTask, Grower, tree_scores
from models.learned.trees.parameters import TreeParameters
from models.learned.trees.trees import Trees

PARAMETERS = TreeParameters(num_threads=1, min_data_in_leaf=20)
N = 6_000


def task(*, signal: float, seed: int = 1, steady: bool = False) -> BoostingTask:
    """Three classes that hang on column 0; column 1 grows with time, column 2 is noise, 3 a month."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0.0, 1.0, N)
    x = np.column_stack((rng.normal(size=N), time + 0.05 * rng.normal(size=N), rng.normal(size=N)))
    x = np.column_stack((x, np.floor(12 * time))).astype(np.float32)
    odds = np.column_stack((np.zeros(N), signal * x[:, 0] + 2.0 * (time < 0.5), -signal * x[:, 0]))
    chance = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    label = (rng.random(N)[:, None] > chance.cumsum(axis=1)).sum(axis=1)
    return BoostingTask(
        matrix=lambda rows: x[rows],
        names=("signal", "age", "noise", "month"),
        categorical=(3,),
        label=label.clip(0, 2),
        later=time > 0.7,
        customer=np.arange(N) % 1_500,
        steady=steady,
    )


def grower(of: BoostingTask, **changes: int) -> Grower:
    return Grower(of, replace(PARAMETERS, **changes), np.random.default_rng(0))  # type: ignore[arg-type]


@pytest.mark.parametrize("stops_early", [True, False])
def test_scores_are_those_of_the_text(stops_early: bool) -> None:
    """Rows that LightGBM holds are not scored again: what it kept must be what the served trees say."""
    of = task(signal=1.5)
    grown = grower(of, early_stopping_rounds=5 if stops_early else 0).grow(
        np.zeros((N, 3)), iterations=60, leaves=15
    )
    assert grown is not None
    seen = np.flatnonzero(~np.isnan(grown.scores[:, 0]))
    assert len(seen) == (N if stops_early else (~of.later).sum())
    served = tree_scores(Trees.from_model_string(grown.text), of.matrix, seen)
    mine = grown.scores[seen]
    np.testing.assert_allclose(mine - mine[:, :1], served - served[:, :1], atol=1e-9)


def test_the_same_bins_serve_every_start() -> None:
    """Bins made once and grown from twice give what bins of their own give."""
    of, start = task(signal=1.5), np.random.default_rng(3).normal(size=(N, 3))
    shared = grower(of)
    shared.grow(np.zeros((N, 3)), iterations=8, leaves=7, watch=False, most=1_000)
    again = shared.grow(start, iterations=20, leaves=7)
    alone = grower(of).grow(start, iterations=20, leaves=7)
    assert again is not None
    assert alone is not None
    assert again.text == alone.text


@pytest.mark.parametrize("seed", range(6))
def test_trees_that_prove_nothing_on_later_rows_are_not_kept(seed: int) -> None:
    """Labels that hang on nothing: the best of many rounds is a lucky one, and must not be believed."""
    of = task(signal=0.0, seed=seed, steady=True)
    rate = np.log(np.bincount(of.label, minlength=3) / N)
    assert grower(of).grow(np.tile(rate, (N, 1)), iterations=60, leaves=15) is None


def test_columns_that_wander_off_with_time_are_left_out() -> None:
    """Fails if: a tree splits on the age of the log or on a month that later rows do not have."""
    steady, free = task(signal=1.5, steady=True), task(signal=1.5)
    assert grower(steady).drifting.tolist() == [1, 3]
    assert grower(free).drifting.tolist() == []
    grown = grower(steady).grow(np.zeros((N, 3)), iterations=30, leaves=15)
    assert grown is not None
    features = {
        int(code)
        for line in grown.text.splitlines()
        if line.startswith("split_feature=")
        for code in line.partition("=")[2].split()
    }
    assert 0 in features
    assert not features & {1, 3}
