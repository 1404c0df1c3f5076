"""Effects in money from a training run's rows, and the choice between two accounts of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.drawn.shipped import train_as_shipped
from models.bundle import Models
from models.policy.engine import Engine
from training.fit.advantage import served
from training.fit.advantage.log_rows import learnable
from training.fit.advantage.served import SPEAKS, LearnedInMoney, learn_in_money
from training.fit.prepared import Prepared
from training.simulator.drawn.drawing import draw_company, zero_mean_offer
from training.simulator.drawn.rollout import make_log


@pytest.fixture(scope="module")
def offer() -> tuple[Prepared, Models, LearnedInMoney]:
    """One offer that helps half of the customers as much as it harms the others."""
    return train_as_shipped(make_log(zero_mean_offer(), 5_000, seed=1), seed=1)


def test_an_offer_with_no_effect_on_average_is_worth_money_to_whom_it_helps(
    offer: tuple[Prepared, Models, LearnedInMoney],
) -> None:
    _, models, found = offer

    assert found.contest.ranks
    assert found.contest.money > found.contest.phases + 10
    assert found.contest.personal_share > 0.5
    assert models.advantage is found.served is not None


def test_effects_that_phases_cannot_tell_leave_response_and_phases_without_a_word(
    offer: tuple[Prepared, Models, LearnedInMoney],
) -> None:
    contest = offer[2].contest

    assert contest.phases_scaled < SPEAKS
    assert contest.phases_scaled >= contest.phases


def test_the_account_that_ranks_is_the_one_that_later_rows_want(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    at = learnable(prepared)
    found = learn_in_money(
        prepared, models, at, np.ones((len(at), len(prepared.journey.treatments)), dtype=bool)
    )

    assert found.contest.ranks is (
        found.contest.money >= found.contest.phases and found.contest.phases_scaled < SPEAKS
    )
    assert (found.served is None) is not found.contest.ranks


def test_it_comes_back_from_its_files(offer: tuple[Prepared, Models, LearnedInMoney]) -> None:
    found = offer[2]
    again = LearnedInMoney.from_files(found.to_files())

    assert again.contest == found.contest
    assert again.to_files() == found.to_files()


def test_the_same_rows_give_the_same_bytes(offer: tuple[Prepared, Models, LearnedInMoney]) -> None:
    prepared, models, found = offer
    at = learnable(prepared)
    everything = np.ones((len(at), len(prepared.journey.treatments)), dtype=bool)

    again = learn_in_money(prepared, replace(models, advantage=None), at, everything)

    assert again.to_files() == found.to_files()


def test_a_small_log_leaves_it_to_response_and_phases(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    at = learnable(prepared)[:500]
    found = learn_in_money(prepared, models, at, np.ones((len(at), 4), dtype=bool))

    assert found.served is None
    assert not found.contest.ranks
    assert found.contest.reason == "the log has too few decisions with known probabilities"


def test_what_was_shrunk_away_may_be_there_all_the_same(
    trained: tuple[Prepared, Models], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interval of an effect without evidence holds both nothing and what was seen."""
    prepared, models = trained
    at, asked, make = learnable(prepared), [], served._served

    def keep(*arguments: Any) -> Any:
        asked.append(arguments)
        return make(*arguments)

    monkeypatch.setattr(served, "_served", keep)
    learn_in_money(prepared, models, at, np.ones((len(at), len(prepared.journey.treatments)), dtype=bool))
    *others, fitted = asked[0]
    money = fitted.advantage.money

    def errors(share: float) -> Any:
        kept = replace(fitted.advantage, money=money.supported(share, share))
        return make(*others, replace(fitted, advantage=kept)).error

    seen = np.abs(fitted.raw.money.effects.by_phase)
    assert (errors(0.0) >= seen).all()
    assert (errors(0.0) >= errors(0.5)).all()
    assert (errors(0.5) >= errors(1.0)).all()
    assert (errors(0.0)[:, 1:] > errors(1.0)[:, 1:]).any()
    assert (errors(1.0)[:, 1:] > 0).all()


def test_phases_that_are_misread_are_believed_as_the_service_would() -> None:
    """A bundle carries the filter, and what training read of stated phases one customer alone gives, too."""
    company = draw_company(129)
    prepared, models, found = train_as_shipped(make_log(company, 1_200, seed=1), seed=1)

    assert found.contest.misread == pytest.approx(0.08, abs=0.05)
    assert found.contest.with_belief is not None
    own = found.served
    assert own is not None
    assert own.believed is not None
    assert 0.03 < own.believed.filter.confusion < 0.2
    again = LearnedInMoney.from_files(found.to_files())
    assert again.to_files() == found.to_files()
    engine = Engine(prepared.journey, models, "b")
    some = prepared.situations.take(np.arange(0, 4_000, 131))
    row = np.arange(len(some))
    together = engine.score(some, row, np.ones_like(row)).over_nothing
    for k in row.tolist():
        one = some.take(slice(k, k + 1))
        alone = engine.score(replace(one, trace=None), row[:1], np.ones_like(row[:1])).over_nothing
        assert alone[0] == together[k]
