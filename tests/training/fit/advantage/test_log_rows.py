"""Logged decisions as the learner takes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from training.fit.advantage.log_rows import attribute_columns, frequencies, learnable, problem_of
from training.fit.prepared import Prepared


def test_frequencies_are_those_among_the_candidates_of_the_phase() -> None:
    """Twice a candidate and taken once: (1 + ½) / (2 + 1); nothing, taken once of three times: 1½ / 4."""
    phase, treatment = np.array([0, 0, 0, 1]), np.array([1, 0, 2, 0])
    mask = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0]], dtype=bool)

    found = frequencies(phase, treatment, mask, 2)

    assert found[0] == pytest.approx(np.array([0.375, 0.5, 0.0]) / 0.875)
    assert found[2] == pytest.approx(np.array([0.375, 0.0, 0.75]) / 1.125)
    assert found[3].tolist() == [1.0, 0.0, 0.0]


def test_weighted_innovations_have_no_mean_whatever_the_policy(trained: tuple[Prepared, Models]) -> None:
    """A policy by attribute, of which only the probability of what was done is known."""
    rng = np.random.default_rng(1)
    liked = rng.random(40_000) < 0.5
    chance = np.where(liked[:, None], [0.1, 0.7, 0.2], [0.5, 0.2, 0.3])
    treatment = (rng.random(40_000)[:, None] > chance.cumsum(axis=1)).sum(axis=1)
    usual = frequencies(np.zeros(40_000, int), treatment, np.ones((40_000, 3), dtype=bool), 1)
    row = np.arange(40_000)
    weight = usual[row, treatment] / chance[row, treatment]
    innovation = (treatment[:, None] == np.arange(3)) - usual

    for group in (liked, ~liked):
        plain = innovation[group].mean(axis=0)
        weighted = (innovation * weight[:, None])[group].mean(axis=0)
        assert np.abs(plain).max() > 0.15
        assert np.abs(weighted).max() < 0.02


def test_only_rows_with_probability_and_reward_teach(trained: tuple[Prepared, Models]) -> None:
    prepared, _ = trained
    every = learnable(prepared)
    probability = prepared.rows.action_probability.copy()
    probability[every[:10]] = np.nan
    rows = replace(prepared.rows, action_probability=probability)
    fewer = replace(prepared, split=replace(prepared.split, rows=rows))

    assert np.array_equal(learnable(fewer), every[10:])
    customers = np.unique(prepared.rows.customer[learnable(prepared, len(every) // 2)])
    assert not (customers % 2).any(), "whole customers are left out"


def test_the_problem_is_that_of_the_journey_file(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    problem = problem_of(prepared.journey, models, prepared.situations.phase.astype(np.int64))

    assert problem.endless
    assert problem.treatments == len(prepared.journey.treatments)
    assert problem.cost[0] == 0.0
    assert 0.9 < problem.discount < 1.0
    assert attribute_columns(prepared, learnable(prepared), problem.treatments).position.size >= 0
