"""Simple policies in the form of a bundle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from models.policy.eligibility.catalogue import Catalogue
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores
from training.fit.advantage.simple import do_nothing, responses_alone
from training.fit.prepared import Prepared


def scored(prepared: Prepared, models: Models) -> tuple[Scores, np.ndarray]:
    """The first 50 situations with every treatment."""
    treatment = np.tile(np.arange(len(prepared.journey.treatments)), 50)
    row = np.repeat(np.arange(50), len(prepared.journey.treatments))
    situations = prepared.situations.take(slice(0, 50))
    again = Models.from_files(models.to_files())
    return Engine(prepared.journey, again, "simple").score(situations, row, treatment), treatment


def test_doing_nothing_is_best_by_what_a_contact_costs(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    simple = replace(models, advantage=do_nothing(prepared.journey, models))

    scores, _ = scored(prepared, simple)

    lever = Catalogue.of(prepared.journey).lever
    assert (lever == 1).all(), "levers would raise what responses bring"
    assert scores.over_nothing == pytest.approx(-scores.cost)


def test_responses_alone_rank_by_p_times_value(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    simple = replace(models, advantage=responses_alone(prepared.journey, models))

    scores, treatment = scored(prepared, simple)

    value = Catalogue.of(prepared.journey).value[treatment]
    assert scores.over_nothing == pytest.approx(scores.propensity * value - scores.cost)
    assert not scores.over_nothing[treatment == 0].any()
