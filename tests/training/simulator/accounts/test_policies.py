"""Policies keep to roles and limits; the planner is the best of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.journey_file import parse_journey
from models.policy.engine import Engine
from training.simulator.accounts.policies import Learned, Nothing, Planner, Random, open_to
from training.simulator.accounts.records import Records
from training.simulator.accounts.world import LAST, ROLES, begin

JOURNEY = Path(__file__).parents[4] / "examples" / "rollout" / "journey.yaml"


def test_who_was_contacted_a_week_ago_rests() -> None:
    accounts = begin(1, np.random.default_rng(1))
    accounts.week, accounts.last_contact[0] = 3, [2, 1, -9, -9]

    assert open_to(accounts)[0, :, 1:].any(axis=1).tolist() == [False, True, True, True]
    assert open_to(accounts)[:, :, 0].all()


def test_random_draws_as_often_as_it_says() -> None:
    accounts, policy = begin(20_000, np.random.default_rng(2)), Random(share=0.3)
    chances = policy.probabilities(accounts)
    chosen = policy.choose(accounts, Records(20_000), np.random.default_rng(3))

    assert np.allclose(chances.sum(axis=2), 1.0)
    counted = np.stack([(chosen == code).mean(axis=0) for code in range(chances.shape[2])], axis=1)
    assert np.abs(counted - chances[0]).max() < 0.015


def test_per_account_at_most_one_person_is_spoken_to() -> None:
    engine = Engine(parse_journey(JOURNEY.read_bytes(), "journey.yaml"), None, "none")
    accounts, records = begin(25, np.random.default_rng(4)), Records(25)
    records.signs_before(accounts.phase)
    rng = np.random.default_rng(5)

    together = Learned(engine, "together", together=True).choose(accounts, records, rng)
    alone = Learned(engine, "alone", together=False).choose(accounts, records, rng)

    assert (together > 0).sum(axis=1).max() <= 1
    assert ((together == 0) | (together == alone)).all()


def test_the_planner_speaks_to_the_role_that_the_phase_waits_for() -> None:
    accounts = begin(LAST + 1, np.random.default_rng(6))
    accounts.phase = np.arange(LAST + 1)

    chosen = Planner(26).choose(accounts, Records(LAST + 1), np.random.default_rng(7))

    spoken = [ROLES[int(row.argmax())] if row.any() else None for row in chosen]
    assert spoken == ["user", "user", "technical", "technical", "buyer", "decider", None]
    assert not Nothing().choose(accounts, Records(LAST + 1), np.random.default_rng(8)).any()
