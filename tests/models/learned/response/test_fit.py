"""Propensities are better than the table's and mean what they say on later data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.domain.actions import Prior
from models.domain.journey import Journey
from models.learned.response.fit import fit_response
from models.learned.response.model import ResponseModel
from models.learned.trees.parameters import TreeParameters

World = Any


@pytest.fixture(scope="module")
def model(world: World) -> ResponseModel:
    return fit_response(**world.for_response())


def log_loss(chance: NDArray[Any], response: NDArray[Any]) -> float:
    return float(-np.mean(np.where(response > 0, np.log(chance), np.log1p(-chance))))


def test_trees_see_what_the_table_cannot(model: ResponseModel, world: World, later_world: World) -> None:
    """On rows that no model has seen: at least half of what a perfect model gains over the table."""
    small = {**world.for_response(), "parameters": TreeParameters(minimum_rows=10**9)}
    table = fit_response(**small)
    contacted, response = later_world.log["treatment"] > 0, later_world.response

    def loss(chance: NDArray[Any]) -> float:
        return log_loss(chance[contacted], response[contacted])

    perfect = loss(later_world.response_chance)
    of_model = loss(model.propensity(**later_world.asked()).value)
    of_table = loss(table.propensity(**later_world.asked()).value)

    assert model.trees_text is not None
    assert table.trees_text is None
    assert of_model - perfect < 0.5 * (of_table - perfect)


def test_a_propensity_means_what_it_says_on_later_data(model: ResponseModel, later_world: World) -> None:
    """Expected calibration error, against the true chances: at most 0.01 over all, 0.02 in each phase."""
    contacted = later_world.log["treatment"] > 0
    value = model.propensity(**later_world.asked()).value[contacted]
    truth, phase = later_world.response_chance[contacted], later_world.log["phase"][contacted]

    assert _calibration_error(value, truth) < 0.01
    assert all(_calibration_error(value[phase == p], truth[phase == p]) < 0.02 for p in range(4))


def _calibration_error(value: NDArray[Any], truth: NDArray[Any], bins: int = 10) -> float:
    parts = np.array_split(np.argsort(value), bins)
    return float(sum(len(b) * abs(value[b].mean() - truth[b].mean()) for b in parts) / len(value))


def test_doing_nothing_that_pays_is_learned_like_any_treatment(world: World) -> None:
    """Three in ten buy without an offer."""
    rng = np.random.default_rng(0)
    nothing = world.log["treatment"] == 0
    response = np.where(nothing, rng.random(len(nothing)) < 0.3, world.response).astype(np.int64)

    model = fit_response(**{**world.for_response(), "response": response})

    assert model.propensity(**world.asked()).value[nothing].mean() == pytest.approx(0.3, abs=0.02)


def test_small_data_falls_back_to_the_table(world_of: Callable[..., World]) -> None:
    small = world_of(n=300)

    model = fit_response(**small.for_response())

    assert model.trees_text is None
    answer = model.propensity(**small.asked())
    contacted = small.log["treatment"] > 0
    assert np.all((answer.value[contacted] > 0.01) & (answer.value[contacted] < 0.5))


def test_noise_grows_no_trees_worth_keeping(world: World) -> None:
    """Responses by the flip of a coin: the propensity stays within 0.03 of it."""
    response = (np.random.default_rng(1).random(len(world.response)) < 0.2).astype(np.int64)

    model = fit_response(**{**world.for_response(), "response": response})

    assert np.abs(model.propensity(**world.asked()).value - 0.2).mean() < 0.03


def test_a_treatment_never_seen_behaves_as_believed(journey_of: Callable[..., Journey], world: World) -> None:
    belief = journey_of(priors={"a0": Prior(propensity=0.42, weight=200)})
    unseen = belief.treatment_index["a0", "email"]
    rows = world.log["treatment"] != unseen
    arrays = ("customer_x", "candidate_x", "phase", "treatment", "customer", "decided_at", "calibrate")
    log = {name: value[rows] if name in arrays else value for name, value in world.for_response().items()}

    model = fit_response(**{**log, "journey": belief, "response": world.response[rows]})

    n = 500
    answer = model.propensity(
        customer_x=world.log["customer_x"][:n],
        candidate_x=np.tile(np.array([[0, 0, 0, 1, 1]], dtype=np.float32), (n, 1)),
        row=np.arange(n),
        phase=world.log["phase"][:n],
        treatment=np.full(n, unseen),
    )
    assert answer.value.mean() == pytest.approx(0.42, abs=0.12)
    assert answer.evidence == pytest.approx(200, rel=0.15)
    assert np.all(model.rows[:, unseen] == 0)


def test_the_same_data_and_seed_give_the_same_bytes(world: World, model: ResponseModel) -> None:
    assert fit_response(**world.for_response()).to_files() == model.to_files()


def test_without_a_single_row_beliefs_speak(
    journey_of: Callable[..., Journey], world_of: Callable[..., World]
) -> None:
    journey = journey_of(priors={"a0": Prior(propensity=0.3)})

    model = fit_response(**{**world_of(n=0).for_response(), "journey": journey})

    answer = model.propensity(
        customer_x=np.zeros((1, 7)),
        candidate_x=np.zeros((2, 5)),
        row=np.zeros(2, dtype=np.int64),
        phase=np.zeros(1, dtype=np.int64),
        treatment=np.array([0, journey.treatment_index["a0", "email"]]),
    )
    assert answer.value == pytest.approx([0.0, 0.3])


def test_weights_undo_what_the_choice_of_rows_did(world: World, later_world: World) -> None:
    """Three quarters of the silences are left out; answers that count a quarter each set that right."""
    kept = (world.response > 0) | (np.random.default_rng(4).random(len(world.response)) < 0.25)
    columns = {
        name: value[kept] if isinstance(value, np.ndarray) else value
        for name, value in world.for_response().items()
    }
    weight = np.where(columns["response"] > 0, 0.25, 1.0)

    weighted = fit_response(**columns, weight=weight)
    biased = fit_response(**{**columns, "rng": np.random.default_rng(5)})

    contacted = later_world.log["treatment"] > 0
    truth = later_world.response_chance[contacted]
    found, wrong = (m.propensity(**later_world.asked()).value[contacted] for m in (weighted, biased))
    assert weighted.trees_text is not None
    assert found.mean() == pytest.approx(truth.mean(), rel=0.05)
    assert _calibration_error(found, truth) < 0.02
    assert wrong.mean() > 2 * truth.mean()
