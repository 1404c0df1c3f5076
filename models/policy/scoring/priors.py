"""What the journey file believes, in the form of estimates.

Knows the file's priors, phase rules and lapses; knows nothing learned. Its numbers are beliefs (their
evidence is 0 rows) and only good enough to be shown next to a playbook's choice.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.domain.actions import Action, Prior
from models.domain.journey import Journey
from models.learned.features.situations import Situations
from models.policy.scoring.estimates import Estimates
from models.statistics import DECIDED_90

UNKNOWN_PROPENSITY: Final = 0.05
"""Where neither the action nor any other states a propensity."""

_DRIFT: Final = 0.005  # P(within a horizon) of a move that some rule allows, when nothing is done
_REST: Final = 1e-3  # ... of any other move, so that a stated multiplier has something to multiply
_DEFAULT_HORIZON_DAYS: Final = 14.0
_BELIEF_DAYS: Final = 365.25  # how far ahead a belief is worth anything, on average


class PriorEstimates:
    """The journey file's priors as an estimator.

    Tables are made once; asking only looks up.
    """

    __slots__ = ("_high", "_leads_to", "_low", "_next_value", "_propensity")

    def __init__(self, journey: Journey) -> None:
        discount = horizon_discount(journey)
        priors = [_prior(journey, t.action) for t in journey.treatments]
        self._propensity = _propensities(journey, priors)
        weight = np.array([max(prior.weight, 1.0) for prior in priors])
        margin = DECIDED_90 * np.sqrt(self._propensity * (1.0 - self._propensity) / (weight + 1.0))
        self._low = np.maximum(self._propensity - margin, 0.0)
        self._high = np.minimum(self._propensity + margin, 1.0)
        base = baseline_chain(journey)
        moves = np.array([[p.moves.get(phase.name, 1.0) for phase in journey.phases] for p in priors])
        odds = base[:, None, :] * moves[None, :, :]
        self._leads_to = odds / odds.sum(axis=2, keepdims=True)
        self._next_value = discount * values_of_doing_nothing(journey, base, discount)

    def estimate(self, situations: Situations, row: Ints, treatment: Ints) -> Estimates:
        leads_to = self._leads_to[situations.phase[row], treatment]
        return Estimates(
            propensity=self._propensity[treatment],
            low=self._low[treatment],
            high=self._high[treatment],
            evidence=np.zeros(len(treatment)),
            leads_to=leads_to,
            next_value=np.broadcast_to(self._next_value, leads_to.shape),
            shift_error=np.zeros_like(leads_to),
        )


def believed(journey: Journey) -> Floats:
    """What the file's beliefs weigh, shape (P, T), in decisions."""
    weight = np.array([_prior(journey, treatment.action).weight for treatment in journey.treatments])
    return np.tile(weight, (len(journey.phases), 1))


def horizon_discount(journey: Journey) -> float:
    """γ^h: what one EUR at the horizon is worth now."""
    days = journey.objective.horizon_days or _DEFAULT_HORIZON_DAYS
    return float(journey.objective.discount_per_year ** (days / 365.0))


def baseline_chain(journey: Journey) -> Floats:
    """P(phase at the horizon | phase) when nothing is done, shape (P, P), as far as the file tells it.

    A lapse after d days happens within a horizon of h days with probability 1 - exp(-h / d); each phase
    that a rule can lead to gets a small share; the rest stays.
    """
    size = len(journey.phases)
    chain = np.full((size, size), _REST)
    for rule in journey.phase_rules:
        sources = rule.from_phases or tuple(journey.phase_index)
        chain[[journey.phase_index[name] for name in sources], journey.phase_index[rule.to]] = _DRIFT
    horizon = journey.objective.horizon_days or _DEFAULT_HORIZON_DAYS
    for index, phase in enumerate(journey.phases):
        if phase.lapse is not None:
            to = journey.phase_index[phase.lapse.to]
            chain[index, to] = max(chain[index, to], 1.0 - np.exp(-horizon / phase.lapse.after_days))
    np.fill_diagonal(chain, 0.0)
    np.fill_diagonal(chain, np.maximum(1.0 - chain.sum(axis=1), _REST))
    result: Floats = chain / chain.sum(axis=1, keepdims=True)
    return result


def values_of_doing_nothing(journey: Journey, chain: Floats, discount: float) -> Floats:
    """Discounted EUR of entering phases from each phase on, shape (P,), along ``chain``.

    Beliefs are not trusted indefinitely: on top of ``discount`` (of one horizon) the chain breaks off after
    a year on average.
    """
    entry = np.array([phase.value for phase in journey.phases])
    moves = chain * (1.0 - np.eye(len(entry)))
    horizon = journey.objective.horizon_days or _DEFAULT_HORIZON_DAYS
    step = discount * np.exp(-horizon / _BELIEF_DAYS)
    for code in journey.phases_paid_once:
        entry[code] = 0.0
    values: Floats = np.linalg.solve(np.eye(len(entry)) - step * chain, moves @ entry)
    for code in journey.phases_paid_once:
        values = values + journey.phases[code].value * _first_entry(chain, step, code)
    return values


def _first_entry(chain: Floats, step: float, phase: int) -> Floats:
    """Discounted chance to enter a phase for the first time, shape (P,), per EUR; 0 from within."""
    elsewhere = np.arange(len(chain)) != phase
    inner = chain[np.ix_(elsewhere, elsewhere)]
    found = np.zeros(len(chain))
    found[elsewhere] = np.linalg.solve(np.eye(len(inner)) - step * inner, chain[elsewhere, phase])
    return found


def _prior(journey: Journey, name: str) -> Prior:
    action: Action | None = None
    if name in journey.action_index:
        action = journey.actions[journey.action_index[name]]
    return Prior(propensity=0.0) if action is None else action.prior


def _propensities(journey: Journey, priors: list[Prior]) -> Floats:
    """Stated propensities; where none is stated, the mean of those that are."""
    stated = [action.prior.propensity for action in journey.actions if action.prior.propensity is not None]
    usual = float(np.mean(stated)) if stated else UNKNOWN_PROPENSITY
    return np.array([usual if prior.propensity is None else prior.propensity for prior in priors])
