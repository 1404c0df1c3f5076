"""What the journey file believes answers where there is no model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.domain.journey import Journey
from models.policy.engine import Engine
from models.policy.scoring.priors import baseline_chain, values_of_doing_nothing
from tests.models.policy.deciding import Ask


def test_beliefs_answer_without_a_model(tiny_journey: Journey, ask: Ask) -> None:
    """The prior of the teaser is 0.1, worth 50 observations; it doubles the odds of being interested."""
    engine = Engine(tiny_journey, None, "none")
    scores = engine.score(engine.situate(ask()), np.zeros(2, dtype=np.int64), np.array([0, 4]))
    np.testing.assert_allclose(scores.propensity, [0.0, 0.1])
    np.testing.assert_allclose(scores.evidence, 0.0)
    nothing, teaser = scores.leads_to
    odds = (teaser[1] / teaser[0]) / (nothing[1] / nothing[0])
    np.testing.assert_allclose(odds, 2.0)


def test_the_believed_chain_lapses(tiny_journey: Journey) -> None:
    """Interested customers lapse after 30 days: within 7 days with 1 - exp(-7/30) = 0.208."""
    chain = baseline_chain(tiny_journey)
    np.testing.assert_allclose(chain.sum(axis=1), 1.0)
    np.testing.assert_allclose(chain[1, 0], 1 - np.exp(-7 / 30), rtol=1e-3)
    values = values_of_doing_nothing(tiny_journey, chain, discount=1.0)
    assert (values > 0).all()
    assert np.isfinite(values).all()


def test_values_of_doing_nothing_count_an_entry_that_pays_once_once(tiny_journey: Journey) -> None:
    """From the phase before it the first entry is worth p / (1 - step·(1 - p)) of it; from within nothing."""
    chain = np.array([[1.0, 0.0, 0.0], [0.0, 0.8, 0.2], [0.0, 0.5, 0.5]])
    phases = tuple(replace(phase, value=0.0) for phase in tiny_journey.phases[:2])
    customer = tiny_journey.phases[2]
    each, once = (
        values_of_doing_nothing(
            replace(tiny_journey, phases=(*phases, replace(customer, paid_once=paid_once))), chain, 0.99
        )
        for paid_once in (False, True)
    )

    step = 0.99 * np.exp(-7 / 365)
    np.testing.assert_allclose(once, [0.0, 100 * 0.2 / (1 - step * 0.8), 0.0], rtol=1e-3)
    assert each[1] > 2 * once[1]
    assert each[2] > 0
