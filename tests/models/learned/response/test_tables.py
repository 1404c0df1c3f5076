"""A cell with rows answers for itself; one without answers as its margins, or as the marketer believes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.domain.actions import Action, Channel, Prior, Purpose
from models.domain.journey import Journey, Phase
from models.learned.response.tables import PropensityTable, fit_table

JourneyOf = Callable[..., Journey]
NONE = np.empty(0, dtype=np.int64)


def table_of(journey: Journey, counts: dict[tuple[int, int], tuple[int, int]]) -> PropensityTable:
    """A table from (phase, treatment) → (rows, positives)."""
    phase, treatment, response = [], [], []
    for (p, t), (rows, positives) in counts.items():
        phase += [p] * rows
        treatment += [t] * rows
        response += [1] * positives + [0] * (rows - positives)
    return fit_table(
        journey=journey,
        phase=np.array(phase, dtype=np.int64),
        treatment=np.array(treatment, dtype=np.int64),
        response=np.array(response, dtype=np.int64),
    )


def test_without_rows_a_belief_is_the_propensity(journey_of: JourneyOf) -> None:
    journey = journey_of(priors={"a0": Prior(propensity=0.2), "a1": Prior(propensity=0.02)})

    table = fit_table(journey=journey, phase=NONE, treatment=NONE, response=NONE)

    a0, a1 = journey.treatment_index["a0", "email"], journey.treatment_index["a1", "phone"]
    assert table.propensity[:, a0] == pytest.approx(0.2)
    assert table.propensity[:, a1] == pytest.approx(0.02)
    assert table.evidence[:, a0] == pytest.approx(50), "what a belief weighs if nothing else is said"


def test_a_belief_weighs_as_many_rows_as_it_says(journey_of: JourneyOf) -> None:
    """Believed 0.2; 100 rows in each of four phases say 0.4: 400 against 100, or against 10,000."""
    light = journey_of(priors={"a0": Prior(propensity=0.2, weight=100)})
    heavy = journey_of(priors={"a0": Prior(propensity=0.2, weight=10_000)})
    seen = {(p, 1): (100, 40) for p in range(4)}

    learned, held = table_of(light, seen).propensity[:, 1], table_of(heavy, seen).propensity[:, 1]

    assert learned == pytest.approx((100 * 0.2 + 400 * 0.4) / 500, abs=0.03)
    assert held == pytest.approx((10_000 * 0.2 + 400 * 0.4) / 10_400, abs=0.03)


def test_a_new_action_starts_from_the_mean_of_like_actions() -> None:
    """Marketing by e-mail is answered by 20 in 100, service calls by 2 in 100; a new action of each."""
    actions = tuple(
        Action(name=f"{purpose.value}_{i}", label="", channels=(channel,), purpose=purpose)
        for purpose, channel in ((Purpose.MARKETING, "email"), (Purpose.SERVICE, "phone"))
        for i in range(6)
    )
    journey = Journey(
        company="",
        currency="EUR",
        time_zone="UTC",
        default_locale="en",
        phases=(Phase(name="one", label=""), Phase(name="two", label="")),
        phase_rules=(),
        channels=(Channel(name="email", label=""), Channel(name="phone", label="")),
        actions=actions,
    )
    index = journey.treatment_index
    seen = {(p, index[f"marketing_{i}", "email"]): (500, 100) for p in (0, 1) for i in range(5)}
    seen |= {(p, index[f"service_{i}", "phone"]): (500, 10) for p in (0, 1) for i in range(5)}

    table = table_of(journey, seen)

    new_mail, new_call = index["marketing_5", "email"], index["service_5", "phone"]
    assert table.propensity[:, new_mail] == pytest.approx(0.2, abs=0.03)
    assert table.propensity[:, new_call] == pytest.approx(0.02, abs=0.01)
    assert np.all(table.rows[:, new_mail] == 0)
    assert np.all(table.evidence[:, new_mail] < table.evidence[:, index["marketing_0", "email"]])


def test_many_rows_answer_for_themselves(journey_of: JourneyOf) -> None:
    table = table_of(journey_of(), {(0, 1): (20_000, 6_000), (0, 2): (20_000, 200), (1, 2): (500, 5)})

    assert table.propensity[0, 1] == pytest.approx(0.3, abs=0.01)
    assert table.propensity[0, 2] == pytest.approx(0.01, abs=0.002)
    assert table.evidence[0, 1] == pytest.approx(20_000, rel=0.1)
    assert (table.rows[0, 1], table.positives[0, 1]) == (20_000, 6_000)


@pytest.mark.parametrize("n", [600, 6_000, 60_000])
def test_shrinking_beats_counting_and_knows_its_error(journey_of: JourneyOf, n: int) -> None:
    """Cells from phase, action and own deviations: closer than smoothed counts, and 90 % within 90 %."""
    journey, rng = journey_of(actions=20), np.random.default_rng(n)
    P, T = len(journey.phases), len(journey.treatments)
    truth = -2.5 + rng.normal(0, 0.6, P)[:, None] + rng.normal(0, 0.7, T) + rng.normal(0, 0.3, (P, T))
    phase, treatment = rng.integers(0, P, n), rng.integers(0, T, n)
    response = (rng.random(n) < 1 / (1 + np.exp(-truth[phase, treatment]))).astype(np.int64)

    table = fit_table(journey=journey, phase=phase, treatment=treatment, response=response)

    counted = (table.positives + 1) / (table.rows + 10)
    assert _distance(table.propensity, truth) < 0.95 * _distance(counted, truth)
    error = 1 / np.sqrt(table.evidence * table.propensity * (1 - table.propensity))
    within = np.mean(np.abs(table.log_odds - truth) < 1.645 * error)
    assert 0.84 <= within <= 0.99


def _distance(propensity: NDArray[Any], truth: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean((propensity - 1 / (1 + np.exp(-truth))) ** 2)))


def test_a_row_that_counts_twice_is_two_rows(tiny_journey: Journey) -> None:
    rng = np.random.default_rng(2)
    rows = {
        "phase": rng.integers(0, len(tiny_journey.phases), 300),
        "treatment": rng.integers(0, len(tiny_journey.treatments), 300),
        "response": rng.integers(0, 2, 300),
    }
    weight = rng.integers(1, 4, 300)

    weighted = fit_table(journey=tiny_journey, **rows, weight=weight.astype(np.float64))
    repeated = fit_table(journey=tiny_journey, **{n: np.repeat(v, weight) for n, v in rows.items()})

    np.testing.assert_allclose(weighted.log_odds, repeated.log_odds)
    np.testing.assert_allclose(weighted.rows, repeated.rows)
    np.testing.assert_allclose(weighted.positives, repeated.positives)
