"""Promises are compared with what came of them, overall and in the worst phase."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from training.evaluation.figures.predictions import Predictions, predict
from training.fit.prepared import Prepared
from training.gate.calibration import check_calibration, check_worst_phase, propensity_promises


@pytest.fixture(scope="module")
def predictions(trained: tuple[Prepared, Models]) -> Predictions:
    return predict(*trained)


def test_good_promises_pass_and_inflated_ones_do_not(
    trained: tuple[Prepared, Models], predictions: Predictions
) -> None:
    prepared, _ = trained
    gate = prepared.journey.gate
    inflated = replace(predictions, propensity=np.minimum(predictions.propensity + 0.3, 1.0))

    good = {check.name: check.passed for check in check_calibration(prepared, predictions, gate)}
    bad = {check.name: check.passed for check in check_calibration(prepared, inflated, gate)}

    assert all(good.values())
    assert not bad["calibration_propensity"]
    assert bad["calibration_next_phase"], "next phases were left alone"


def test_promises_are_of_the_test_rows_with_their_phases(
    trained: tuple[Prepared, Models], predictions: Predictions
) -> None:
    prepared, _ = trained
    promises = propensity_promises(prepared, predictions)

    assert promises.phase.tolist() == prepared.situations.phase[predictions.response_rows].tolist()
    assert set(np.unique(promises.label)) <= {0, 1}


def test_a_phase_predicted_worse_than_its_own_rate_is_refused(
    trained: tuple[Prepared, Models], predictions: Predictions
) -> None:
    prepared, _ = trained
    gate = replace(prepared.journey.gate, phase_rows=30)
    upside_down = replace(predictions, propensity=np.clip(1.0 - predictions.propensity, 0.01, 0.99))

    assert check_worst_phase(prepared, predictions, gate).passed
    assert not check_worst_phase(prepared, upside_down, gate).passed


def test_phases_with_few_rows_are_not_judged_on_their_own(
    trained: tuple[Prepared, Models], predictions: Predictions
) -> None:
    prepared, _ = trained
    gate = replace(prepared.journey.gate, phase_rows=10**9)

    check = check_worst_phase(prepared, predictions, gate)

    assert check.passed
    assert check.value is None
