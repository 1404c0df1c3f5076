"""Hierarchical shrinkage: each group by its own evidence."""

from __future__ import annotations

import numpy as np
import pytest

from training.fit.advantage.shrinkage import FLAT, few_large, posterior, shrink


def regression(coefficients: np.ndarray, rows: int = 4_000) -> tuple[np.ndarray, np.ndarray]:
    """Gram matrix and moment of independent columns with noise of variance one."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((rows, len(coefficients)))
    y = x @ coefficients + rng.standard_normal(rows)
    return x.T @ x, x.T @ y


def test_effects_of_nil_are_shrunk_to_nil_and_large_ones_are_kept() -> None:
    truth = np.concatenate([np.zeros(30), np.tile([0.3, -0.3], 15)])
    groups = np.repeat([0, 1], 30)
    gram, moment = regression(truth)

    found = shrink(gram, moment, groups).coefficients

    assert np.abs(found[:30]).max() < 0.01
    assert found[30:] == pytest.approx(truth[30:], abs=0.06)


def test_a_flat_column_is_not_shrunk() -> None:
    gram, moment = regression(np.array([0.2, 0.0, 0.0, 0.0]))
    groups = np.array([FLAT, 0, 0, 0])

    found = shrink(gram, moment, groups).coefficients

    alone = np.linalg.lstsq(gram, moment, rcond=None)[0]
    assert found[0] == pytest.approx(alone[0], abs=0.005)


def test_the_covariance_is_smaller_where_a_group_is_known_to_be_narrow() -> None:
    gram, moment = regression(np.concatenate([np.zeros(20), np.full(20, 0.5)]))

    found = shrink(gram, moment, np.repeat([0, 1], 20))

    assert np.diag(found.covariance)[:20].max() < np.diag(found.covariance)[20:].min()


def test_more_rounds_change_little_and_a_group_without_effects_is_left_out() -> None:
    truth = np.concatenate([np.zeros(30), np.tile([0.05, -0.05], 15)])
    groups = np.repeat([0, 1], 30)
    gram, moment = regression(truth)

    usual, long = (shrink(gram, moment, groups, rounds=rounds) for rounds in (25, 200))

    assert usual.variances[1] == pytest.approx(long.variances[1], rel=0.05)
    assert long.variances[0] == 0.0
    assert not long.coefficients[:30].any()
    assert not long.covariance[:30].any()


def test_what_is_kept_has_the_posterior_of_a_model_without_the_rest() -> None:
    gram, moment = regression(np.full(10, 0.2), rows=200)
    kept, groups = np.arange(5, 10), np.repeat([0, 1], 5)

    coefficients, covariance = posterior(gram, moment, np.array([0.0, 0.5]), groups, kept)

    precision = gram[5:, 5:] + np.eye(5) / 0.5
    assert covariance == pytest.approx(np.linalg.inv(precision))
    assert coefficients[5:] == pytest.approx(np.linalg.solve(precision, moment[5:]))
    assert not coefficients[:5].any()


def test_without_a_column_there_is_nothing_to_shrink() -> None:
    """A journey without attributes has none."""
    nothing = shrink(np.zeros((0, 0)), np.zeros(0), np.zeros(0, dtype=np.int64))

    assert nothing.coefficients.shape == (0,)
    assert nothing.covariance.shape == (0, 0)


def error(found: np.ndarray, truth: np.ndarray) -> float:
    return float(((found - truth) ** 2).sum())


def test_few_large_ones_among_nil_are_told_apart() -> None:
    truth = np.zeros(120)
    truth[::10] = np.tile([0.12, -0.12], 6)
    gram, moment = regression(truth)
    groups = np.zeros(120, dtype=np.int64)
    usual = shrink(gram, moment, groups)

    found = few_large(gram, moment, groups, usual.variances, [0])

    assert error(found.coefficients, truth) < 0.7 * error(usual.coefficients, truth)
    assert np.diag(found.covariance)[1::10].max() < np.diag(usual.covariance).min()


def test_where_all_are_alike_each_by_itself_costs_little() -> None:
    truth = 0.03 * np.random.default_rng(2).standard_normal(120)
    gram, moment = regression(truth)
    groups = np.zeros(120, dtype=np.int64)
    usual = shrink(gram, moment, groups)

    found = few_large(gram, moment, groups, usual.variances, [0])

    assert error(found.coefficients, truth) < 1.1 * error(usual.coefficients, truth)


def test_other_groups_and_those_of_nil_stay_as_they_were() -> None:
    truth = np.concatenate([[0.2], np.zeros(30), np.tile([0.3, -0.3], 15)])
    groups = np.repeat([FLAT, 0, 1], [1, 30, 30])
    gram, moment = regression(truth)
    usual = shrink(gram, moment, groups, variances=np.array([0.0, 0.09]))

    found = few_large(gram, moment, groups, usual.variances, [0])

    assert found.coefficients == pytest.approx(usual.coefficients, abs=1e-12)
    assert not found.coefficients[1:31].any()
