"""Simple policies in the form of a bundle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.learning import problem_of, rows_of
from models.bundle import Models
from models.learned.advantage.attributes import AttributeColumns
from models.policy.eligibility.catalogue import Catalogue
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores
from training.fit.advantage.chain import fit_chain
from training.fit.advantage.simple import (
    BEST_ACTION,
    PHASE_CHAIN,
    UPLIFT,
    Simple,
    do_nothing,
    learn_simple,
    responses_alone,
)
from training.fit.prepared import Prepared
from training.simulator.drawn.drawing import offer_for_half, zero_mean_offer
from training.simulator.drawn.rollout import make_log


def scored(prepared: Prepared, models: Models) -> tuple[Scores, np.ndarray]:
    """The first 50 situations with every treatment."""
    treatment = np.tile(np.arange(len(prepared.journey.treatments)), 50)
    row = np.repeat(np.arange(50), len(prepared.journey.treatments))
    situations = prepared.situations.take(slice(0, 50))
    again = Models.from_files(models.to_files())
    return Engine(prepared.journey, again, "simple").score(situations, row, treatment), treatment


def test_doing_nothing_is_best_by_what_a_contact_costs(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    simple = replace(models, advantage=do_nothing(prepared.journey, models))

    scores, _ = scored(prepared, simple)

    lever = Catalogue.of(prepared.journey).lever
    assert (lever == 1).all(), "levers would raise what responses bring"
    assert scores.over_nothing == pytest.approx(-scores.cost)


def test_responses_alone_rank_by_p_times_value(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    simple = replace(models, advantage=responses_alone(prepared.journey, models))

    scores, treatment = scored(prepared, simple)

    value = Catalogue.of(prepared.journey).value[treatment]
    assert scores.over_nothing == pytest.approx(scores.propensity * value - scores.cost)
    assert not scores.over_nothing[treatment == 0].any()


def numbers(many: int) -> AttributeColumns:
    """Columns that are read as they are."""
    at = np.arange(many)
    return AttributeColumns(position=at, code=at * 0 - 1, mean=np.zeros(many), spread=np.ones(many))


def test_a_table_is_served_as_it_stands(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    journey, rng = prepared.journey, np.random.default_rng(5)
    names = prepared.spec.customer_names
    own = np.array([k for k, name in enumerate(names) if name.startswith("attribute.")][:2], dtype=np.int64)
    columns = AttributeColumns(
        position=own, code=own * 0 - 1, mean=np.full(len(own), 0.3), spread=np.full(len(own), 2.0)
    )
    cells = rng.normal(size=(len(journey.phases), len(journey.treatments)))
    slopes = rng.normal(size=(len(journey.treatments), len(own)))
    cells[:, 0], slopes[0] = 0.0, 0.0
    policy = Simple(columns, cells, slopes)

    scores, treatment = scored(prepared, replace(models, advantage=policy.served(journey, models)))

    effect = policy.effect(prepared.situations.phase[:50], prepared.customer_x[:50])
    said = effect[np.repeat(np.arange(50), len(journey.treatments)), treatment]
    assert scores.over_nothing == pytest.approx(said - scores.cost, abs=1e-6)


def test_a_table_is_read_as_it_was_written() -> None:
    policy = Simple(numbers(2), np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2))

    again = Simple.from_files(policy.to_files("one"), "one")

    assert again.to_files("one") == policy.to_files("one")


def test_uplift_finds_the_half_for_whom_an_offer_pays() -> None:
    """15 EUR either way by the first attribute, and on average nothing; shrunk towards nothing."""
    company = zero_mean_offer()
    problem, rows = problem_of(company), rows_of(make_log(company, 3_000, seed=1))

    found = learn_simple(problem, rows, fit_chain(problem, rows), numbers(rows.attributes.shape[1]))

    effect = found[UPLIFT].effect(rows.phase, rows.attributes)[:, 1]
    first = rows.attributes[:, 0] > 0
    assert 3.0 < effect[first].mean() < 20.0
    assert -20.0 < effect[~first].mean() < -3.0


def test_the_best_action_and_the_plan_agree_where_there_is_one_phase() -> None:
    """10 EUR more on average at a cost of 10: worth as much as nothing, give or take chance."""
    company = offer_for_half()
    problem, rows = problem_of(company), rows_of(make_log(company, 3_000, seed=1))
    problem = replace(problem, cost=np.array([0.0, 2.0]))

    found = learn_simple(problem, rows, fit_chain(problem, rows), numbers(rows.attributes.shape[1]))

    for name in (BEST_ACTION, PHASE_CHAIN):
        assert found[name].cells[0, 1] == pytest.approx(10.0, abs=5.0)
        assert not found[name].cells[:, 0].any()
    dear = replace(problem, cost=np.array([0.0, 50.0]))
    assert BEST_ACTION not in learn_simple(dear, rows, fit_chain(dear, rows), numbers(6))
