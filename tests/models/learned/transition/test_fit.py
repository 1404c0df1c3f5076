"""Where customers go, and what a treatment changes in that: effects are found, with honest errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.domain.actions import Prior
from models.domain.journey import Journey
from models.learned.transition.fit import fit_transition
from models.learned.transition.model import TransitionModel
from models.learned.trees.parameters import TreeParameters

World = Any


QUICK = TreeParameters(baseline_iterations=10, num_threads=1)


PER_ROW = (
    "customer_x",
    "candidate_x",
    "phase",
    "treatment",
    "customer",
    "decided_at",
    "calibrate",
    "next_phase",
)


@pytest.fixture(scope="module")
def model(world: World) -> TransitionModel:
    return fit_transition(**world.for_transition())


def subset(arguments: dict[str, Any], rows: NDArray[Any]) -> dict[str, Any]:
    return {name: value[rows] if name in PER_ROW else value for name, value in arguments.items()}


def predicted(model: TransitionModel, world: World) -> NDArray[Any]:
    log = world.log
    baseline = model.baseline(log["customer_x"], log["phase"])
    return model.probabilities(baseline, np.arange(len(baseline)), log["phase"], log["treatment"])


def log_loss(chance: NDArray[Any], world: World) -> float:
    return float(-np.mean(np.log(chance[np.arange(len(chance)), world.next_phase])))


def forward(effects: NDArray[Any]) -> NDArray[Any]:
    """Effect on the next phase in order against staying: shape (P, T - 1)."""
    phases = len(effects)
    return np.array([effects[s, 1:, (s + 1) % phases] - effects[s, 1:, s] for s in range(phases)])


def test_it_beats_the_table_on_later_data(model: TransitionModel, world: World, later_world: World) -> None:
    """At least two thirds of what a perfect model gains over phases and treatments alone."""
    plain = {**world.for_transition(), "parameters": TreeParameters(minimum_rows=10**9)}
    table = fit_transition(**plain)

    perfect = log_loss(later_world.move_chance, later_world)
    of_model = log_loss(predicted(model, later_world), later_world)
    of_table = log_loss(predicted(table, later_world), later_world)

    assert table.trees_text is None
    assert of_model - perfect < 0.33 * (of_table - perfect)


def test_effects_are_found_within_their_errors(model: TransitionModel, world: World) -> None:
    """Root mean square error under two fifths of the effects' spread; 90 % intervals hold 84 to 99 %."""
    found, truth = forward(model.effects), forward(world.effects)
    centred = world.effects - world.effects.mean(axis=2, keepdims=True)
    held = np.abs(model.effects - centred)[:, 1:] < 1.645 * model.standard_errors[:, 1:]

    assert np.sqrt(np.mean((found - truth) ** 2)) < 0.4 * truth.std()
    assert 0.84 <= held.mean() <= 0.99


def test_targeting_is_not_taken_for_an_effect(targeted_world: World) -> None:
    """Phoned customers were warm: the naive comparison is off by 0.5 on the log-odds, ours by under 0.2."""
    log = targeted_world.log
    phoned = np.array([t.channel == "phone" for t in targeted_world.journey.treatments])
    model = fit_transition(**targeted_world.for_transition())
    plain = {**targeted_world.for_transition(), "parameters": TreeParameters(minimum_rows=10**9)}
    naive = fit_transition(**plain)

    def bias(effects: NDArray[Any]) -> float:
        return float((forward(effects) - forward(targeted_world.effects))[:, phoned[1:]].mean())

    assert log["customer_x"][phoned[log["treatment"]], 6].mean() > 0.5
    assert bias(naive.effects) > 0.4
    assert abs(bias(model.effects)) < 0.2


def test_next_phases_are_calibrated_on_later_data(model: TransitionModel, later_world: World) -> None:
    """Expected calibration error against the true chances: at most 0.02 for each next phase."""
    chance, truth = predicted(model, later_world), later_world.move_chance
    for phase in range(4):
        parts = np.array_split(np.argsort(chance[:, phase]), 10)
        gaps = [len(b) * abs(chance[b, phase].mean() - truth[b, phase].mean()) for b in parts]
        assert sum(gaps) / len(chance) < 0.02


