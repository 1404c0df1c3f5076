"""Explanation: the decision's own numbers, what moved them, in words."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.learned.features.builder import make_spec
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.explain.explanation import TOP_FEATURES, Explainer, explain
from models.policy.explain.feature_words import FeatureWords

Ask = Callable[..., DecisionRequest]


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


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("touchpoint.savings_calculator.7d", 3.0, "Used the savings calculator: 3 times in 7 days"),
        ("touchpoint.savings_calculator.30d", 1.0, "Used the savings calculator: once in 30 days"),
        ("days_since.quote_requested", 2.04, "Asked for an offer: 2.0 days ago"),
        ("days_since.quote_requested", math.nan, "Asked for an offer: never"),
        ("channel.app.365d", 4.0, "active on App: 4 times in 365 days"),
        ("contacts_7d", 2.0, "contacted by us: 2 times in 7 days"),
        ("action_contacts_30d", 1.0, "contacted with this action: once in 30 days"),
        ("value_30d", 12.5, "12.50 EUR in 30 days"),
        ("dwell_days", 3.21, "3.2 days in this phase"),
        ("days_since_contact", math.nan, "never contacted by us"),
        ("phase", 1.0, "phase: trigger"),
        ("phase_lag_1", math.nan, "came from phase: none"),
        ("action", 0.0, "action: adviser_call_back"),
        ("attribute.home_owner", 1.0, "Owns the home: yes"),
        ("attribute.roof_orientation", 6.0, "Roof orientation: w"),
        ("attribute.roof_area_m2", 64.0, "Usable roof area: 64"),
        ("attribute.latitude", math.nan, "Latitude: not known"),
        ("weekday", 5.0, "Saturday"),
        ("hour", 14.0, "14 o'clock"),
        ("month", 11.0, "month: 11"),
    ],
)
def test_features_in_words(solar_journey: Journey, name: str, value: float, text: str) -> None:
    spec = make_spec(solar_journey, None)
    if name == "action":
        value = float(spec.actions.index("adviser_call_back"))
    assert FeatureWords(solar_journey, spec).describe(name, value) == text


def test_every_feature_of_a_spec_has_words(solar_journey: Journey) -> None:
    spec = make_spec(solar_journey, None)
    words = FeatureWords(solar_journey, spec)
    for name in (*spec.customer_names, *spec.candidate_names):
        assert words.describe(name, 0.0)
        assert words.describe(name, math.nan)
