"""What a planner who knows everything earns.

The upper limit, exact for each customer. Backward induction over phase, fatigue and warmth with the
customer's own taste, margin and attributes, the hidden ones too. No policy can be better on average, and none
that sees only records can quite reach it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.arrays import Floats, Floats32, Ints
from training.simulator.drawn.company import (
    DISCOUNT,
    FORWARD,
    LEAVE,
    LEVELS,
    WARMTH_FALLS,
    WARMTH_LANDS,
    Company,
    softmax,
)
from training.simulator.drawn.customers import (
    Customers,
    Standing,
    entry_value,
    move_probability,
    response_probability,
)

CHUNK: Final = 64
"""Customers at a time."""


class Planner:
    """Values of every state of every customer at every step."""

    def __init__(self, people: Customers) -> None:
        self._people = people
        chunks = [people.take(slice(k, k + CHUNK)) for k in range(0, people.n, CHUNK)]
        self._values = np.concatenate([_solve(chunk) for chunk in chunks], axis=-1)

    def value(self, standing: Standing, step: int) -> Floats:
        """EUR from here on, discounted, by the best choices; (n,)."""
        at = (step, standing.fatigue, standing.warmth, standing.phase, np.arange(self._people.n))
        return np.asarray(self._values[at], dtype=np.float64)

    def worth(self, standing: Standing, step: int, treatment: Ints) -> Floats:
        """EUR of ``treatment`` now and the best choices after; (n,). 0 for who has left."""
        people = self._people
        company, row = people.company, np.arange(people.n)
        left = standing.phase == company.phases
        inside = Standing(np.where(left, 0, standing.phase), standing.fatigue, standing.warmth)
        chance = response_probability(people, inside.fatigue, treatment)
        zero = np.zeros(people.n)
        moves = (1 - chance)[:, None] * move_probability(people, inside, treatment, zero)
        moves += chance[:, None] * move_probability(people, inside, treatment, zero + 1)
        total = -company.cost[treatment]
        expected = _expected(self._values[step + 1], company)
        tires, warms = company.tires[treatment].astype(int), company.warms[treatment]
        for k in range(4):
            target = company.destination[inside.phase, k]
            after = expected[tires, warms, inside.fatigue, inside.warmth, target, row]
            total = total + moves[:, k] * (entry_value(people, inside.phase, target) + DISCOUNT * after)
        return np.where(left, 0.0, total)


def _solve(people: Customers) -> Floats32:
    """(horizon + 1, fatigue, warmth, P + 1, n)."""
    company = people.company
    phases, n = company.phases, people.n
    values = np.zeros((company.horizon + 1, LEVELS, LEVELS, phases + 1, n), dtype=np.float32)
    per_phase = [_one_step(people, p) for p in range(phases)]
    barred = np.where(people.eligible.T, 0.0, -np.inf)
    tires, warms = company.tires.astype(int), company.warms
    for step in range(company.horizon - 1, -1, -1):
        expected = _expected(values[step + 1], company)
        for p, (moves, reward) in enumerate(per_phase):
            worth = reward + barred
            for k in range(4):
                after = expected[tires, warms, :, :, company.destination[p, k]]  # (A, fatigue, warmth, n)
                worth += DISCOUNT * moves[k] * after.transpose(1, 2, 0, 3)
            values[step, :, :, p] = worth.max(axis=2)
    return values


def _one_step(people: Customers, phase: int) -> tuple[Floats, Floats]:
    """P(alternative), (4, fatigue, warmth, A, n), and EUR at once, (fatigue, warmth, A, n)."""
    company = people.company
    fatigue = np.arange(LEVELS)[:, None, None, None]
    warmth = np.arange(LEVELS)[:, None, None]
    chances = [
        response_probability(people, np.full(people.n, f), np.full(people.n, a))
        for f in range(LEVELS)
        for a in range(company.treatments)
    ]
    chance = np.reshape(chances, (LEVELS, 1, company.treatments, people.n))
    felt = people.personal.T * company.felt[:, phase, None]
    moves = np.zeros((4, LEVELS, LEVELS, company.treatments, people.n))
    for responded, weight in ((0.0, 1 - chance), (1.0, chance)):
        logits = np.broadcast_to(company.base[phase], (*moves.shape[1:], 4)).copy()
        logits[..., FORWARD] += (
            people.pull[:, phase]
            + (company.direct[:, phase] + company.through[:, phase] * responded)[:, None]
            + felt * (0.5 + 0.5 * responded)
            + company.warm_effect[phase] * warmth
            - company.tiredness * fatigue
        )
        logits[..., LEAVE] += (
            company.leaving[:, phase, None] + 0.6 * company.tiredness * fatigue - 0.1 * warmth
        )
        moves += np.moveaxis(weight[..., None] * softmax(logits), -1, 0)
    reward = np.broadcast_to(-company.cost[:, None], moves.shape[1:]).copy()
    for k in range(4):
        here, target = np.full(people.n, phase), np.full(people.n, company.destination[phase, k])
        reward += moves[k] * entry_value(people, here, target)
    return moves, reward


def _expected(values: Floats32, company: Company) -> Floats:
    """Value at the next step before fatigue and warmth have changed.

    From (fatigue, warmth, P + 1, n) to (tires or not, levels warmed, fatigue, warmth, P + 1, n).
    """
    fatigue = fatigue_after(company.recovery)
    warmth = warmth_after()
    result: Floats = np.einsum("tfg,xwv,gvpn->txfwpn", fatigue, warmth, values, optimize=True)
    return result


def fatigue_after(recovery: float) -> Floats:
    """P(fatigue after | tired or not, fatigue before), (2, levels, levels)."""
    level = np.arange(LEVELS)
    chance = np.zeros((2, LEVELS, LEVELS))
    chance[1, level, np.minimum(level + 1, LEVELS - 1)] = 1.0
    np.add.at(chance[0], (level, np.maximum(level - 1, 0)), recovery)
    np.add.at(chance[0], (level, level), 1.0 - recovery)
    return chance


def warmth_after() -> Floats:
    """P(warmth after | levels warmed, warmth before), (3, levels, levels)."""
    chance = np.zeros((LEVELS, LEVELS, LEVELS))
    for warms in range(LEVELS):
        lands = WARMTH_LANDS if warms else 0.0
        for before in range(LEVELS):
            for falls, p in ((0, 1 - WARMTH_FALLS), (1, WARMTH_FALLS)):
                kept = max(before - falls, 0)
                chance[warms, before, min(kept + warms, LEVELS - 1)] += p * lands
                chance[warms, before, kept] += p * (1 - lands)
    return chance
