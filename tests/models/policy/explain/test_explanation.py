"""Explanations: of the very decision, factor by factor."""

from __future__ import annotations

import numpy as np
import pytest

from models.bundle import Models
from models.domain.journey import Journey
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.explain.explanation import TOP_FEATURES, Explainer, explain
from tests.models.policy.deciding import Ask


def test_it_explains_the_very_decision(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    engine = Engine(tiny_journey, learned, "b")
    request = ask(stated_phase="interested", attributes={"age": 70})
    assert explain(engine, request).decision == decide(engine, request)


def test_factors_multiply_to_the_immediate_value(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    request = ask(stated_phase="interested", context={"weights": {"offer": 2.0}})
    explanation = explain(Engine(tiny_journey, learned, "b"), request)
    priorities = [one.candidate.value.priority for one in explanation.candidates]
    assert priorities == sorted(priorities, reverse=True)
    for one in explanation.candidates:
        used = one.factors
        product = used.propensity * used.value * used.weight * used.lever
        assert one.candidate.value.over_nothing == pytest.approx(product - used.cost + used.journey_gain)
        assert one.candidate.value.immediate == pytest.approx(product)
        assert sum(one.changes.values()) == pytest.approx(0.0, abs=1e-12)
    nothing = next(one for one in explanation.candidates if one.candidate.action == "nothing")
    assert set(nothing.changes.values()) == {0.0}


def test_contributions_name_what_the_model_learned(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    """In these models older customers respond more: age lifts an old customer and lowers a young one."""
    explainer = Explainer(Engine(tiny_journey, learned, "b"))
    moved = {}
    for age in (20, 85):
        explanation = explainer.explain(ask(attributes={"age": age}))
        teaser = next(one for one in explanation.candidates if one.candidate.action == "teaser")
        assert 0 < len(teaser.contributions) <= TOP_FEATURES
        sizes = [abs(c.log_odds) for c in teaser.contributions]
        assert sizes == sorted(sizes, reverse=True)
        moved[age] = next(c for c in teaser.contributions if c.feature == "attribute.age")
    assert moved[20].log_odds < 0 < moved[85].log_odds
    assert moved[85].text == "Age: 85"
    assert moved[85].value == 85.0


def test_contributions_are_of_the_foremost_unless_all_are_asked_for(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    explainer = Explainer(Engine(tiny_journey, learned, "b"))
    request = ask(stated_phase="interested", attributes={"age": 70}, exclude=("teaser",))
    best = explainer.explain(request)
    everyone = explainer.explain(request, everyone=True)
    told = [one.candidate.action for one in best.candidates if one.contributions]
    assert told == ["offer"]
    for some, every in zip(best.candidates, everyone.candidates, strict=True):
        assert some.contributions in ((), every.contributions)


def test_contributions_add_up_to_the_trees(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    """LightGBM's own contributions: with the expected value they sum to the raw score."""
    engine = Engine(tiny_journey, learned, "b")
    situations = engine.situate(ask(attributes={"age": 40}))
    row, treatment = np.zeros(1, dtype=np.int64), np.array([4])
    customer_x = engine.builder.customer_features(situations)
    candidate_x = engine.builder.candidate_features(situations, row, treatment)
    booster = Explainer(engine)._load()
    assert booster is not None
    parts = np.asarray(booster.predict(np.hstack((customer_x, candidate_x)), pred_contrib=True))
    assert learned.response.trees is not None
    raw = learned.response.trees.raw_scores_split(customer_x, candidate_x, row)
    np.testing.assert_allclose(parts.sum(axis=1), raw, atol=1e-9)


def test_without_a_model_there_are_factors_and_drop_outs_but_no_contributions(
    tiny_journey: Journey, ask: Ask
) -> None:
    explanation = explain(Engine(tiny_journey, None, "none"), ask(explain=False))
    assert all(one.contributions == () for one in explanation.candidates)
    assert {(d.action, d.code) for d in explanation.drop_outs} == {("offer", "PHASE"), ("care", "PHASE")}
