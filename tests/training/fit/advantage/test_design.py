"""The effect regression: its shortcuts give what whole columns give."""

from __future__ import annotations

import numpy as np
import pytest

from models.learned.advantage.model import Situation
from training.fit.advantage.design import GROUPS, Design
from training.fit.advantage.rows import Problem

PROBLEM = Problem(
    phases=3,
    channels=2,
    cost=np.array([0.0, 1.0, 1.0, 2.0]),
    channel=np.array([-1, 0, 1, 1]),
    tires=np.array([False, True, False, True]),
    discount=0.9,
    horizon=5,
)


def situation(n: int, rng: np.random.Generator) -> Situation:
    return Situation(
        scale=rng.uniform(1, 3, n),
        belief=rng.dirichlet(np.ones(3), n),
        attributes=rng.standard_normal((n, 2)),
        taste=rng.standard_normal((n, 2)),
        contact=rng.standard_normal((n, 4)),
        recent=rng.random((n, 4)),
        stake=rng.uniform(0, 1, n),
    )


def columns(design: Design, s: Situation, weight: np.ndarray) -> np.ndarray:
    return design._columns(s, weight.astype(np.float32))


def test_moments_are_those_of_the_columns() -> None:
    rng = np.random.default_rng(1)
    s, weight, residual = situation(50, rng), rng.standard_normal((50, 4)), rng.standard_normal(50)
    design = Design(PROBLEM, 2)

    found = design.moment(s, weight * residual[:, None])

    assert found == pytest.approx(columns(design, s, weight).T @ residual, rel=1e-4, abs=1e-4)
    assert len(found) == len(design.groups())


def test_groups_that_are_known_to_be_nil_are_left_out_of_the_gram_matrix() -> None:
    rng = np.random.default_rng(3)
    s, weight, design = (
        situation(50, rng),
        rng.standard_normal((50, 4)).astype(np.float32),
        Design(PROBLEM, 2),
    )
    known = np.arange(len(GROUPS)) % 3 == 0
    own = known[design.groups()]

    whole, some = design.gram(s, weight), design.gram(s, weight, known)

    assert some[np.ix_(own, own)] == pytest.approx(whole[np.ix_(own, own)], rel=1e-5)
    assert not some[~own].any()
    assert not some[:, ~own].any()


def test_tables_predict_what_columns_predict() -> None:
    rng = np.random.default_rng(2)
    s, design = situation(20, rng), Design(PROBLEM, 2)
    beta = rng.standard_normal(len(design.groups()))

    effect = design.effects(beta).at_once(s)

    for a in range(4):
        only = np.zeros((20, 4))
        only[:, a] = s.scale
        assert effect[:, a] == pytest.approx(columns(design, s, only) @ beta, rel=1e-4, abs=1e-4)
    assert not effect[:, 0].any()


def test_every_group_has_columns() -> None:
    assert set(Design(PROBLEM, 2).groups()) == set(range(len(GROUPS)))


def test_errors_of_the_personal_part_are_those_of_the_usual_customer() -> None:
    rng = np.random.default_rng(4)
    design = Design(PROBLEM, 2)
    root = rng.standard_normal((len(design.groups()), 400)) / 20
    drawn = [design.effects(coefficients).by_attribute for coefficients in root.T]

    found = design.personal_errors(root @ root.T)

    told = np.square(drawn).sum(axis=(0, 2))  # attributes of the usual customer are 1 apart from the mean
    assert found == pytest.approx(np.sqrt(told))
