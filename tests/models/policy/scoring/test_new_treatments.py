"""Treatments that the models have never seen: scored like their like, tried at a stated rate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.bundle import Models
from models.domain.decision import Decision
from models.domain.journey import Journey
from models.domain.objective import (
    Exploration,
    NewTreatments,
)
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.scoring.new_treatments import like_treatments, trained_codes
from tests.models.policy.deciding import Ask


def of(decision: Decision, action: str, channel: str | None = "email") -> Any:
    return next(c for c in decision.candidates if (c.action, c.channel) == (action, channel))


def test_a_new_action_gets_its_stated_rate_from_day_one(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    """Scored like its group: not best, not worst; wholly new it gets 10 %, whatever its score says."""
    for value in (0.0, 10.0, 10_000.0):
        lease = replace(tiny_journey.actions[1], name="lease", value=value)
        exploration = Exploration(gamma=0.3, floor=0.05, new=NewTreatments(share=0.1))
        objective = replace(tiny_journey.objective, exploration=exploration)
        journey = replace(tiny_journey, actions=(*tiny_journey.actions, lease), objective=objective)
        engine = Engine(journey, learned, "b", trained=tiny_journey)
        decision = decide(engine, ask(stated_phase="interested"))
        assert of(decision, "lease").action_probability == pytest.approx(0.1)
        assert of(decision, "lease").propensity.evidence == 0.0
        assert sum(c.action_probability for c in decision.candidates) == pytest.approx(1.0)


def test_a_newcomer_is_scored_as_the_mean_of_like_ones(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    tip = replace(tiny_journey.actions[0], name="tip", prior=replace(tiny_journey.actions[0].prior,
                  propensity=None, moves={}))  # fmt: skip
    journey = replace(tiny_journey, actions=(*tiny_journey.actions, tip))
    engine = Engine(journey, learned, "b", trained=tiny_journey)
    codes = trained_codes(journey, tiny_journey)
    new_treatment = journey.treatment_index["tip", "email"]
    assert like_treatments(journey, codes, new_treatment).tolist() == [
        journey.treatment_index["teaser", "email"]
    ]
    decision = decide(engine, ask(stated_phase="interested"))
    known, new = of(decision, "teaser"), of(decision, "tip")
    assert new.propensity.value == pytest.approx(known.propensity.value)
    assert new.leads_to == pytest.approx(known.leads_to)
    assert new.propensity.high - new.propensity.low > 0.0
    stated = replace(tip, prior=replace(tip.prior, propensity=0.25))
    engine = Engine(
        replace(journey, actions=(*tiny_journey.actions, stated)), learned, "b", trained=tiny_journey
    )
    assert of(decide(engine, ask(stated_phase="interested")), "tip").propensity.value == 0.25


def test_likeness_widens_from_the_group_to_the_purpose_to_anything(tiny_journey: Journey) -> None:
    """Same group and channel; else same purpose and channel; else same purpose; else whatever is known."""
    offer = tiny_journey.actions[1]
    twin = replace(offer, name="twin", group="pairs")
    journey = replace(tiny_journey, actions=(*tiny_journey.actions, twin, replace(twin, name="other")))
    index = journey.treatment_index
    new_treatment = index["twin", "email"]

    def like(*known: str) -> set[str]:
        codes = np.array([0 if t.action in known else -1 for t in journey.treatments])
        return {journey.treatments[int(i)].action for i in like_treatments(journey, codes, new_treatment)}

    assert like("other", "teaser", "care") == {"other"}
    assert like("teaser", "care") == {"teaser"}
    assert like("care") == {"care"}
    assert like() == {"nothing"}
