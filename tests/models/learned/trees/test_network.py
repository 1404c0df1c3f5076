"""Trees do not depend on how many machines grew them; a machine that was left out is noticed."""

from __future__ import annotations

import numpy as np
import pytest

from models.learned.trees.boosting import BoostingTask, Grower
from models.learned.trees.network import (
    UNIT,
    InThreads,
    NetworkTrainingError,
    Share,
    check_agreement,
    free_ports,
)
from models.learned.trees.parameters import TreeParameters

N = 1_500


class Threads(InThreads):
    def __init__(self, machines: int) -> None:
        self.machines = machines


def task(several: bool, weighted: bool = False) -> BoostingTask:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(N, 5)).astype(np.float32)
    x[:, 3] = rng.integers(0, 6, N)
    x[rng.random((N, 5)) < 0.05] = np.nan
    score = np.nan_to_num(x[:, 0]) + 0.3 * np.nan_to_num(x[:, 3]) + rng.normal(size=N)
    label = np.digitize(score, [0.0, 1.5] if several else [0.5])
    return BoostingTask(
        matrix=lambda rows: x[rows],
        names=[f"column {i}" for i in range(5)],
        categorical=[3],
        label=label,
        later=np.arange(N) > 0.8 * N,
        customer=np.arange(N),
        weight=rng.uniform(0.3, 1.5, N) if weighted else None,
    )


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_two_machines_and_three_grow_the_same_trees(several: bool, weighted: bool) -> None:
    start = np.zeros((N, 3)) if several else np.zeros(N)
    parameters = TreeParameters(networked=True, min_data_in_leaf=20, num_threads=1)
    grown = [
        Grower(task(several, weighted), parameters, np.random.default_rng(0), Threads(machines)).grow(
            start, iterations=8, leaves=6
        )
        for machines in (2, 3)
    ]

    assert grown[0] is not None
    assert grown[1] is not None
    assert grown[0].text == grown[1].text
    assert np.array_equal(grown[0].scores, grown[1].scores, equal_nan=True)


@pytest.mark.parametrize("weighted", [False, True])
def test_rounded_gradients_change_next_to_nothing(weighted: bool) -> None:
    """A unit is 6·10⁻⁸: what is learned is what LightGBM alone learns, but for close calls between splits."""
    sizes = {"min_data_in_leaf": 20, "num_threads": 1, "early_stopping_rounds": 0}
    together, alone = (
        Grower(
            task(False, weighted), TreeParameters(networked=networked, **sizes), np.random.default_rng(0)
        ).grow(np.zeros(N), iterations=8, leaves=6)
        for networked in (True, False)
    )

    assert together is not None
    assert alone is not None
    early = ~np.isnan(alone.scores)
    assert np.corrcoef(together.scores[early], alone.scores[early])[0, 1] > 0.99


def test_sums_of_units_do_not_depend_on_their_order() -> None:
    values = np.round(np.random.default_rng(0).uniform(-1, 1, 10_000) / UNIT) * UNIT

    assert values.sum() == values[::-1].sum() == sum(values.tolist())


def test_a_root_that_does_not_count_all_rows_refuses_the_model() -> None:
    with pytest.raises(NetworkTrainingError, match="root to count all 100 rows, got"):
        check_agreement(["Tree=0\ninternal_count=50 20 10\n"] * 2, 100)


def test_machines_that_disagree_are_refused() -> None:
    with pytest.raises(NetworkTrainingError, match="different trees"):
        check_agreement(["internal_count=100 50\n", "internal_count=100 51\n"], 100)


def test_a_share_travels_as_bytes() -> None:
    share = Share(
        x=np.ones((2, 3), np.float32), label=np.array([0, 1]), start=np.zeros(2), names=("a", "b", "ä"),
        weight=np.empty(0),
        categorical=(1,), settings={"seed": 3, "lambda_l2": 1.0, "deterministic": True}, iterations=7,
        bins=b"\x00bins",
    )  # fmt: skip

    again = Share.from_bytes(share.to_bytes())

    assert (again.names, again.settings, again.bins) == (share.names, share.settings, share.bins)
    assert np.array_equal(again.x, share.x)


def test_free_ports_are_different() -> None:
    assert len(set(free_ports(5))) == 5
