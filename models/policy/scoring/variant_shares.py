"""How often each variant of an action's texts is shown.

By what came of them: the share of a variant is the chance that its response rate is the highest (Thompson
sampling with its probabilities written down), and never below a floor, so that each keeps being tried. Rates
are those of all phases and bundles together: a text is the same under each model. Counts in, shares out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from models.arrays import Floats
from models.domain.journey import Journey
from models.policy.scoring.response_delays import Delays, ResponseCount

VariantShares = Mapping[tuple[str, str | None], Mapping[str, float]]
"""Action and channel → variant → share."""

LEAST_SHARE: Final = 0.05
"""Below which no variant falls."""

_POINTS: Final = 4_001
_WIDTH: Final = 8.0  # standard deviations on both sides of every rate


def variant_shares(journey: Journey, counts: Sequence[ResponseCount]) -> VariantShares:
    """The shares of variants of which something is known, in the order of the journey's treatments.

    Args:
        counts: of any bundle. A decision counts as far as it could have been answered by now, older ones are
            forgotten by half-lives, as for propensities.
    """
    told = [count for count in counts if count.variant is not None]
    if not told:
        return {}
    delays, half_life = Delays.of(journey, counts), journey.objective.updates.half_life_days * 24.0
    seen: dict[tuple[str, str | None], dict[str, Floats]] = {}
    for count in told:
        answerable = delays.answered_by(count.action, count.channel, count.age_hours)
        came = count.delay_hours is not None and answerable > 0.0
        weight = 0.5 ** (count.age_hours / half_life) * count.number
        rates = seen.setdefault((count.action, count.channel), {})
        rates[str(count.variant)] = rates.get(str(count.variant), np.zeros(2)) + weight * np.array(
            [answerable, float(came)]
        )
    shares = {}
    for treatment in journey.treatments[1:]:
        key = (treatment.action, treatment.channel)
        names = list(journey.actions[journey.action_index[treatment.action]].variants)
        rows = np.array([seen.get(key, {}).get(name, np.zeros(2)) for name in names]).reshape(-1, 2)
        if rows.any():
            shares[key] = dict(zip(names, _shares(rows[:, 0], rows[:, 1]), strict=True))
    return shares


def _shares(decisions: Floats, responses: Floats) -> list[float]:
    """Chances of being best above the floor, in whole percents."""
    best = chance_of_best(decisions, responses)
    return [round(LEAST_SHARE + (1.0 - LEAST_SHARE * len(best)) * chance, 2) for chance in best.tolist()]


def chance_of_best(decisions: Floats, responses: Floats) -> Floats:
    """The chance that each rate is the highest.

    Beta posteriors; the prior is worth one response at the rate of all together.

    Args:
        decisions, responses: shape (k,). At least 0; fractions are allowed.

    Returns:
        Shape (k,), with the sum 1.

    Example:
        >>> chance_of_best(np.array([900.0, 900.0]), np.array([30.0, 60.0])).round(2).tolist()
        [0.0, 1.0]
    """
    rate = (responses.sum() + 1.0) / (max(decisions.sum(), responses.sum()) + 2.0)
    yes = 1.0 + responses
    no = (1.0 - rate) / rate + np.maximum(decisions - responses, 0.0)
    centre, spread = np.log(yes / no), np.sqrt(1.0 / yes + 1.0 / no)
    x = np.linspace((centre - _WIDTH * spread).min(), (centre + _WIDTH * spread).max(), _POINTS)
    log_density = yes[:, None] * -np.logaddexp(0.0, -x) + no[:, None] * -np.logaddexp(0.0, x)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    density /= density.sum(axis=1, keepdims=True)
    below = np.cumsum(density, axis=1) - 0.5 * density
    chances = [
        float(density[one] @ np.delete(below, one, axis=0).prod(axis=0)) for one in range(len(density))
    ]
    return np.asarray(np.array(chances) / sum(chances))
