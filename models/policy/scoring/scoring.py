"""What each treatment is worth in EUR.

Knows the journey's values, costs and levers and asks an estimator for what to expect; knows nothing of
eligibility or choice. The service scores one customer, training and off-policy evaluation whole logs,
with the same function: ``Engine.score``.

    Q(x, a) = p·v(a)·weight·lever - cost(a) + Σ P(phase' | x, a)·(entry value(phase') + γ^h·V(phase', x'))

where the entry value counts only on a move. Where a bundle has learned what treatments add directly in money
(``models/learned/advantage``), the sum is that of doing nothing plus what the treatment adds to it beyond its
response, p·v(a) as it was learned. Terms: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from models import kernel
from models.arrays import Codes, Floats, Ints, Mask
from models.learned.features.situations import Situations
from models.learned.value.paid_entries import paid_entries
from models.policy.scoring.estimates import Estimates, Estimator, LearnedEstimates
from models.policy.scoring.factors import TreatmentFactors
from models.policy.scoring.one_situation import Stakes
from models.policy.scoring.updates import UpdatedEstimates
from models.statistics import DECIDED_90

_INTERVAL_WIDTH: Final = 2 * DECIDED_90  # of a 90 % interval, in standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores of m candidates; money in EUR.

    Attributes:
        propensity, low, high, evidence: shape (m,). P(positive response), 90 % interval, rows behind it.
        immediate: shape (m,). propensity × value × weight × lever.
        journey: shape (m,). Entry values and discounted journey values of where the treatment leads.
        cost: shape (m,).
        priority: shape (m,). immediate + journey - cost.
        over_nothing: shape (m,). Priority minus that of doing nothing in the same situation.
        deviation: shape (m,). Standard deviation of the priority, from the intervals.
        leads_to: shape (m, P). Phase at the horizon → probability.
    """

    propensity: Floats
    low: Floats
    high: Floats
    evidence: Floats
    immediate: Floats
    journey: Floats
    cost: Floats
    priority: Floats
    over_nothing: Floats
    deviation: Floats
    leads_to: Floats

    def parts(self, sizes: Sequence[int]) -> Iterator[Scores]:
        """The scores of so many candidates each, one after the other."""
        columns = [getattr(self, name) for name in _NAMES]
        first = 0
        for size in sizes:
            own = slice(first, first + size)
            yield Scores(**{n: c[own] for n, c in zip(_NAMES, columns, strict=True)})
            first += size


_NAMES: Final = tuple(field.name for field in fields(Scores))
_LEARNED: Final = (LearnedEstimates, UpdatedEstimates)


def score(
    estimator: Estimator,
    factors: TreatmentFactors,
    situations: Situations,
    row: Ints,
    treatment: Ints,
    weight: Floats | None = None,
) -> Scores:
    """Score candidates of one or many situations.

    Args:
        row: shape (m,). Which of the n situations a candidate belongs to.
        treatment: shape (m,). Position in the treatments of the journey.
        weight: shape (m,). The request's factor on propensity × value; None: 1.

    Returns:
        Scores in the order of the candidates. Doing nothing is scored for every situation, asked for
        or not, since ``over_nothing`` compares with it.
    """
    requested = len(row)
    if kernel.native is not None and _is_one_decision(situations, treatment, factors):
        return _of_one(factors, situations, row, treatment, weight, estimator)
    base = np.full(len(situations.instant), -1, dtype=np.int64)
    nothing = (treatment == 0).nonzero()[0]
    base[row[nothing]] = nothing
    missing = (base < 0).nonzero()[0]
    if len(missing):
        base[missing] = np.arange(requested, requested + len(missing))
        row = np.concatenate([row, missing])
        treatment = np.concatenate([treatment, np.zeros(len(missing), dtype=treatment.dtype)])
        weight = None if weight is None else np.concatenate([weight, np.ones(len(missing))])
    estimates = estimator.estimate(situations, row, treatment)
    return _in_eur(factors, situations, row, treatment, weight, estimates, base, requested)


def _is_one_decision(situations: Situations, treatment: Ints, factors: TreatmentFactors) -> bool:
    """Whether the candidates are of one situation, and doing nothing is the first of them and only there."""
    return (
        len(situations) == 1
        and len(treatment) > 0
        and not treatment.item(0)
        and np.count_nonzero(treatment) == len(treatment) - 1
        and len(factors.entry) <= kernel.MOST_PHASES
    )


