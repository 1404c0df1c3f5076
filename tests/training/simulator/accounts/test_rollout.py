"""The same seed gives every policy the same accounts and chances; who knows the truth earns most."""

from __future__ import annotations

import numpy as np

from training.simulator.accounts.policies import Nothing, Planner, Random
from training.simulator.accounts.rollout import earn, simulate_records


def test_the_planner_earns_more_than_chance_and_silence() -> None:
    earned = {p.name: earn(p, 400, 16, 7).eur.mean() for p in (Random(), Nothing(), Planner(16))}

    assert earned["planner (sees the truth)"] > 3 * max(earned["random"], earned["do nothing"])


def test_the_same_seed_earns_the_same() -> None:
    one, other = (earn(Random(), 50, 5, 7) for _ in range(2))

    assert one.eur.tolist() == other.eur.tolist()
    assert one.contacts == other.contacts


def test_records_hold_every_decision_with_its_probability() -> None:
    records = simulate_records(10, 4, np.random.default_rng(1))

    assert len(records.decided) == 10 * 4 * 4
    assert all(0 < row[3] <= 1 for row in records.decided)
