"""Propensities compared with a table, overall and by part."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.evaluation.figures.response import by_code, response_figures

LABEL = np.array([0, 1, 1, 0])
SAID = np.array([0.2, 0.8, 0.6, 0.4])
TABLE = np.full(4, 0.5)


def test_figures_by_hand() -> None:
    """Every positive ranks above every negative; the table cannot tell them apart."""
    found = response_figures(LABEL, SAID, TABLE, train_rate=0.25)

    assert (found.rows, found.base_rate, found.auc, found.table_auc) == (4, 0.5, 1.0, 0.5)
    assert found.log_loss == pytest.approx(-(2 * math.log(0.8) + 2 * math.log(0.6)) / 4)
    assert found.base_rate_log_loss == pytest.approx(-(math.log(0.25) + math.log(0.75)) / 2)
    assert found.calibration_error == pytest.approx(0.3)  # bins of one: 0.2, 0.2, 0.4, 0.4


def test_a_mask_takes_its_rows_alone_and_json_has_no_nan() -> None:
    found = response_figures(LABEL, SAID, TABLE, 0.25, np.array([True, False, False, True]))

    assert (found.rows, found.base_rate) == (2, 0.0)
    assert found.to_json()["auc"] is None
    assert found.to_json()["log_loss"] == round(-(math.log(0.8) + math.log(0.6)) / 2, 6)


def test_only_names_with_rows_have_figures() -> None:
    found = by_code(LABEL, SAID, TABLE, 0.25, np.array([0, 0, 2, -1]), ["a", "b", "c"])

    assert {name: each.rows for name, each in found.items()} == {"a": 2, "c": 1}
    assert found["a"].auc == 1.0
