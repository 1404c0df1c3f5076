"""What contacts do to later moves is found where it is, priced by the way ahead, and pressure never pays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.learning import problem_of, rows_of
from models.arrays import Floats
from models.learned.advantage.belief import certain
from training.fit.advantage.later import fit_later_moves, worth_later
from training.fit.advantage.rows import Problem, Rows
from training.fit.advantage.value import FADING, delayed_columns
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.rollout import make_log

COMPANY = draw_company(3)
STAYING = Problem(
    phases=1,
    channels=1,
    cost=np.zeros(2),
    channel=np.array([-1, 0]),
    tires=np.array([False, True]),
    discount=0.9,
    horizon=4,
    endless=True,
)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return rows_of(make_log(COMPANY, 1_500, seed=1))


def planted(rows: Rows, tired: float, warm: float) -> tuple[Floats, Floats]:
    """Variance and residual of an event that earlier contacts change as stated."""
    problem, rng = problem_of(COMPANY), np.random.default_rng(4)
    belief = certain(rows.phase, problem.phases)
    columns, _, _ = delayed_columns(problem, rows, belief, np.ones(problem.phases))
    truth = np.zeros(columns.shape[1])
    truth[0], truth[2 : 2 + problem.channels] = tired, warm
    chance = np.full(rows.n, 0.3)
    moved = rng.random(rows.n) < np.clip(chance + chance * (1 - chance) * (columns @ truth), 0.0, 1.0)
    return chance * (1 - chance), moved - chance


def found(rows: Rows, tired: float, warm: float, expected: float = 0.0) -> tuple[Floats, tuple[float, ...]]:
    problem = problem_of(COMPANY)
    belief = certain(rows.phase, problem.phases)
    later = fit_later_moves(problem, rows, belief, *planted(rows, tired, warm), expected)
    return later.coefficients, later.evidence.kept


def test_what_tires_is_found(rows: Rows) -> None:
    coefficients, kept = found(rows, tired=-0.5, warm=0.0)

    assert kept[0] > 0
    assert coefficients[:2].sum() < -0.2


def test_what_warms_is_found(rows: Rows) -> None:
    coefficients, kept = found(rows, tired=0.0, warm=0.6)

    assert kept[1] > 0
    assert coefficients[2 : 2 + COMPANY.channels].max() > 0.15


def test_nothing_warms_where_nothing_is_and_pressure_costs_what_it_may(rows: Rows) -> None:
    """Want of evidence drops what would bring something, and keeps what would cost."""
    coefficients, kept = found(rows, tired=0.0, warm=0.0)

    assert kept == (0.0, 0.0)
    assert -0.15 < coefficients[:2].sum() <= 0.0
    assert not coefficients[2 : 2 + COMPANY.channels].any()


@pytest.mark.parametrize("tired", [0.0, -0.15])
def test_pressure_without_evidence_costs_what_it_seems_to_cost(rows: Rows, tired: float) -> None:
    few = rows.take(rows.customer % 10 == 0)
    coefficients, kept = found(few, tired, warm=0.0)

    assert kept[0] == 0.0
    assert coefficients[0] <= 0.0
    assert coefficients[0] < 0.0 or tired == 0.0


def test_what_a_contact_is_thought_to_cost_stays_where_few_rows_say_otherwise(rows: Rows) -> None:
    """Ten customers hardly move it; a thousand and more find the half that is true."""
    few = rows.take(rows.customer < 10)

    thought, _ = found(few, tired=-0.5, warm=0.0, expected=-0.2)
    learned, _ = found(rows, tired=-0.5, warm=0.0, expected=-0.2)

    assert thought[0] == pytest.approx(-0.2, abs=0.15)
    assert learned[0] == pytest.approx(-0.5, abs=0.15)


def test_pressure_never_pays(rows: Rows) -> None:
    coefficients, _ = found(rows, tired=0.5, warm=0.0)

    assert coefficients[:2].max() <= 0.0


def one_row(problem: Problem) -> Rows:
    rows = rows_of(make_log(COMPANY, 20, seed=1)).take(slice(0, 1))
    return replace(rows, step=np.zeros(1, dtype=np.int64), phase=np.zeros(1, dtype=np.int64))


@pytest.mark.parametrize(
    ("problem", "steps"),
    [(STAYING, np.arange(400)), (replace(STAYING, endless=False), np.arange(3))],
)
def test_it_is_worth_what_the_steps_ahead_are_worth(problem: Problem, steps: Floats) -> None:
    """A log-odds of 2 that brings 5 EUR a unit, next step and the ones after, fading and discounted."""
    coefficients = np.array([0.0, 0.0, 2.0, 0.0, 0.0, 0.0])  # of the only channel
    base, phase = np.array([[1.0, 0.0]]), np.zeros(1, dtype=np.int64)

    table = worth_later(problem, base, one_row(problem), phase, np.array([5.0]), coefficients)

    expected = 10.0 * float((problem.discount ** (steps + 1) * FADING**steps).sum())
    assert table == pytest.approx(np.array([[0.0, expected]]))


def test_after_the_last_decision_nothing_comes() -> None:
    problem = replace(STAYING, endless=False, horizon=1)
    base, phase = np.array([[1.0, 0.0]]), np.zeros(1, dtype=np.int64)

    table = worth_later(problem, base, one_row(problem), phase, np.array([5.0]), np.ones(6))

    assert not table.any()
