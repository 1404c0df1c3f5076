"""What treatments still do after their step: the table agrees with the columns that it was learned from."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drawn.learning import rows_of
from training.fit.advantage.rows import Problem
from training.fit.advantage.value import (
    FADING,
    LASTING,
    _delayed,
    decayed_innovations,
    delayed_table,
)
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.rollout import make_log

PROBLEM = Problem(
    phases=2,
    channels=2,
    cost=np.zeros(4),
    channel=np.array([-1, 0, 1, 1]),
    tires=np.array([False, True, False, True]),
    discount=0.9,
    horizon=5,
)
UNIT = np.array([10.0, 4.0])


@pytest.mark.parametrize("phase", [0, 1])
@pytest.mark.parametrize("treatment", [1, 2, 3])
def test_a_contact_is_worth_later_what_its_trace_is_worth(phase: int, treatment: int) -> None:
    """One contact leaves 1 in its decayed counts; its value is that row of columns times coefficients."""
    rng = np.random.default_rng(treatment)
    trace = np.zeros((1, 4), dtype=np.float32)
    trace[0, treatment] = 1.0
    columns = np.column_stack(_delayed(PROBLEM, np.eye(3)[[phase]], UNIT, trace, trace))
    coefficients = rng.standard_normal(columns.shape[1])

    table = delayed_table(PROBLEM, coefficients)

    later = PROBLEM.discount * float((columns @ coefficients)[0])
    assert table[phase, treatment] * UNIT[phase] == pytest.approx(later, rel=1e-5)


def test_doing_nothing_leaves_nothing() -> None:
    size = np.column_stack(
        _delayed(PROBLEM, np.eye(3)[[0]], UNIT, *[np.zeros((1, 4), np.float32)] * 2)
    ).shape[1]

    assert not delayed_table(PROBLEM, np.ones(size))[:, 0].any()
    assert 0 < FADING < LASTING < 1


def test_decayed_innovations_add_up_what_was_done_before() -> None:
    rows = rows_of(make_log(draw_company(3), 50, seed=1))
    now, after = decayed_innovations(rows, 0.5)
    own = np.flatnonzero(rows.customer == 0)
    one = rows.innovation()

    assert not now[own[0]].any()
    assert now[own[2]] == pytest.approx(0.5 * one[own[0]] + one[own[1]], abs=1e-6)
    assert after[own[1]] == pytest.approx(now[own[2]])
