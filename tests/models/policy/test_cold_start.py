"""Cold starts: no bundle, no actions, no priors, and actions that came after the training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bundle import Models
from models.domain.decision import Decision, Reason, ScoredCandidate
from models.domain.journey import Journey
from models.domain.objective import Exploration, ExplorationMethod
from models.journey_file import parse_journey
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.scoring.priors import UNKNOWN_PROPENSITY
from models.policy.scoring.response_delays import ResponseCount
from models.policy.scoring.updates import make_update
from tests.models.policy.deciding import Ask

NEW_ACTIONS = """\
actions:
  webinar:
    channels: [email]
    phases: [interested]
    group: sales
    value: 5
  brochure:
    channels: [email]
    phases: [interested]
    group: sales
    value: 5
    prior: {propensity: 0.4, weight: 10}
"""


@pytest.fixture(scope="module")
def grown(tiny_journey_text: str) -> Journey:
    """The tiny journey, weeks after its bundle was trained: two actions more, in front of the others."""
    text = tiny_journey_text.replace("actions:\n", NEW_ACTIONS, 1)
    return parse_journey(text.encode(), "grown.yaml")


@pytest.fixture
def engine(grown: Journey, tiny_journey: Journey, tiny_models: Models) -> Engine:
    return Engine(grown, tiny_models, "old", trained=tiny_journey)


def candidate(decision: Decision, action: str) -> ScoredCandidate:
    return next(c for c in decision.candidates if c.action == action)


def complete(decision: Decision) -> bool:
    """Probabilities sum to one, propensities are probabilities, values are numbers."""
    found = decision.candidates
    return (
        sum(c.action_probability for c in found) == pytest.approx(1.0)
        and all(0.0 <= c.propensity.low <= c.propensity.value <= c.propensity.high <= 1.0 for c in found)
        and all(np.isfinite(c.value.priority) for c in found)
        and all(sum(c.leads_to.values()) == pytest.approx(1.0) for c in found)
    )


def test_the_first_decision_of_a_company_without_data_is_complete(tiny_journey: Journey, ask: Ask) -> None:
    decision = decide(Engine(tiny_journey, None, "none"), ask(stated_phase="interested"))

    assert complete(decision)
    assert decision.reason is Reason.MODEL_UNAVAILABLE
    assert candidate(decision, "offer").propensity.value == pytest.approx(0.2)  # the file's belief
    assert candidate(decision, "offer").propensity.evidence == 0


def test_a_file_without_any_belief_has_a_sensible_one(tiny_journey_text: str, ask: Ask) -> None:
    lines = [line for line in tiny_journey_text.splitlines() if not line.strip().startswith("prior:")]
    journey = parse_journey("\n".join(lines).encode(), "silent.yaml")

    decision = decide(Engine(journey, None, "none"), ask(stated_phase="interested"))

    assert complete(decision)
    assert candidate(decision, "offer").propensity.value == UNKNOWN_PROPENSITY


@pytest.mark.parametrize("with_models", [False, True])
def test_an_empty_catalogue_does_nothing(
    tiny_journey: Journey, tiny_models: Models, ask: Ask, with_models: bool
) -> None:
    empty = replace(tiny_journey, actions=(), policies=(), playbook={})
    models = tiny_models if with_models else None

    decision = decide(Engine(empty, models, "b", trained=tiny_journey), ask(stated_phase="interested"))

    assert [c.action for c in decision.candidates] == ["nothing"]
    assert decision.actions[0].action_probability == 1.0
    assert decision.reason is Reason.NOTHING_ELIGIBLE


def test_a_new_action_starts_from_its_like_or_its_own_prior(engine: Engine, ask: Ask) -> None:
    decision = decide(engine, ask(stated_phase="interested"))
    offer, webinar = candidate(decision, "offer"), candidate(decision, "webinar")

    assert complete(decision)
    assert webinar.propensity.value == pytest.approx(offer.propensity.value)  # same group, same channel
    assert candidate(decision, "brochure").propensity.value == pytest.approx(0.4)
    assert webinar.propensity.evidence == 0
    assert webinar.propensity.high - webinar.propensity.low > offer.propensity.high - offer.propensity.low


def test_known_actions_are_scored_as_before(
    engine: Engine, tiny_journey: Journey, tiny_models: Models, ask: Ask
) -> None:
    before = decide(Engine(tiny_journey, tiny_models, "old"), ask(stated_phase="interested"))
    after = decide(engine, ask(stated_phase="interested"))

    for action in ("nothing", "offer", "teaser"):
        assert candidate(after, action).value == candidate(before, action).value
        assert candidate(after, action).propensity == candidate(before, action).propensity


def test_new_actions_are_tried_at_their_stated_rate_together(engine: Engine, ask: Ask) -> None:
    decision = decide(engine, ask(stated_phase="interested"))
    share = engine.journey.objective.exploration.new.share

    new = [candidate(decision, name).action_probability for name in ("webinar", "brochure")]

    assert new == pytest.approx([share / 2, share / 2])


def test_evidence_since_the_training_ends_the_trial(engine: Engine, grown: Journey, ask: Ask) -> None:
    """100 decisions are ``new.until``: from then on the webinar competes by its worth."""
    seen = ResponseCount(
        phase="interested",
        action="webinar",
        channel="email",
        ours=True,
        age_hours=24 * 9,
        delay_hours=None,
        number=100,
        propensity=30.0,
    )
    updated = engine.updated(make_update(grown, [seen], engine.evidence))
    code = grown.treatment_index["webinar", "email"]

    assert engine.novelty[code] == 1.0
    assert updated.novelty[code] == 0.0
    before, after = (decide(e, ask(stated_phase="interested")) for e in (engine, updated))
    share = grown.objective.exploration.new.share
    assert candidate(after, "webinar").propensity.value < candidate(before, "webinar").propensity.value
    assert candidate(after, "brochure").action_probability == pytest.approx(share)


@given(share=st.floats(0.0, 0.5), method=st.sampled_from(["inverse_gap", "thompson"]))
def test_new_actions_never_get_more_than_their_share(
    grown: Journey,
    tiny_journey: Journey,
    tiny_models: Models,
    ask: Ask,
    share: float,
    method: ExplorationMethod,
) -> None:
    old = grown.objective.exploration
    exploration = Exploration(method=ExplorationMethod(method), new=replace(old.new, share=share))
    journey = replace(grown, objective=replace(grown.objective, exploration=exploration))
    found = decide(Engine(journey, tiny_models, "old", trained=tiny_journey), ask(stated_phase="interested"))

    new = sum(candidate(found, name).action_probability for name in ("webinar", "brochure"))

    assert complete(found)
    assert new == pytest.approx(share)
