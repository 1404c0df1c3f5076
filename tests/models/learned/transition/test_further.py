"""Steps after the first: the customer's own, by what was known of them before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.domain.history import DAY_MS
from models.learned.transition.effects import softmax
from models.learned.transition.fit import fit_transition
from models.learned.transition.further import fit_further, pairs_of
from models.learned.transition.model import TransitionModel

N, STEPS, P = 1_500, 6, 4


def test_pairs_are_of_one_customer_and_later_but_not_by_much() -> None:
    days = np.array([0, 10, 200, 5, 20, 100])
    customer = np.array([1, 1, 1, 2, 2, 3])
    before, after = pairs_of(customer, days * DAY_MS)
    assert [(b, a) for b, a in zip(before.tolist(), after.tolist(), strict=True)] == [(0, 1), (3, 4)]


def test_nobody_seen_twice_is_no_pair() -> None:
    assert [len(each) for each in pairs_of(np.arange(3), np.arange(3))] == [0, 0]
    assert [len(each) for each in pairs_of(np.arange(0), np.arange(0))] == [0, 0]


def walks(world: Any, pull: float, hidden: float) -> dict[str, Any]:
    """Decisions every two weeks; a number known at the first, and one nobody knows, speed customers up."""
    rng, names = np.random.default_rng(8), list(world.columns.customer_names)
    known, unknown = rng.standard_normal(N), rng.standard_normal(N)
    phase, rows = np.zeros(N, dtype=np.int64), []
    for step in range(STEPS):
        odds = np.full((N, P), -9.0)
        odds[np.arange(N), phase] = 1.2
        odds[np.arange(N), (phase + 1) % P] = np.where(
            phase < P - 1, pull * known + hidden * unknown - 0.5, -2.0
        )
        chance = softmax(odds)
        then = (rng.random(N)[:, None] > np.cumsum(chance, axis=1)).sum(axis=1)
        rows.append((np.arange(N), np.full(N, step * 14 * DAY_MS), phase, then))
        phase = then
    customer, instant, phases, next_phase = (np.concatenate(column) for column in zip(*rows, strict=True))
    x = np.zeros((N, len(names)), dtype=np.float32)
    x[:, names.index("recency_days") if "recency_days" in names else -1] = known
    log = {**world.log, "customer_x": x, "at": customer, "phase": phases, "next_phase": next_phase}
    return {**log, "customer": customer, "instant": instant, "treatment": np.zeros(N * STEPS, dtype=np.int64)}


@pytest.fixture(scope="module")
def plain(world_of: Any) -> TransitionModel:
    return fit_transition(**world_of(n=0).for_transition())


def fitted(world: Any, plain: TransitionModel, **kinds: float) -> TransitionModel:
    rows = walks(world, **kinds)
    wanted = ("journey", "customer_x", "at", "phase", "treatment", "next_phase", "customer", "instant")
    further = fit_further(plain, spec=world.columns, **{name: rows[name] for name in wanted})
    return replace(plain, further=further)


def test_customers_alike_but_for_chance_have_no_spread_and_others_have(
    world: Any, plain: TransitionModel
) -> None:
    alike, apart = (fitted(world, plain, pull=0.0, hidden=hidden).further for hidden in (0.0, 1.0))
    assert alike is not None
    assert apart is not None
    assert alike.spread < 0.3
    assert 0.4 < apart.spread < 1.2


def test_the_chain_is_the_average_of_what_customers_do(world: Any, plain: TransitionModel) -> None:
    model = fitted(world, plain, pull=0.0, hidden=0.0)
    chance = softmax(model.further_baseline(np.zeros((1, len(world.columns.customer_names)))))
    assert chance[0, 1] == pytest.approx(np.exp(-0.5) / (np.exp(-0.5) + np.exp(1.2)), abs=0.03)


def test_they_are_stored_with_the_model(world: Any, plain: TransitionModel) -> None:
    model = fitted(world, plain, pull=0.0, hidden=1.0)
    again = TransitionModel.from_files(model.to_files())
    assert again.to_files() == model.to_files()
    x = np.ones((1, len(world.columns.customer_names)))
    assert again.further_baseline(x).tolist() == model.further_baseline(x).tolist()


def test_without_pairs_the_chain_speaks(world: Any, plain: TransitionModel) -> None:
    rows = {name: plain_rows[:10] for name, plain_rows in walks(world, 0.0, 0.0).items() if name in _COLUMNS}
    log = walks(world, 0.0, 0.0)
    found = fit_further(
        plain, journey=log["journey"], spec=world.columns, customer_x=log["customer_x"], **rows
    )
    assert found is None
    assert plain.further_baseline(log["customer_x"][:1]).tolist() == plain.chain.tolist()


_COLUMNS = frozenset({"at", "phase", "treatment", "next_phase", "customer", "instant"})