def test_a_belief_is_the_effect_until_rows_say_otherwise(
    journey_of: Callable[..., Journey], world_of: Callable[..., World]
) -> None:
    """Twice the odds of being in p1, from any phase, over any channel; without a belief: no effect."""
    journey = journey_of(priors={"a1": Prior(moves={"p1": 2.0})})

    model = fit_transition(**{**world_of(n=0).for_transition(), "journey": journey})

    phase = np.arange(4)
    baseline = model.baseline(np.zeros((4, 7)), phase)

    def odds(treatment: int) -> NDArray[Any]:
        chance = model.probabilities(baseline, phase, phase, np.full(4, treatment))[:, 1]
        return np.asarray(chance / (1 - chance))

    index = journey.treatment_index
    assert odds(index["a1", "phone"]) / odds(0) == pytest.approx(2.0)
    assert odds(index["a0", "email"]) / odds(0) == pytest.approx(1.0)


def test_enough_rows_overrule_a_belief(journey_of: Callable[..., Journey], world: World) -> None:
    """The belief that a0 sends everybody to p2, against 20,000 rows."""
    journey = journey_of(priors={"a0": Prior(moves={"p2": 20.0}, weight=20.0)})
    plain = {**world.for_transition(), "parameters": TreeParameters(minimum_rows=10**9)}

    model = fit_transition(**{**plain, "journey": journey})

    a0 = journey.treatment_index["a0", "email"]
    to_p2 = model.effects[0, a0, 2] - model.effects[0, a0, 0]
    assert to_p2 < 0.5 * np.log(20.0)


def test_an_action_without_rows_does_what_like_actions_do(world: World) -> None:
    """Hidden in training, a2 (three channels) gets an effect between none and that of its group."""
    journey = world.journey
    hidden = [i for i, t in enumerate(journey.treatments) if t.action == "a2"]
    like = [i for i, t in enumerate(journey.treatments) if t.action in ("a0", "a4", "a6")]
    rows = ~np.isin(world.log["treatment"], hidden)

    model = fit_transition(**{**subset(world.for_transition(), rows), "parameters": QUICK})

    of_hidden = forward(model.effects)[:, np.array(hidden) - 1]
    of_like = forward(model.effects)[:, np.array(like) - 1]
    assert of_like.min() <= of_hidden.min()
    assert of_hidden.max() <= of_like.max()
    assert np.all(model.standard_errors[:, hidden].max(axis=2) > model.standard_errors[:, like].max())


def test_a_phase_that_never_came_next_keeps_a_small_chance(world: World) -> None:
    rows = world.next_phase != 2

    model = fit_transition(**{**subset(world.for_transition(), rows), "parameters": QUICK})

    chance = predicted(model, world)
    assert 2 not in model.classes
    assert np.all(chance[:, 2] > 0.0)
    assert chance[world.log["phase"] != 2, 2].mean() < 0.01


def test_rows_whose_next_phase_is_not_known_yet_teach_nothing(world: World) -> None:
    def arguments() -> dict[str, Any]:
        return {**world.for_transition(), "parameters": QUICK}

    unknown = np.arange(len(world.next_phase)) % 3 == 0

    told = fit_transition(**subset(arguments(), ~unknown))
    open_ended = fit_transition(**{**arguments(), "next_phase": np.where(unknown, -1, world.next_phase)})

    assert open_ended.to_files() == told.to_files()


def test_the_same_data_and_seed_give_the_same_bytes(world: World, model: TransitionModel) -> None:
    assert fit_transition(**world.for_transition()).to_files() == model.to_files()


def test_trees_grown_on_a_share_of_the_rows_leave_tables_and_effects_to_all_of_them(world: World) -> None:
    few = TreeParameters(baseline_iterations=10, num_threads=1, most_rows=4_000)
    thinned = fit_transition(**{**world.for_transition(), "parameters": few})
    full = fit_transition(**{**world.for_transition(), "parameters": QUICK})

    assert thinned.trees_text != full.trees_text
    assert np.array_equal(thinned.chain, full.chain)
    assert np.abs(thinned.effects - full.effects).max() < 0.3