def _of_one(
    factors: TreatmentFactors,
    situations: Situations,
    row: Ints,
    treatment: Ints,
    weight: Floats | None,
    estimator: Estimator,
) -> Scores:
    """The same as ``_in_eur`` for one decision, by the compiled kernel."""
    paid = paid_entries(factors.once, situations.phases_reached)
    entry = factors.entry if paid is None else np.where(paid[0], 0.0, factors.entry)
    if isinstance(estimator, _LEARNED):
        stakes = Stakes(
            factors.stake, factors.cost, entry, factors.weights(weight), factors.propensity,
            factors.journey, _INTERVAL_WIDTH,
        )  # fmt: skip
        found = estimator.of_one_in_eur(situations, row, treatment, stakes)
        if found is not None:
            return Scores(**dict(zip(_NAMES, (*found[0], found[1]), strict=True)))
    estimates = estimator.estimate(situations, row, treatment)
    treatment = np.ascontiguousarray(treatment, dtype=np.int64)
    stake, cost = factors.stake.take(treatment), factors.cost.take(treatment)
    weight = factors.weights(weight)
    if weight is not None:
        stake = stake * weight
    learned, out = estimates.learned, np.empty((5, len(treatment)))
    kernel.native.candidates_in_eur(
        treatment, estimates.propensity, estimates.low, estimates.high, estimates.leads_to,
        np.ascontiguousarray(estimates.next_value), estimates.shift_error,
        None if learned is None else learned.beyond, None if learned is None else learned.deviation,
        stake, cost, entry, int(situations.phase[0]), factors.propensity, factors.journey,
        _INTERVAL_WIDTH, out,
    )  # fmt: skip
    immediate, journey, priority, over_nothing, deviation = out
    return Scores(
        propensity=estimates.propensity,
        low=estimates.low,
        high=estimates.high,
        evidence=estimates.evidence,
        immediate=immediate,
        journey=journey,
        cost=cost,
        priority=priority,
        over_nothing=over_nothing,
        deviation=deviation,
        leads_to=estimates.leads_to,
    )


def _in_eur(
    factors: TreatmentFactors,
    situations: Situations,
    row: Ints,
    treatment: Ints,
    weight: Floats | None,
    estimates: Estimates,
    base: Ints,
    requested: int,
) -> Scores:
    """Applies values, costs and entry values to what is expected.

    Keeps the first ``requested`` ones.
    """
    stake = factors.stake[treatment]
    weight = factors.weights(weight)
    if weight is not None:
        stake = stake * weight
    cost = factors.cost[treatment]
    immediate = factors.response(estimates.propensity, treatment) * stake
    journey, deviation = _journey(factors, situations, row, base, estimates)
    response = (estimates.high - estimates.low) / _INTERVAL_WIDTH * (stake * factors.propensity)
    deviation = np.sqrt(response * response + deviation)
    priority = immediate + journey - cost
    return Scores(
        propensity=estimates.propensity[:requested],
        low=estimates.low[:requested],
        high=estimates.high[:requested],
        evidence=estimates.evidence[:requested],
        immediate=immediate[:requested],
        journey=journey[:requested],
        cost=cost[:requested],
        priority=priority[:requested],
        over_nothing=(priority - priority[base[row]])[:requested],
        deviation=deviation[:requested],
        leads_to=estimates.leads_to[:requested],
    )


def _journey(
    factors: TreatmentFactors, situations: Situations, row: Ints, base: Ints, estimates: Estimates
) -> tuple[Floats, Floats]:
    """EUR of where candidates lead, and its variance: of the effect on the phases, or of that in money."""
    learned, phase = estimates.learned, situations.phase
    paid = paid_entries(factors.once, situations.phases_reached)
    if learned is None or not factors.journey:
        of_row = None if paid is None else paid[row]
        gain = _gain(factors, phase[row], estimates.next_value, of_row)
        journey: Floats = (estimates.leads_to * gain).sum(axis=1)
        return journey, _shift_variance(estimates, gain, journey)
    gain = _gain(factors, phase, estimates.next_value[base], paid)
    nothing = (estimates.leads_to[base] * gain).sum(axis=1)
    return nothing[row] + learned.beyond, learned.deviation * learned.deviation


def _gain(factors: TreatmentFactors, phase: Codes, next_value: Floats, paid: Mask | None) -> Floats:
    """EUR of being in each phase at the horizon, shape (m, P): entry value if that is a move, and beyond.

    ``paid``: shape (m, P). Phases that pay nothing any more; None: all pay each time.
    """
    if not factors.journey:
        return np.zeros_like(next_value)
    rows = np.arange(len(phase))
    if paid is None:
        gain: Floats = next_value + factors.entry
        gain[rows, phase] -= factors.entry[phase]
        return gain
    entry = np.where(paid, 0.0, factors.entry)
    entry[rows, phase] = 0.0
    return np.asarray(next_value + entry)


def _shift_variance(estimates: Estimates, gain: Floats, journey: Floats) -> Floats:
    """Variance by the delta method.

    A change of one phase's logit by ε moves the journey part by ε·P(phase)·(gain(phase) - journey).
    """
    slope = estimates.leads_to * (gain - journey[:, None]) * estimates.shift_error
    variance: Floats = (slope * slope).sum(axis=1)
    return variance
