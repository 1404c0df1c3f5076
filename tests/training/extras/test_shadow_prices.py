"""The shadow price that training finds: what the logged days would have paid for one more contact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.bundle import Models
from models.policy.engine import Engine
from training.evaluation.off_policy.candidates import eligible
from training.extras.shadow_prices import shadow_prices
from training.fit.prepared import Prepared


def with_capacity(prepared: Prepared, capacity: int, price: float | None = None) -> Prepared:
    """Few mails a day; without need of consent, of which this log says nothing."""
    channels = tuple(
        replace(c, consent=None, daily_capacity=capacity, shadow_price=price) if c.name == "email" else c
        for c in prepared.journey.channels
    )
    return replace(prepared, journey=replace(prepared.journey, channels=channels))


def daily_demand(prepared: Prepared, models: Models, price: float) -> float:
    """Mails a day that would be best at a price, over the logged decisions."""
    engine = Engine(prepared.journey, models, "b")
    every = np.arange(len(prepared.rows))
    mask = eligible(prepared, engine, every)
    priority = np.full(mask.shape, -np.inf)
    row, treatment = np.nonzero(mask)
    priority[row, treatment] = engine.score(prepared.situations, row, treatment).priority
    mail = np.array([t.channel == "email" for t in prepared.journey.treatments])
    wanted = priority[:, mail].max(axis=1) - price > priority[:, ~mail].max(axis=1)
    days = np.ptp(prepared.rows.decided_at // 86_400_000) + 1
    return float(wanted.sum() / days)


def test_the_price_brings_demand_down_to_the_capacity(trained: tuple[Prepared, Models]) -> None:
    """Thirty decisions a day; at the learned price three want a mail, without it many more."""
    prepared, models = trained
    scarce = with_capacity(prepared, 3)

    price = shadow_prices(scarce, models, np.random.default_rng(0))["email"]

    assert price > 0.0
    assert daily_demand(scarce, models, 0.0) > 6.0
    assert 2.0 < daily_demand(scarce, models, price) <= 3.0
    assert daily_demand(scarce, models, price * 0.999) > 2.9


def test_where_all_can_be_served_a_contact_costs_nothing_extra(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    assert shadow_prices(with_capacity(prepared, 1_000), models, np.random.default_rng(0)) == {"email": 0.0}


def test_only_scarce_channels_without_a_stated_price_are_asked(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    assert shadow_prices(prepared, models, np.random.default_rng(0)) == {}
    assert shadow_prices(with_capacity(prepared, 3, 5.0), models, np.random.default_rng(0)) == {}
