"""Scoring: what each treatment is worth in EUR, for any number of customers at once.

Knows the journey's values, costs and levers and asks an estimator for what to expect; knows nothing of
eligibility or choice. The service scores one customer, training and off-policy evaluation whole logs,
with the same function.

    Q(x, a) = p·v(a)·weight·lever - cost(a) + Σ P(phase' | x, a)·(entry value(phase') + γ^h·V(phase', x'))

where the entry value counts only on a move. Terms: docs/glossary.md.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.domain.decision import DecisionRequest
from models.domain.history import Codes, Ints, build_history, to_ms
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder, make_spec
from models.learned.features.situations import Situations
from models.policy.choice.playbook import Playbook
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.eligibility import Eligibility
from models.policy.eligibility.placements import SlotTable
from models.policy.scoring.estimates import Estimates, Estimator, LearnedEstimates
from models.policy.scoring.factors import Stakes
from models.policy.scoring.new_treatments import NewcomerEstimates, novelty, trained_codes
from models.policy.scoring.priors import PriorEstimates, believed
from models.policy.scoring.updates import PropensityUpdate, UpdatedEstimates

if TYPE_CHECKING:
    from models.bundle import Models

Floats = NDArray[np.float64]

_INTERVAL_WIDTH: Final = 2 * 1.6449  # of a 90 % interval, in standard deviations


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


class Engine:
    """A journey and a bundle's models, compiled once and asked many times. Immutable after that.

    ``evidence``: shape (P, T), the decisions that its propensities are worth. ``update``: what outcomes
    since the training changed, if there is any (``updated``).

    Args:
        models: None when there is no bundle: scores then come from the journey file's priors.
        bundle_id: what answers and the log carry.
        trained: the journey file that the models were trained with, if that is another one.

    Raises:
        FeatureMismatchError: the models' features cannot be built for ``journey``.
    """

    def __init__(
        self, journey: Journey, models: Models | None, bundle_id: str, trained: Journey | None = None
    ) -> None:
        self.journey = journey
        self.models = models
        self.bundle_id = bundle_id
        self.catalogue = Catalogue.of(journey)
        self.eligibility = Eligibility(journey, self.catalogue)
        self.playbook = Playbook(journey)
        self.slots = SlotTable(journey, self.catalogue)
        spec = make_spec(journey, None) if models is None else models.spec
        self.builder = FeatureBuilder(spec, journey)
        self.entry = np.array([phase.value for phase in journey.phases])
        self.trained = trained or journey
        self.stakes = Stakes.of(journey, self.catalogue)
        self.estimator: Estimator = PriorEstimates(journey)
        self.evidence = believed(journey)
        self.update: PropensityUpdate | None = None
        self.novelty = np.zeros(len(journey.treatments))
        if models is not None:
            codes = trained_codes(journey, self.trained)
            same = self.trained.treatments == journey.treatments
            self.novelty = novelty(journey, models, codes)
            known = models.response.evidence[:, np.maximum(codes, 0)]
            self.evidence = np.where(codes >= 0, known, self.evidence)
            self.estimator = (
                LearnedEstimates(models, self.builder)
                if same
                else NewcomerEstimates(models, self.builder, journey, codes)
            )

    def updated(self, update: PropensityUpdate) -> Engine:
        """This engine with ``update`` on top of its models; it must have none so far.

        What has been tried since the training is less new too. Shares everything else with this one.
        """
        engine = copy.copy(self)
        engine.update = update
        engine.estimator = UpdatedEstimates(self.estimator, update, self.evidence)
        tried = update.seen.sum(axis=0) / self.journey.objective.exploration.new.until
        engine.novelty = np.maximum(self.novelty - tried, 0.0)
        return engine

    def situate(self, request: DecisionRequest) -> Situations:
        """The one situation of ``request``: history, phase and attributes at its time.

        Raises:
            KeyError: never for a checked request; ``decide`` checks names first.
        """
        customer = request.customer
        stated = request.stated_phase
        return self.builder.situate(
            history=build_history(self.journey, [request.interactions]),
            customer=np.zeros(1, dtype=np.int64),
            instant=np.array([to_ms(request.decided_at)], dtype=np.int64),
            attributes=self.builder.attribute_matrix([customer.attributes]),
            time_zones=[customer.time_zone],
            stated_phase=None if stated is None else self._phase_code(stated),
        )

    def _phase_code(self, name: str) -> NDArray[np.int32]:
        return np.array([self.journey.phase_index[name]], dtype=np.int32)


def score(
    engine: Engine, situations: Situations, row: Ints, treatment: Ints, weight: Floats | None = None
) -> Scores:
    """Score candidates of one or many situations.

    Args:
        row: shape (m,). Which of the n situations a candidate belongs to.
        treatment: shape (m,). Position in ``engine.journey.treatments``.
        weight: shape (m,). The request's factor on propensity × value; None: 1.

    Returns:
        Scores in the order of the candidates. Doing nothing is scored for every situation, asked for
        or not, since ``over_nothing`` compares with it.
    """
    asked = len(row)
    base = np.full(len(situations.instant), -1, dtype=np.int64)
    nothing = (treatment == 0).nonzero()[0]
    base[row[nothing]] = nothing
    missing = (base < 0).nonzero()[0]
    if len(missing):
        base[missing] = np.arange(asked, asked + len(missing))
        row = np.concatenate([row, missing])
        treatment = np.concatenate([treatment, np.zeros(len(missing), dtype=treatment.dtype)])
        weight = None if weight is None else np.concatenate([weight, np.ones(len(missing))])
    estimates = engine.estimator.estimate(situations, row, treatment)
    return _in_eur(engine, situations, row, treatment, weight, estimates, base, asked)


def _in_eur(
    engine: Engine,
    situations: Situations,
    row: Ints,
    treatment: Ints,
    weight: Floats | None,
    estimates: Estimates,
    base: Ints,
    asked: int,
) -> Scores:
    """Applies values, costs and entry values to what is expected; keeps the first ``asked`` candidates."""
    stakes = engine.stakes
    stake = stakes.stake[treatment]
    weight = stakes.weights(weight)
    if weight is not None:
        stake = stake * weight
    cost = stakes.cost[treatment]
    gain = _gain(engine, situations.phase[row], estimates)
    immediate = stakes.response(estimates.propensity, treatment) * stake
    journey = (estimates.leads_to * gain).sum(axis=1)
    priority = immediate + journey - cost
    return Scores(
        propensity=estimates.propensity[:asked],
        low=estimates.low[:asked],
        high=estimates.high[:asked],
        evidence=estimates.evidence[:asked],
        immediate=immediate[:asked],
        journey=journey[:asked],
        cost=cost[:asked],
        priority=priority[:asked],
        over_nothing=(priority - priority[base[row]])[:asked],
        deviation=_deviation(estimates, stake * stakes.propensity, gain, journey)[:asked],
        leads_to=estimates.leads_to[:asked],
    )


def _gain(engine: Engine, phase: Codes, estimates: Estimates) -> Floats:
    """EUR of being in each phase at the horizon, shape (m, P): entry value if that is a move, and beyond."""
    if not engine.stakes.journey:
        return np.zeros_like(estimates.leads_to)
    gain: Floats = estimates.next_value + engine.entry
    gain[np.arange(len(phase)), phase] -= engine.entry[phase]
    return gain


def _deviation(estimates: Estimates, stake: Floats, gain: Floats, journey: Floats) -> Floats:
    """Standard deviation of the priority: of the propensity, and of the effect on the phases.

    The second part by the delta method: a change of one phase's logit by ε moves the journey part by
    ε·P(phase)·(gain(phase) - journey).
    """
    response = (estimates.high - estimates.low) / _INTERVAL_WIDTH * stake
    slope = estimates.leads_to * (gain - journey[:, None]) * estimates.shift_error
    deviation: Floats = np.sqrt(response * response + (slope * slope).sum(axis=1))
    return deviation
