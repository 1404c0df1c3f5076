"""What to expect of a treatment, before any EUR.

Knows how to ask the learned models; knows nothing of costs, weights or choice. Without models the
journey file's own beliefs answer through the same interface (``priors.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from models import kernel
from models.arrays import Floats, Floats32, Ints
from models.bundle import Models
from models.domain.journey import Journey
from models.learned.advantage.contacts import ContactReader
from models.learned.advantage.stated_phases import StatedPhases
from models.learned.features.builder import FeatureBuilder
from models.learned.features.situations import Situations
from models.learned.transition.effects import softmax
from models.policy.scoring.one_situation import OneSituation, Stakes


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedGain:
    """For m candidates, EUR.

    Attributes:
        beyond: shape (m,). Effect over doing nothing, less what its response is expected to bring by itself.
        deviation: shape (m,). Standard error of the effect.
    """

    beyond: Floats
    deviation: Floats

    def head(self, size: int) -> LearnedGain:
        """The first ``size`` candidates."""
        return LearnedGain(beyond=self.beyond[:size], deviation=self.deviation[:size])


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """For m candidates and P phases.

    Attributes:
        propensity, low, high, evidence: shape (m,). P(positive response), its 90 % interval, rows behind it.
        leads_to: shape (m, P). Phase at the horizon; rows sum to one.
        next_value: shape (m, P). Journey value of being in that phase then, discounted to now, EUR.
        shift_error: shape (m, P). Standard error of what the treatment shifts, on the logit of each phase.
        learned: what treatments add in money, where that was learned directly; None: phases alone tell it.
    """

    propensity: Floats
    low: Floats
    high: Floats
    evidence: Floats
    leads_to: Floats
    next_value: Floats
    shift_error: Floats
    learned: LearnedGain | None = None


class Estimator(Protocol):
    """Anything that estimates what candidates will do.

    ``row``: into situations; ``treatment``: codes.
    """

    def estimate(self, situations: Situations, row: Ints, treatment: Ints) -> Estimates: ...


class LearnedEstimates:
    """Asks the models of a bundle.

    Features once a customer, both scores in one call each.

    Args:
        journey: the file that decides.
        codes: shape (T,). The models' code of each treatment of the journey that decides; None: the same.
    """

    def __init__(
        self, models: Models, builder: FeatureBuilder, journey: Journey, codes: Ints | None = None
    ) -> None:
        self._models = models
        self._builder = builder
        self._codes = codes
        self._reader: ContactReader | None = None
        self._stated: StatedPhases | None = None
        if (own := models.advantage) is not None:
            self._reader = ContactReader(models.spec, journey, own.treatments, own.channels, own.step_days)
            if own.believed is not None:
                self._stated = StatedPhases(builder.machine, own.step_days)

    def estimate(self, situations: Situations, row: Ints, treatment: Ints) -> Estimates:
        phase = situations.phase
        customer_x = situations.customer_x
        if customer_x is None:
            customer_x = self._builder.customer_features(situations)
        candidate_x = self._builder.candidate_features(situations, row, treatment)
        if self._codes is not None:
            treatment = self._codes[treatment]
        if kernel.native is not None and len(situations) == 1 and (one := self._one) is not None:
            return self._of_one(one, situations, customer_x, candidate_x, row, treatment)
        response = self._models.response.propensity(
            customer_x=customer_x, candidate_x=candidate_x, row=row, phase=phase, treatment=treatment
        )
        transition = self._models.transition
        value = self._models.value
        baseline = transition.baseline(customer_x, phase)
        next_value = value.next_values(customer_x, row, phase, treatment)
        return Estimates(
            propensity=response.value,
            low=response.low,
            high=response.high,
            evidence=response.evidence,
            leads_to=transition.probabilities(baseline, row, phase, treatment),
            next_value=next_value * value.discount[phase[row], None],
            shift_error=transition.standard_errors[phase[row], treatment],
            learned=self._learned(situations, customer_x, baseline, row, treatment, response.value),
        )

    @cached_property
    def _one(self) -> OneSituation | None:
        return OneSituation.of(self._models)

    def of_one_in_eur(
        self, situations: Situations, row: Ints, treatment: Ints, stakes: Stakes
    ) -> tuple[Floats, Floats] | None:
        """``OneSituation.figures`` of the candidates of a single situation; None: they need NumPy."""
        one = self._one
        if one is None or self._codes is not None or self._models.advantage is not None:
            return None
        code, customer_x = int(situations.phase[0]), situations.customer_x
        if customer_x is None:
            customer_x = self._builder.customer_features(situations)
        candidate_x = self._builder.candidate_features(situations, row, treatment)
        baseline, worth = one.outlook.of(customer_x, code)
        log_odds = one.log_odds(code, customer_x, candidate_x, treatment)
        return one.figures(code, treatment, log_odds, baseline, worth, stakes)

    def _of_one(
        self,
        one: OneSituation,
        situations: Situations,
        customer_x: Floats32,
        candidate_x: Floats32,
        row: Ints,
        treatment: Ints,
    ) -> Estimates:
        """The same for the candidates of a single situation, by the compiled kernel."""
        code = int(situations.phase[0])
        baseline, worth = one.outlook.of(customer_x, code)
        log_odds = one.log_odds(code, customer_x, candidate_x, treatment)
        figures, leads_to = one.chances(code, treatment, log_odds, baseline)
        propensity = figures[0]
        return Estimates(
            propensity=propensity,
            low=figures[1],
            high=figures[2],
            evidence=figures[3],
            leads_to=leads_to,
            next_value=worth.take((treatment != 0).view(np.int8), axis=0),
            shift_error=one.shift_error[code].take(treatment, axis=0),
            learned=self._learned(situations, customer_x, baseline, row, treatment, propensity),
        )

    def _learned(
        self,
        situations: Situations,
        customer_x: Floats32,
        baseline: Floats,
        row: Ints,
        treatment: Ints,
        propensity: Floats,
    ) -> LearnedGain | None:
        own = self._models.advantage
        if own is None or self._reader is None:
            return None
        phase = situations.phase
        stated = None if self._stated is None else self._stated.read(situations)
        contacts = self._reader.read(situations)
        effect, deviation = own.effects(contacts, customer_x, phase, softmax(baseline), stated)
        return LearnedGain(
            beyond=effect[row, treatment] - propensity * own.value[treatment],
            deviation=deviation[row, treatment],
        )
