"""A response model knows its evidence, scores alike in every batch and comes back from its files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.learned.response.fit import fit_response
from models.learned.response.model import ResponseModel

World = Any


@pytest.fixture(scope="module")
def model(world: World) -> ResponseModel:
    return fit_response(**world.for_response())


def test_doing_nothing_without_a_positive_has_propensity_zero(
    model: ResponseModel, later_world: World
) -> None:
    answer = model.propensity(**later_world.asked())
    nothing = later_world.log["treatment"] == 0

    assert np.all(answer.value[nothing] == 0.0)
    assert np.all(answer.low[nothing] == 0.0)
    assert np.all(answer.high[nothing] == 0.0)
    assert np.all(answer.value[~nothing] > 0.0)


def test_the_interval_follows_the_beta_posterior(world: World, model: ResponseModel) -> None:
    """Beside the Beta quantiles with half a row of each answer: within 0.012, and around the value."""
    beta = pytest.importorskip("scipy.stats").beta
    propensity, evidence = (
        a.ravel() for a in np.meshgrid([0.005, 0.02, 0.1, 0.5, 0.9], [30, 100, 1_000, 30_000])
    )
    cells = (1, len(propensity))
    flat = replace(
        model,
        start=np.log(propensity / (1 - propensity)).reshape(cells),
        shift=np.zeros(cells),
        evidence=evidence.astype(np.float64).reshape(cells),
        rows=np.zeros(cells),
        knots=type(model.knots)(np.empty(0), np.empty(0)),
        trees_text=None,
        nothing_responds=True,
    )

    m = len(propensity)
    answer = flat.propensity(
        customer_x=np.zeros((1, 7)),
        candidate_x=np.zeros((m, 5)),
        row=np.zeros(m, dtype=np.int64),
        phase=np.zeros(1, dtype=np.int64),
        treatment=np.arange(m),
    )

    a, b = propensity * evidence + 0.5, (1 - propensity) * evidence + 0.5
    assert answer.value == pytest.approx(propensity)
    assert np.all((answer.low <= answer.value) & (answer.value <= answer.high))
    narrow = evidence >= 100
    assert np.abs(answer.low - beta.ppf(0.05, a, b))[narrow].max() < 0.012
    assert np.abs(answer.high - beta.ppf(0.95, a, b))[narrow].max() < 0.012


def test_candidates_of_one_customer_score_as_they_do_in_a_crowd(model: ResponseModel, world: World) -> None:
    asked = world.asked()
    together = model.propensity(**asked).value

    for i in (0, 17, 4_711):
        alone = model.propensity(
            customer_x=asked["customer_x"][i : i + 1],
            candidate_x=asked["candidate_x"][i : i + 1],
            row=np.zeros(1, dtype=np.int64),
            phase=asked["phase"][i : i + 1],
            treatment=asked["treatment"][i : i + 1],
        )
        assert alone.value[0] == together[i]


def test_files_bring_back_the_same_model(model: ResponseModel, later_world: World) -> None:
    files = model.to_files()
    again = ResponseModel.from_files(files)

    before, after = model.propensity(**later_world.asked()), again.propensity(**later_world.asked())
    assert np.array_equal(before.value, after.value)
    assert np.array_equal(before.low, after.low)
    assert np.array_equal(before.evidence, after.evidence)
    assert again.to_files() == files
