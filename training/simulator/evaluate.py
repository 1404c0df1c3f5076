"""How much of what is possible a policy earns.

Every baseline, a bundle, and the planner in one world. Knows which policies are compared; the numbers come
from ``rollout.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.policy.engine import Engine
from training.simulator.log.log import Log, simulate_log
from training.simulator.policies.learned_policy import LearnedPolicy, RankBy
from training.simulator.policies.planner import Planner
from training.simulator.policies.policies import (
    DoNothing,
    LoggingPolicy,
    MostPopular,
    PlaybookPolicy,
    Policy,
    RandomEligible,
)
from training.simulator.rollout import Share, compare, shares
from training.simulator.world.world import World

LOG_FOR_POPULARITY = 2000
"""Customers in the log from which the most popular treatments are counted."""


def baselines(world: World, rng: np.random.Generator) -> list[Policy]:
    """Everything that needs no model."""
    log = simulate_log(world, LOG_FOR_POPULARITY, round(13 * world.file.step_days), rng)
    return [
        DoNothing(),
        RandomEligible(),
        MostPopular(_positives(log)),
        LoggingPolicy(world.journey, world.file.logging),
        PlaybookPolicy(world.journey),
    ]


def _positives(log: Log) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Positive responses per treatment."""
    journey = log.world.journey
    counts = np.zeros(len(journey.treatments))
    for code, outcome in enumerate(journey.outcomes):
        for t, treatment in enumerate(journey.treatments):
            if t and outcome.name in journey.positive_outcomes(treatment.action):
                counts[t] += np.count_nonzero((log.outcome == code) & (log.treatment == t))
    return counts


def rankings(engine: Engine) -> list[Policy]:
    """The followers made from a bundle's models, and ours."""
    return [LearnedPolicy(engine, by) for by in (RankBy.RESPONSE, RankBy.IMMEDIATE, RankBy.PRIORITY)]


def evaluate(
    world: World,
    engine: Engine | None,
    *,
    customers: int = 4000,
    steps: int = 26,
    seed: int = 1,
    progress: Callable[[str], None] = lambda policy: None,
) -> list[Share]:
    """What each policy truly earns in ``world``, and the share of the random-to-planner gap that it closes.

    Args:
        engine: of a bundle trained on a log of this world; None: baselines alone.
        customers: who were not in the log: a population of their own, drawn with ``seed``.
    """
    population, popularity = np.random.SeedSequence(seed).spawn(2)
    policies: list[Policy] = baselines(world, np.random.default_rng(popularity))
    policies += [] if engine is None else rankings(engine)
    policies.append(Planner(world))
    number = int(population.generate_state(1)[0])
    return shares(compare(world, policies, customers, steps, number, progress=progress))


def as_text(rows: Sequence[Share]) -> str:
    """The comparison as a table."""
    lines = [f"{'policy':28}{'EUR a customer-year':>22}{'share of the gap':>20}{'did nothing':>14}"]
    for row in rows:
        eur = f"{row.eur:.1f} ± {row.eur_error:.1f}"
        share = f"{row.share:.2f} ± {row.share_error:.2f}"
        lines.append(f"{row.policy:28}{eur:>22}{share:>20}{row.nothing:>14.0%}")
    return "\n".join(lines)
