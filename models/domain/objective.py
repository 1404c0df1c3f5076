"""What is maximised, how much is tried, what a bundle must show.

Everything here is immutable and validated by the loader. The file itself: docs/reference/journey-file.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ExplorationMethod(StrEnum):
    """How a policy spreads its choice; all of them have exact probabilities."""

    INVERSE_GAP = "inverse_gap"
    THOMPSON = "thompson"
    NONE = "none"


class ArmPolicy(StrEnum):
    """What the customers of an arm get."""

    DEFAULT = "default"  # the learned policy
    RANDOM = "random"  # uniform over the eligible treatments
    PLAYBOOK = "playbook"  # the marketer's order
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTreatments:
    """How much is tried of treatments that are hardly known yet.

    A treatment with n decisions behind it is new by ``1 - n / until``, at least 0 (``until`` is the median
    treatment's number where that is less). ``share``: what all new
    ones of a decision get together while they are wholly new, neither less nor more, in [0, 0.5].
    """

    share: float = 0.05
    until: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """How much is tried that is not thought best.

    ``gamma``: per EUR; inverse gap weighting costs less than 1/gamma EUR a decision by the model's own
    account (docs/adr/0004-exploration-probabilities.md).
    ``floor``: uniform share over all eligible treatments, in [0, 1).
    ``at_most``: upper bound of the probability of all that is not thought best, in [0, 1].
    """

    method: ExplorationMethod = ExplorationMethod.INVERSE_GAP
    gamma: float = 1.0
    floor: float = 0.02
    at_most: float = 1.0
    new: NewTreatments = field(default_factory=NewTreatments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """How outcomes move propensities between two trainings.

    ``half_life_days``: after so long a decision counts half. ``evidence``: at most so many decisions is the
    model's own propensity worth against them; more is slower and calmer.
    """

    half_life_days: float = 14.0
    evidence: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """Which factors of the priority count.

    One that is switched off is neutral (1, or 0 EUR).
    """

    propensity: bool = True
    value: bool = True
    weight: bool = True
    lever: bool = True
    cost: bool = True
    journey: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBound:
    """The expected share of decisions in which an action comes first.

    ``price``: EUR taken off the action's rank (negative: put on), worked out by ``nba rehearse`` so that
    the bounds are met; a number in the file, so every decision says what it was.
    """

    at_least: float = 0.0
    at_most: float = 1.0
    price: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the business asks for beyond EUR, of marketing actions.

    Neutral when unset. ``minimum_propensity``: below it an action does not compete. ``minimum_gain``: the
    same, in EUR over doing nothing; None: no bound. ``shares``: action → bound.
    """

    minimum_propensity: float = 0.0
    minimum_gain: float | None = None
    shares: Mapping[str, ShareBound] = field(default_factory=dict)


class Unknown(StrEnum):
    """What becomes of a question that the data cannot answer."""

    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105 - a word, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """A second objective: what customers say of us next.

    In points of a score that events tell. ``fact``: the score, as rules call it (``csat``). ``window_days``:
    a decision may change the scores told within them. ``weight``: EUR that a point is worth in the rank;
    ``weights``: phase → the same there. ``largest_loss``: marketing that is expected to cost more points
    does not compete; None: no bound. ``when_unknown``: what becomes of marketing that is hardly known.
    """

    fact: str
    window_days: float = 30.0
    weight: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    largest_loss: float | None = None
    when_unknown: Unknown = Unknown.REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A share of the customers, by salted hash, who get ``policy``."""

    name: str
    share: float
    policy: ArmPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is maximised. ``horizon_days`` None means ``next``: the next phase entered, whenever.

    ``discount_per_year``: what one EUR in a year is worth today, in [0, 1]; 0: nothing counts beyond the
    horizon of this decision. ``pressure_price``: EUR that a contact is thought to cost later, because it
    tires, before any log is asked. ``levers``: action or group → factor on propensity × value.
    ``satisfaction`` None: money alone counts.
    """

    horizon_days: float | None = 14.0
    discount_per_year: float = 0.9
    pressure_price: float = 0.0
    levers: Mapping[str, float] = field(default_factory=dict)
    factors: Factors = field(default_factory=Factors)
    bounds: Bounds = field(default_factory=Bounds)
    satisfaction: Satisfaction | None = None
    exploration: Exploration = field(default_factory=Exploration)
    updates: Updates = field(default_factory=Updates)
    arms: tuple[Arm, ...] = (Arm(name="treatment", share=1.0, policy=ArmPolicy.DEFAULT),)
    arm_salt: str = "nba"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenDecision:
    """A customer for whom the right answer is known.

    Every bundle has to give it.

    ``expect``: one of them must rank first; empty: anything. ``never``: none of them may be a candidate.
    ``nothing`` is an action here. ``channels`` empty: all.
    """

    name: str
    phase: str
    channels: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    expect: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a bundle must show before it may decide.

    Attributes:
        calibration_propensity: largest expected calibration error on later decisions, all phases.
        calibration_next_phase: the same of the next phase.
        phase_factor: how many times as much is allowed in a single phase.
        phase_rows: phases with fewer later decisions are not judged on their own.
        gain_tolerance: how much less than the champion a bundle may earn, EUR per decision: the lower
            bound of the difference must be at least minus this.
        phase_tolerance: the same within a phase, where the upper bound must be at least minus this.
        when_unknown: what happens where the log cannot tell the gain.
        coverage_share: least share of customers with an eligible action, relative to the champion's.
        coverage_least: least share of them at all.
        drift_scores, drift_features: largest population stability index between training and later rows.
        golden_decisions: customers for whom the right answer is known.
    """

    calibration_propensity: float = 0.01
    calibration_next_phase: float = 0.02
    phase_factor: float = 2.0
    phase_rows: int = 1_000
    gain_tolerance: float = 0.0
    phase_tolerance: float = 0.0
    when_unknown: Unknown = Unknown.REFUSE
    coverage_share: float = 0.8
    coverage_least: float = 0.05
    drift_scores: float = 0.25
    drift_features: float = 0.5
    golden_decisions: tuple[GoldenDecision, ...] = ()
