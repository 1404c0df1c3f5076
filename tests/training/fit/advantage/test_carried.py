"""The champion's effects as a prior: found by name, in today's terms, kept where later rows want them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.drawn.shipped import train_as_shipped
from models.bundle import Models
from models.learned.advantage.model import Effects
from models.learned.advantage.served import ServedAdvantage
from training.fit.advantage.carried import Champion, carried
from training.fit.advantage.learner import Centres, Frame
from training.fit.advantage.log_rows import learnable, problem_of
from training.fit.advantage.scale import StakesScale
from training.fit.advantage.served import LearnedInMoney, learn_in_money
from training.fit.prepared import Prepared
from training.simulator.drawn.drawing import zero_mean_offer
from training.simulator.drawn.rollout import make_log

Trained = tuple[Prepared, Models, LearnedInMoney]


@pytest.fixture(scope="module")
def before() -> Trained:
    """A champion of one offer that helps half of the customers as much as it harms the others."""
    return train_as_shipped(make_log(zero_mean_offer(), 5_000, seed=1), seed=1)


@pytest.fixture(scope="module")
def now() -> Trained:
    """Fewer rows, of other customers."""
    return train_as_shipped(make_log(zero_mean_offer(), 3_400, seed=3), seed=1)


def champion(models: Models, until: int = 0) -> Champion:
    return Champion(bundle_id="before", until=until, models=models)


def served_by(models: Models) -> ServedAdvantage:
    assert models.advantage is not None
    return models.advantage


def again(now: Trained, champion: Champion | None) -> LearnedInMoney:
    prepared, models, _ = now
    at = learnable(prepared)
    everything = np.ones((len(at), len(prepared.journey.treatments)), dtype=bool)
    return learn_in_money(prepared, replace(models, advantage=None), at, everything, champion)


def changed(models: Models, money: Effects, moves: Effects) -> Models:
    served = served_by(models)
    effects = replace(served.advantage, money=money, moves=moves)
    return replace(models, advantage=replace(served, advantage=effects))


def upside_down(models: Models) -> Models:
    """Whom the offer helped it harms, and the other way round."""
    advantage = served_by(models).advantage
    assert advantage.moves is not None
    money, moves = (
        replace(each, by_phase=-each.by_phase, by_attribute=-each.by_attribute)
        for each in (advantage.money, advantage.moves)
    )
    return changed(models, money, moves)


def frame_of(prepared: Prepared, models: Models) -> Frame:
    served = served_by(models)
    phase = prepared.situations.phase.astype(np.int64)
    problem = problem_of(prepared.journey, models, phase)
    centres = Centres(served.centres.taste, served.centres.felt, served.centres.recent)
    return Frame(problem, StakesScale(problem, None, served.stakes), None, centres)  # type: ignore[arg-type]


def test_in_the_same_terms_the_effects_stay_what_they_are(before: Trained) -> None:
    prepared, models, _ = before
    served = served_by(models)

    prior = carried(
        champion(models), prepared.journey, prepared.spec, served.attributes, frame_of(prepared, models)
    )

    assert prior is not None
    for was, found in ((served.advantage.money, prior.money), (served.advantage.moves, prior.moves)):
        assert was is not None
        assert found.by_phase == pytest.approx(was.phase_share * was.by_phase)
        assert found.by_attribute == pytest.approx(was.personal_share * was.by_attribute)


def test_other_units_of_an_attribute_change_no_effect(before: Trained) -> None:
    """Today's mean is half a spread higher and the spread twice as wide: a unit of today is two of then."""
    prepared, models, _ = before
    served = served_by(models)
    own = served.attributes
    columns = replace(own, mean=own.mean + 0.5 * own.spread, spread=2.0 * own.spread)

    prior = carried(champion(models), prepared.journey, prepared.spec, columns, frame_of(prepared, models))

    was = served.advantage.moves
    assert prior is not None
    assert was is not None
    slopes = was.personal_share * was.by_attribute
    assert prior.moves.by_attribute == pytest.approx(2.0 * slopes)
    moved = prior.moves.by_phase - was.phase_share * was.by_phase
    assert moved == pytest.approx(np.tile(0.5 * slopes.sum(axis=1), (len(moved), 1)))


def test_a_treatment_that_the_champion_did_not_know_has_no_effect_yet(before: Trained) -> None:
    prepared, models, _ = before
    served = served_by(models)
    renamed = replace(served, treatments=(served.treatments[0], ("another", "mail")))

    prior = carried(
        champion(replace(models, advantage=renamed)),
        prepared.journey, prepared.spec, served.attributes, frame_of(prepared, models),
    )  # fmt: skip

    assert prior is not None
    assert not prior.moves.by_phase.any()
    assert not prior.moves.by_attribute.any()


def test_a_champion_of_other_rows_is_where_effects_start(before: Trained, now: Trained) -> None:
    alone, found = now[2], again(now, champion(before[1]))

    assert found.contest.champion == "before"
    assert found.contest.with_champion == pytest.approx(found.contest.money)
    assert found.contest.money > alone.contest.money
    assert found.served is not None
    assert LearnedInMoney.from_files(found.to_files()).contest == found.contest


def test_a_champion_who_is_wrong_changes_nothing(before: Trained, now: Trained) -> None:
    alone, found = now[2], again(now, champion(upside_down(before[1])))

    assert found.contest.champion is None
    assert found.contest.with_champion is not None
    assert found.contest.with_champion <= alone.contest.money
    assert found.served is not None
    assert alone.served is not None
    assert found.served.to_files() == alone.served.to_files()


@pytest.mark.parametrize(
    ("until", "effects", "why"),
    [
        (2**60, True, "0 decisions to learn from are later than those of the champion before"),
        (0, False, "no"),
    ],
)
def test_what_the_champion_has_seen_counts_once(
    before: Trained, now: Trained, until: int, effects: bool, why: str
) -> None:
    models = before[1] if effects else replace(before[1], advantage=None)

    contest = again(now, champion(models, until)).contest

    assert contest.champion is None
    assert contest.with_champion is None
    assert why in str(contest.not_carried)
