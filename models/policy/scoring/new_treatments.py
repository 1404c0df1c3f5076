"""Treatments that the models have never seen.

Knows two journey files (the one the models were trained with and the one that decides) and the models'
own counts of decisions; knows nothing of choice. A new treatment is scored as the mean of like treatments
with no evidence of its own, so it is neither best nor worst by default.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.arrays import Floats, Ints
from models.bundle import Models
from models.domain.actions import Treatment
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder
from models.learned.features.situations import Situations
from models.policy.scoring.estimates import Estimates, LearnedEstimates
from models.statistics import DECIDED_90


def trained_codes(journey: Journey, trained: Journey) -> Ints:
    """Code of each treatment of ``journey`` in ``trained``, shape (T,).

    -1: it was not there.
    """
    return np.array([trained.treatment_index.get((t.action, t.channel), -1) for t in journey.treatments])


def novelty(journey: Journey, models: Models, codes: Ints) -> Floats:
    """How new each treatment is, shape (T,): 1 never taken, 0 taken ``exploration.new.until`` times.

    Or as often as the median treatment, where that is less: as long as little is known of any, none is
    newer than the others. Doing nothing and service messages are never new.
    """
    actions = [journey.action_index.get(t.action) for t in journey.treatments]
    marketing = np.array([i is not None and journey.actions[i].purpose == "marketing" for i in actions])
    if not marketing.any():
        return np.zeros(len(actions))
    seen = np.where(codes >= 0, models.response.rows.sum(axis=0)[codes], 0.0)
    until = min(journey.objective.exploration.new.until, float(np.median(seen[marketing])))
    new = np.maximum(1.0 - seen / until, 0.0) if until > 0.0 else np.zeros(len(seen))
    return np.asarray(new * marketing)


def like_treatments(journey: Journey, codes: Ints, new_treatment: int) -> Ints:
    """Codes of the known treatments that are most like ``new_treatment``; at least doing nothing."""
    known = [i for i in range(1, len(codes)) if codes[i] >= 0]
    own = journey.treatments[new_treatment]
    group, purpose = _traits(journey, own)
    rings: tuple[Callable[[Treatment], bool], ...] = (
        lambda t: group is not None and _traits(journey, t)[0] == group and t.channel == own.channel,
        lambda t: _traits(journey, t)[1] == purpose and t.channel == own.channel,
        lambda t: _traits(journey, t)[1] == purpose,
    )
    for ring in rings:
        alike = [i for i in known if ring(journey.treatments[i])]
        if alike:
            return np.array(alike)
    return np.array(known or [0])


class NewTreatmentEstimates:
    """Estimates for a journey file with treatments that models do not know."""

    __slots__ = ("_codes", "_journey", "_known", "_likes")

    def __init__(self, models: Models, builder: FeatureBuilder, journey: Journey, codes: Ints) -> None:
        self._journey = journey
        self._codes = codes
        self._known = LearnedEstimates(models, builder, journey, np.maximum(codes, 0))
        new_treatments = np.flatnonzero(codes < 0).tolist()
        self._likes = {code: like_treatments(journey, codes, code) for code in new_treatments}

    def estimate(self, situations: Situations, row: Ints, treatment: Ints) -> Estimates:
        new = np.flatnonzero(self._codes[treatment] < 0)
        if not len(new):
            return self._known.estimate(situations, row, treatment)
        groups = [np.append(self._likes[int(treatment[i])], 0) for i in new]
        sizes = [len(group) for group in groups]
        known = treatment.copy()
        known[new] = 0
        estimates = self._known.estimate(
            situations,
            np.concatenate([row, np.repeat(row[new], sizes)]),
            np.concatenate([known, *groups]),
        )
        first = len(row)
        for place, size in zip(new.tolist(), sizes, strict=True):
            self._take(estimates, place, slice(first, first + size - 1), int(treatment[place]))
            first += size
        return _head(estimates, len(row))

    def _take(self, estimates: Estimates, place: int, likes: slice, new_treatment: int) -> None:
        """Write a new treatment's estimates to ``place``; what stands there is doing nothing's."""
        name = self._journey.treatments[new_treatment].action
        prior = self._journey.actions[self._journey.action_index[name]].prior
        value = float(estimates.propensity[likes].mean()) if prior.propensity is None else prior.propensity
        margin = DECIDED_90 * np.sqrt(value * (1.0 - value) / (prior.weight + 1.0))
        estimates.propensity[place], estimates.evidence[place] = value, 0.0
        estimates.low[place], estimates.high[place] = max(value - margin, 0.0), min(value + margin, 1.0)
        estimates.next_value[place] = estimates.next_value[likes].mean(axis=0)
        spread = estimates.leads_to[likes].std(axis=0)
        estimates.shift_error[place] = estimates.shift_error[likes].max(axis=0) + spread
        if (learned := estimates.learned) is not None:
            like = learned.beyond[likes]
            learned.beyond[place] = like.mean()
            learned.deviation[place] = learned.deviation[likes].max() + like.std()
        if prior.moves:
            moves = np.array([prior.moves.get(phase.name, 1.0) for phase in self._journey.phases])
            odds = estimates.leads_to[place] * moves
            estimates.leads_to[place] = odds / odds.sum()
        else:
            estimates.leads_to[place] = estimates.leads_to[likes].mean(axis=0)


def _traits(journey: Journey, treatment: Treatment) -> tuple[str | None, str]:
    """Group and purpose."""
    action = journey.actions[journey.action_index[treatment.action]]
    return action.group, action.purpose.value


def _head(estimates: Estimates, size: int) -> Estimates:
    return Estimates(
        propensity=estimates.propensity[:size],
        low=estimates.low[:size],
        high=estimates.high[:size],
        evidence=estimates.evidence[:size],
        leads_to=estimates.leads_to[:size],
        next_value=estimates.next_value[:size],
        shift_error=estimates.shift_error[:size],
        learned=None if estimates.learned is None else estimates.learned.head(size),
    )
