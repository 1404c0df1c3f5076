"""Records of a world of accounts, and what policies earn there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats
from training.simulator.accounts.policies import AccountPolicy, Random
from training.simulator.accounts.records import Records
from training.simulator.accounts.world import begin, live


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Earned:
    """One policy's result: EUR of each account, and contacts per account."""

    policy: str
    eur: Floats
    contacts: float


def simulate_records(n_accounts: int, weeks: int, rng: np.random.Generator) -> Records:
    """The records of a company that says anything to anybody, each person decided for by themselves."""
    accounts, records, policy = begin(n_accounts, rng), Records(n_accounts), Random()
    records.signs_before(accounts.phase)
    for week in range(weeks):
        chances = policy.probabilities(accounts)
        chosen = policy.choose(accounts, records, rng)
        drawn = np.take_along_axis(chances, chosen[:, :, None], axis=2)[:, :, 0]
        result = live(accounts, chosen, rng)
        records.add(week, chosen, drawn, result, accounts.phase)
    return records


def earn(policy: AccountPolicy, n_accounts: int, weeks: int, seed: int) -> Earned:
    """Live through ``weeks``; the same seed gives every policy the same accounts and chances."""
    people, chances, choices = np.random.default_rng(seed).spawn(3)
    accounts, records = begin(n_accounts, people), Records(n_accounts)
    records.signs_before(accounts.phase)
    eur, contacts = np.zeros(n_accounts), 0
    for week in range(weeks):
        chosen = policy.choose(accounts, records, choices)
        result = live(accounts, chosen, chances)
        records.add(week, chosen, None, result, accounts.phase)
        eur += result.reward
        contacts += int((chosen > 0).sum())
    return Earned(policy=policy.name, eur=eur, contacts=contacts / n_accounts)
