"""Metrics agree with their definitions."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.metrics import auc, calibration_error, class_log_loss, log_loss, top_1

pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=40)


@settings(deadline=None)
@given(pairs)
def test_auc_is_the_chance_that_a_positive_ranks_above_a_negative(rows: list[tuple[int, int]]) -> None:
    label = np.array([y for y, _ in rows])
    score = np.array([float(s) for _, s in rows])
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a in score[label == 1] for b in score[label == 0]]

    if not wins:
        assert math.isnan(auc(label, score))
    else:
        assert math.isclose(auc(label, score), sum(wins) / len(wins))


def test_log_loss_by_hand() -> None:
    # -(ln 0.8 + ln 0.7) / 2 = (0.22314 + 0.35667) / 2
    assert math.isclose(log_loss(np.array([1, 0]), np.array([0.8, 0.3])), 0.289909, abs_tol=1e-6)


def test_calibration_error_by_hand() -> None:
    # Two bins of two: 0.2 predicted and 0.5 seen, 0.9 predicted and 1.0 seen: (0.3 + 0.1) / 2.
    error = calibration_error(np.array([0, 1, 1, 1]), np.array([0.2, 0.2, 0.9, 0.9]), bins=2)

    assert math.isclose(error, 0.2)


def test_classes_by_hand() -> None:
    probability = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]])

    assert math.isclose(class_log_loss(np.array([1, 2]), probability), (math.log(4) - math.log(0.8)) / 2)
    assert top_1(np.array([1, 2]), probability) == 0.5
