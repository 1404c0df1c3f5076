"""A bundle must still be able to reach the customers of later rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.bundle import Models
from training.fit.prepared import Prepared
from training.gate.champion import contestant
from training.gate.coverage import MOST_CUSTOMERS, check_coverage, coverage, one_row_each


def test_each_customer_is_asked_about_once() -> None:
    customer = np.repeat(np.arange(10), 5)

    rows = one_row_each(customer, np.arange(25, 50), np.random.default_rng(1))

    assert customer[rows].tolist() == [5, 6, 7, 8, 9]
    assert len(one_row_each(np.arange(9_000), np.arange(9_000), np.random.default_rng(1))) == MOST_CUSTOMERS


def test_a_journey_whose_channels_need_a_consent_nobody_gave_reaches_nobody(
    trained: tuple[Prepared, Models],
) -> None:
    """Compared with a champion that reaches everybody, too."""
    prepared, models = trained
    journey = prepared.journey
    shut = replace(journey, channels=tuple(replace(c, consent="gone") for c in journey.channels))
    free = replace(journey, channels=tuple(replace(c, consent=None) for c in journey.channels))
    rows = np.arange(50)
    locked, reaching = (contestant(replace(prepared, journey=each), models, "b") for each in (shut, free))

    assert coverage(locked, rows) == 0.0
    assert coverage(reaching, rows) > 0.9
    checks = {c.name: c.passed for c in check_coverage(locked, reaching, rows, journey.gate)}
    assert checks == {"coverage": False, "coverage_beside_champion": False}
    assert check_coverage(reaching, None, rows, journey.gate)[0].passed
