"""What a policy truly earns.

Customers lived through under it, with the same chances for every policy. Common random numbers: population,
responses and moves are drawn from generators that do not depend on what a policy chooses, so that differences
between policies are theirs and not chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints
from training.simulator.log.log import look
from training.simulator.policies.policies import Policy, draw
from training.simulator.world.events import GrowingHistory
from training.simulator.world.world import World

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, kw_only=True, eq=False)
class Rollout:
    """One policy's result.

    ``eur``: (n,) EUR per year of each customer. ``nothing``: share of decisions.
    """

    policy: str
    eur: Floats
    nothing: float
    chosen: Ints

    @property
    def mean(self) -> float:
        """EUR per customer and year."""
        return float(self.eur.mean())

    @property
    def standard_error(self) -> float:
        """Of ``mean``."""
        return float(self.eur.std(ddof=1) / np.sqrt(len(self.eur)))


@dataclass(frozen=True, kw_only=True)
class Share:
    """A policy and its share of the gap.

    ``share``: the part of the gap between random and the planner that it closes.
    """

    policy: str
    eur: float
    eur_error: float
    share: float
    share_error: float
    nothing: float


def rollout(world: World, policy: Policy, n_customers: int, steps: int, rng: np.random.Generator) -> Rollout:
    """Live through ``steps`` decisions of ``n_customers`` under ``policy``.

    Generators with the same seed give every policy the same customers and the same chances.
    """
    people_rng, chance, touchpoints, choice = rng.spawn(4)
    state, events = world.start(world.people(n_customers, people_rng), people_rng)
    growing = GrowingHistory(n_customers, world.emission.touchpoints) if policy.reads_history else None
    total, nothing = np.zeros(n_customers), 0.0
    chosen = np.zeros(len(world.journey.treatments), dtype=np.int64)
    for step in range(steps):
        history = None
        if growing is not None:
            growing.append(events)
            history = growing.history()
        view = look(world, state, remaining=steps - step, history=history)
        treatment = draw(policy.probabilities(view), choice.random(n_customers))
        result = world.step(state, treatment, world.noise(n_customers, chance), touchpoints)
        events = result.events
        total += result.reward
        nothing += float((treatment == 0).mean())
        chosen += np.bincount(treatment, minlength=len(chosen))
    years = steps * world.file.step_days / DAYS_PER_YEAR
    return Rollout(policy=policy.name, eur=total / years, nothing=nothing / steps, chosen=chosen)


def compare(
    world: World,
    policies: Sequence[Policy],
    n_customers: int,
    steps: int,
    seed: int,
    *,
    progress: Callable[[str], None] = lambda policy: None,
) -> list[Rollout]:
    """Roll every policy out on the same customers and chances."""
    results = []
    for policy in policies:
        progress(policy.name)
        results.append(rollout(world, policy, n_customers, steps, np.random.default_rng(seed)))
    return results


def shares(
    results: Sequence[Rollout], worst: str = "random", best: str = "planner (sees the truth)"
) -> list[Share]:
    """Share of the gap between ``worst`` and ``best`` that each policy closes, with its standard error.

    The error of the ratio by the delta method on paired customers: of ``(policy - worst) - share (best -
    worst)``, over the gap.
    """
    by_name = {result.policy: result for result in results}
    low, high = by_name[worst].eur, by_name[best].eur
    gap = float((high - low).mean())
    rows = []
    for result in results:
        share = float((result.eur - low).mean()) / gap
        residual = (result.eur - low) - share * (high - low)
        error = float(residual.std(ddof=1)) / np.sqrt(len(low)) / abs(gap)
        rows.append(
            Share(
                policy=result.policy,
                eur=result.mean,
                eur_error=result.standard_error,
                share=share,
                share_error=float(error),
                nothing=result.nothing,
            )
        )
    return rows
