"""Let customers of a drawn company live.

To make its log, and to measure what a policy truly earns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from models.arrays import Floats, Floats32, Ints, Mask
from training.simulator.drawn.company import DISCOUNT, LEVELS, WARMTH_FALLS, WARMTH_LANDS, Company
from training.simulator.drawn.customers import (
    Customers,
    Standing,
    draw_customers,
    entry_value,
    move_probability,
    response_probability,
)
from training.simulator.drawn.planner import Planner
from training.simulator.drawn.policies import Logging, Policy
from training.simulator.drawn.records import Records, View, draw, join, state_phase


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One decision of all customers. ``reward``: EUR earned, cost not taken off."""

    standing: Standing
    view: View
    probabilities: Floats
    treatment: Ints
    responded: Mask
    reward: Floats
    after: View


def live(people: Customers, policy: Policy, rng: np.random.Generator) -> Iterator[Step]:
    """Every step of a journey; who has left gets nothing."""
    company, n = people.company, people.n
    chance, choice = rng.spawn(2)
    standing = Standing(people.phase.copy(), np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64))
    records = Records(people, state_phase(company, standing.phase, standing.phase, chance))
    view = records.view()
    for _ in range(company.horizon):
        left = standing.phase == company.phases
        probabilities = policy.probabilities(view)
        treatment = np.where(left, 0, draw(probabilities, choice))
        responded, after, reward = _happens(people, standing, treatment, chance)
        stated = state_phase(company, view.phase, after.phase, chance)
        records.add(treatment, responded, stated)
        seen = records.view()
        yield Step(
            standing=standing, view=view, probabilities=probabilities, treatment=treatment,
            responded=responded, reward=reward, after=seen,
        )  # fmt: skip
        standing, view = after, seen


def _happens(
    people: Customers, standing: Standing, treatment: Ints, rng: np.random.Generator
) -> tuple[Mask, Standing, Floats]:
    """Response, next standing and reward. As many numbers are drawn whatever is chosen."""
    company, n = people.company, people.n
    left = standing.phase == company.phases
    inside = Standing(np.where(left, 0, standing.phase), standing.fatigue, standing.warmth)
    u = rng.random((5, n))
    responded = ~left & (u[0] < response_probability(people, inside.fatigue, treatment))
    moves = move_probability(people, inside, treatment, responded.astype(np.float64))
    move = (u[1][:, None] >= np.cumsum(moves, axis=1)[:, :3]).sum(axis=1)
    phase = np.where(left, company.phases, company.destination[inside.phase, move])
    reward = np.where(left, 0.0, entry_value(people, inside.phase, phase))
    kept = np.maximum(standing.warmth - (u[2] < WARMTH_FALLS), 0)
    warmth = np.minimum(kept + company.warms[treatment] * (u[3] < WARMTH_LANDS), LEVELS - 1)
    rested = np.maximum(standing.fatigue - (u[4] < company.recovery), 0)
    fatigue = np.where(company.tires[treatment], np.minimum(standing.fatigue + 1, LEVELS - 1), rested)
    return responded, Standing(phase, fatigue, warmth), reward


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnLog:
    """Decisions of customers who had not left, step by step. k rows.

    Attributes:
        company: for what a company knows of itself: costs, channels, names of phases.
        customer: (k,). view, after: what was seen at the decision, and at the next.
        probabilities: (k, A) of the logging policy, exact. treatment: (k,).
        reward: (k,) EUR, cost not taken off. responded, left: (k,).
    """

    company: Company
    customer: Ints
    view: View
    after: View
    probabilities: Floats32
    treatment: Ints
    responded: Mask
    reward: Floats
    left: Mask

    @property
    def n(self) -> int:
        return len(self.customer)

    def take(self, index: Any) -> DrawnLog:
        """Some rows."""
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        rows: dict[str, Any] = {}
        for name, column in kept.items():
            if name != "company":
                rows[name] = column.take(index) if isinstance(column, View) else column[index]
        return DrawnLog(company=self.company, **rows)


def make_log(company: Company, customers: int, seed: int, policy: Policy | None = None) -> DrawnLog:
    """The log of ``customers`` journeys under the company's own policy."""
    rng = np.random.default_rng([company.seed % 2**32, seed, 1])
    people = draw_customers(company, customers, rng)
    parts: list[dict[str, Any]] = []
    for step in live(people, policy or Logging(company), rng):
        there = np.flatnonzero(step.standing.phase < company.phases)
        parts.append(
            {
                "customer": there,
                "view": step.view.take(there),
                "after": step.after.take(there),
                "probabilities": step.probabilities[there].astype(np.float32),
                "treatment": step.treatment[there],
                "responded": step.responded[there],
                "reward": step.reward[there],
                "left": step.after.phase[there] == company.phases,
            }
        )
    columns: dict[str, Any] = {
        name: join([part[name] for part in parts])
        if name in ("view", "after")
        else np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }
    return DrawnLog(company=company, **columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What a policy earns.

    ``eur``: (n,) per customer, discounted. ``contacts``: share of decisions.
    """

    eur: Floats
    contacts: float

    @property
    def mean(self) -> float:
        return float(self.eur.mean())


class Evaluator:
    """New customers of a company, the same for every policy.

    With the planner's values for them.
    """

    def __init__(self, company: Company, customers: int, seed: int) -> None:
        self.company = company
        self._seed = [company.seed % 2**32, seed, 2]
        self.people = draw_customers(company, customers, np.random.default_rng(self._seed))
        self._planner = Planner(self.people)
        nobody = np.zeros(customers, dtype=np.int64)
        self.best = self._planner.value(Standing(self.people.phase, nobody, nobody), 0)

    def measure(self, policy: Policy, repeats: int = 2) -> Measured:
        """EUR of a policy as the planner's minus the regret of every choice.

        The same mean as adding up rewards, by the performance difference lemma, with far less chance in it.
        """
        regret, contacts, decisions = np.zeros(self.people.n), 0, 0
        for repeat in range(repeats):
            rng = np.random.default_rng([*self._seed, repeat])
            for k, step in enumerate(live(self.people, policy, rng)):
                best = self._planner.value(step.standing, k)
                chosen = self._planner.worth(step.standing, k, step.treatment)
                regret += DISCOUNT**k * (best - chosen) / repeats
                there = step.standing.phase < self.company.phases
                contacts += int((there & (step.treatment > 0)).sum())
                decisions += int(there.sum())
        return Measured(eur=self.best - regret, contacts=contacts / max(decisions, 1))

    def earn(self, policy: Policy, seed: int) -> Floats:
        """EUR per customer as it comes, discounted, costs taken off; for those who distrust ``measure``."""
        total = np.zeros(self.people.n)
        for k, step in enumerate(live(self.people, policy, np.random.default_rng([*self._seed, seed]))):
            total += DISCOUNT**k * (step.reward - self.company.cost[step.treatment])
        return total
