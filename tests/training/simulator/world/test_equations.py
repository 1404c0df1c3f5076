"""The equations say what their docstring says."""

from __future__ import annotations

import numpy as np
import pytest

from training.simulator.world.equations import sigmoid, softmax
from training.simulator.world.world import World


def test_response_is_the_stated_sigmoid(solar: World) -> None:
    """Base 0.22 in purchase_decision by e-mail (no shift): warmth 1 adds 0.35, fatigue 2 takes 0.6, taste
    0.1 adds itself: logit = ln(0.22 / 0.78) + 0.35 - 0.6 + 0.1."""
    journey = solar.journey
    phase = journey.phase_index["purchase_decision"]
    treatment = journey.treatment_index[("contract_reminder", "email")]
    got = solar.equations.respond(
        np.array([phase]), np.array([treatment]), np.array([1.0]), np.array([2.0]), np.array([0.1])
    )
    logit = np.log(0.22 / 0.78) + 0.35 - 0.6 + 0.1
    assert got == pytest.approx(1 / (1 + np.exp(-logit)))


def test_base_movement_is_the_stated_chain(solar: World) -> None:
    """At warmth and fatigue 0 doing nothing gives exactly the numbers of the world file."""
    equations, truth = solar.equations, solar.file.phases["trigger"].moves
    phase = solar.journey.phase_index
    zero = np.zeros(1)
    got = equations.move(np.array([phase["trigger"]]), np.array([0]), zero, zero, zero)[0]
    assert got[phase["initial_consideration"]] == pytest.approx(truth["initial_consideration"])
    assert got[equations.quiet] == pytest.approx(truth["quiet"])
    assert got[phase["trigger"]] == pytest.approx(1 - sum(truth.values()))
    assert got[phase["experience"]] == 0.0  # cannot be reached from here


def test_doing_nothing_has_no_response_no_effect_and_no_load(solar: World) -> None:
    e = solar.equations
    phases = np.arange(len(solar.journey.phases))
    zeros = np.zeros(len(phases))
    assert not e.respond(phases, np.zeros_like(phases), zeros, zeros, zeros).any()
    assert not e.effect[:, 0].any()
    assert e.load[0] == e.slope[0] == e.value[0] == e.cost[0] == 0


def test_fatigue_decays_and_adds_up(solar: World) -> None:
    """Half stays; contract_reminder (1.4) by phone (1.6) adds 2.24: 0.5 · 2 + 2.24 = 3.24."""
    treatment = solar.journey.treatment_index[("contract_reminder", "phone")]
    assert solar.equations.tire(np.array([2.0]), np.array([treatment])) == pytest.approx(3.24)


def test_warmth_helps_forward_and_fatigue_hinders(solar: World) -> None:
    e, phase = solar.equations, solar.journey.phase_index
    s, j = np.full(3, phase["active_evaluation"]), phase["purchase_decision"]
    nothing, zero = np.zeros(3, dtype=int), np.zeros(3)
    warm = e.move(s, nothing, np.array([-1.0, 0.0, 1.0]), zero, zero)
    tired = e.move(s, nothing, zero, np.array([0.0, 1.0, 3.0]), zero)
    assert (np.diff(warm[:, j]) > 0).all()
    assert (np.diff(warm[:, e.quiet]) < 0).all()
    assert (np.diff(tired[:, j]) < 0).all()
    assert (np.diff(tired[:, e.quiet]) > 0).all()


def test_impossible_stays_impossible() -> None:
    assert sigmoid(np.array([-np.inf]))[0] == 0.0
    assert softmax(np.array([0.0, -np.inf])).tolist() == [1.0, 0.0]
    assert np.isfinite(softmax(np.array([900.0, -900.0]))).all()
