"""Satisfaction as a second objective: points bound what may compete, and are worth money in the rank."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from models.domain.decision import Decision, DecisionRequest
from models.domain.journey import Journey
from models.domain.objective import Satisfaction, Unknown
from models.learned.satisfaction import SatisfactionModel
from models.policy.choice.bounds import costs_satisfaction
from models.policy.decide import decide
from models.policy.eligibility.catalogue import Catalogue
from models.policy.engine import Engine
from models.policy.explain.explanation import explain
from models.policy.rehearsal.share_prices import Situated
from models.policy.scoring.satisfaction import SatisfactionFactors
from models.policy.steps import run_steps
from tests.models.policy.deciding import Ask


def table(journey: Journey, points: float, action: str, fact: str = "csat") -> SatisfactionModel:
    """One action changes scores by ``points`` in every phase."""
    own = np.array([treatment.action == action for treatment in journey.treatments])
    effect = np.broadcast_to(points * own, (len(journey.phases), len(own))).copy()
    return SatisfactionModel(
        fact=fact, window_days=30.0, scores=500, effect=effect, error=np.where(effect != 0, 0.02, 0.0)
    )


def test_the_same_effect_and_error_are_trusted_less_if_few_scores_taught_them(tiny_journey: Journey) -> None:
    """Expected cost 0.05, error 0.03, at most 0.1: fine on many scores, and not on a few hundred."""
    asked = Satisfaction(fact="csat", largest_loss=0.1)
    journey = replace(tiny_journey, objective=replace(tiny_journey.objective, satisfaction=asked))
    refused = []
    for scores in (100_000, 300):
        known = replace(table(journey, -0.05, "teaser"), scores=scores)
        known = replace(known, error=known.error * 1.5)
        factors = SatisfactionFactors.of(
            journey, Catalogue.of(journey), known, np.arange(len(journey.treatments))
        )
        assert factors is not None
        refused.append(bool(factors.refused.any()))
    assert refused == [False, True]


def engine_with(journey: Journey, models: Models, asked: Satisfaction | None) -> Engine:
    changed = replace(journey, objective=replace(journey.objective, satisfaction=asked))
    return Engine(changed, models, "b", trained=journey)


def first(decision: Decision) -> str:
    return max(decision.candidates, key=lambda each: each.action_probability).action


@pytest.fixture
def request_(ask: Ask) -> DecisionRequest:
    return ask(stated_phase="interested")


@pytest.fixture
def best(tiny_journey: Journey, learned: Models, request_: DecisionRequest) -> str:
    """The marketing action that money alone ranks first."""
    found = first(decide(engine_with(tiny_journey, learned, None), request_))
    assert found != "nothing"
    return found


def test_what_costs_more_than_it_may_does_not_compete_and_says_so(
    tiny_journey: Journey, learned: Models, request_: DecisionRequest, best: str
) -> None:
    models = replace(learned, satisfaction=table(tiny_journey, -0.3, best))
    bounded = decide(engine_with(tiny_journey, models, Satisfaction(fact="csat", largest_loss=0.1)), request_)
    allowed = decide(engine_with(tiny_journey, models, Satisfaction(fact="csat", largest_loss=0.3)), request_)

    assert all(c.action_probability == 0.0 for c in bounded.candidates if c.action == best)
    (drop_out, *_) = [one for one in bounded.drop_outs if one.code == "SATISFACTION_FLOOR"]
    assert (drop_out.action, drop_out.tier) == (best, "bounds")
    assert drop_out.detail == "-0.300 points of csat expected, at least -0.1"
    assert first(allowed) == best
    assert "SATISFACTION_FLOOR" not in {one.code for one in allowed.drop_outs}


def test_points_are_worth_money_in_the_rank_and_values_stay_what_they_are(
    tiny_journey: Journey, learned: Models, request_: DecisionRequest, best: str
) -> None:
    models = replace(learned, satisfaction=table(tiny_journey, -0.5, best))
    free = decide(engine_with(tiny_journey, models, Satisfaction(fact="csat", weight=0.0)), request_)
    dear = decide(engine_with(tiny_journey, models, Satisfaction(fact="csat", weight=1e4)), request_)
    elsewhere = Satisfaction(fact="csat", weight=1e4, weights={"interested": 0.0})

    assert first(free) == best
    assert first(dear) != best
    assert "SATISFACTION" in dear.actions[0].reasons or dear.reason.value == "EXPLORATION"
    assert [c.value for c in free.candidates] == [c.value for c in dear.candidates]
    assert first(decide(engine_with(tiny_journey, models, elsewhere), request_)) == best


def test_answers_and_explanations_show_both(
    tiny_journey: Journey, learned: Models, request_: DecisionRequest, best: str
) -> None:
    models = replace(learned, satisfaction=table(tiny_journey, -0.05, best))
    engine = engine_with(tiny_journey, models, Satisfaction(fact="csat", weight=2.0, largest_loss=0.1))
    explained = {
        (one.candidate.action, one.candidate.channel): one.satisfaction
        for one in explain(engine, request_).candidates
    }

    for (action, _), effect in explained.items():
        assert effect is not None
        assert effect.over_nothing == pytest.approx(-0.05 if action == best else 0.0)
        assert effect.low <= effect.over_nothing <= effect.high
        assert effect.worth == pytest.approx(2.0 * effect.over_nothing)
    chosen = decide(engine, request_).actions[0]
    assert chosen.satisfaction == explained[chosen.action, chosen.channel]


def test_service_messages_are_never_held_back_by_it(tiny_journey: Journey, learned: Models) -> None:
    models = replace(learned, satisfaction=table(tiny_journey, -2.0, "care"))
    engine = engine_with(tiny_journey, models, Satisfaction(fact="csat", weight=5.0, largest_loss=0.1))

    assert engine.satisfaction is not None
    assert not engine.satisfaction.refused.any()
    assert not engine.satisfaction.worth.any()


@pytest.mark.parametrize("fact", ["nps", None])
def test_a_bundle_that_knows_nothing_of_the_score_changes_nothing(
    tiny_journey: Journey, learned: Models, request_: DecisionRequest, best: str, fact: str | None
) -> None:
    own = None if fact is None else table(tiny_journey, -3.0, best, fact)
    engine = engine_with(
        tiny_journey, replace(learned, satisfaction=own), Satisfaction(fact="csat", largest_loss=0.1)
    )
    decision = decide(engine, request_)

    assert first(decision) == best
    assert decision.actions[0].satisfaction is None
    assert not costs_satisfaction(engine, 1, np.arange(3)).any()


def test_a_treatment_that_the_bundle_does_not_know_is_expected_to_change_nothing(
    tiny_journey: Journey, learned: Models
) -> None:
    models = replace(learned, satisfaction=table(tiny_journey, -0.5, "offer"))
    actions = tuple(
        replace(each, name="new_teaser") if each.name == "teaser" else each for each in tiny_journey.actions
    )
    asked = Satisfaction(fact="csat", largest_loss=0.1)
    objective = replace(tiny_journey.objective, satisfaction=asked)
    changed = replace(tiny_journey, actions=actions, playbook={}, objective=objective)
    own = Engine(changed, models, "b", trained=tiny_journey).satisfaction
    codes = {t.action: code for code, t in enumerate(changed.treatments)}

    assert own is not None
    assert not own.effect[:, codes["new_teaser"]].any()
    assert (own.error[:, codes["new_teaser"]] > 0).all()
    assert own.refused[:, codes["offer"]].all()


@pytest.mark.parametrize(("error", "refused"), [(0.02, False), (0.2, True)])
def test_what_too_little_is_known_of_is_not_done_unless_the_file_says_so(
    tiny_journey: Journey, learned: Models, error: float, refused: bool
) -> None:
    """At 0 points a loss of 0.1 is five errors away, or half of one."""
    own = table(tiny_journey, -0.0, "offer")
    unsure = replace(own, error=np.where(np.arange(own.error.shape[1]) > 0, error, 0.0) + 0 * own.error)
    models = replace(learned, satisfaction=unsure)

    def refuses(asked: Satisfaction) -> bool:
        found = engine_with(tiny_journey, models, asked).satisfaction
        assert found is not None
        return bool(found.refused.any())

    assert refuses(Satisfaction(fact="csat", largest_loss=0.1)) is refused
    assert not refuses(Satisfaction(fact="csat", largest_loss=0.1, when_unknown=Unknown.PASS))
    assert not refuses(Satisfaction(fact="csat", weight=1.0))


def test_share_prices_see_the_rank_that_decides(
    tiny_journey: Journey, learned: Models, request_: DecisionRequest, best: str
) -> None:
    models = replace(learned, satisfaction=table(tiny_journey, -0.5, best))
    engine = engine_with(tiny_journey, models, Satisfaction(fact="csat", weight=1e4))
    steps = run_steps(engine, request_)

    found = Situated.of(engine, [steps]).probabilities({})[0, : len(steps.candidates)]

    np.testing.assert_allclose(found, steps.picks[0].probability, atol=1e-12)
