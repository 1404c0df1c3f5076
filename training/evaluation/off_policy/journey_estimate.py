"""Journey value over k decisions.

What another policy would have earned with k decisions in a row. Knows journeys of k logged decisions, one a
customer, and what a target policy would do at each of them; knows nothing of how either policy came about.
Every journey has exactly k decisions: a customer with more of them counts no more than another, so that the
value cannot grow because somebody lived longer.

A decision's weight is the product of the ratios so far, so the evidence melts away with every decision: it
is reported for each, and where it is gone the estimate is refused, with the longest journey that it carries.

Estimators: ``wpdis``, self-normalised per-decision importance sampling, and ``wdr``, the weighted doubly
robust one, which adds a model's V and Q and stays consistent when they are wrong.

Sources: Precup, Sutton, Singh, "Eligibility Traces for Off-Policy Policy Evaluation", ICML 2000; Thomas and
Brunskill, "Data-Efficient Off-Policy Policy Evaluation for Reinforcement Learning", ICML 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats
from training.evaluation.off_policy.bootstrap import RESAMPLES, Estimate, ratio_intervals
from training.evaluation.off_policy.off_policy import (
    LARGEST_SHARE_OF_ONE_ROW,
    MINIMUM_EFFECTIVE_SAMPLE,
    WEIGHT_TOLERANCE,
    LoggedDataError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedJourneys:
    """Journeys of k decisions each, c of them.

    One journey a customer, in the order of time.

    Attributes:
        reward: shape (c, k). What followed each decision, discounted to the first one.
        logged: shape (c, k). Probability of the logged treatment under the logging policy; NaN where the
            log has none.
        target: shape (c, k). Probability that the target policy takes the logged treatment.
        q: shape (c, k). A model's value of the logged treatment and of all that follows under the target.
        v: shape (c, k). The same, of the treatments that the target would take. Both from models that
            were fitted on other customers; both or neither.
    """

    reward: Floats
    logged: Floats
    target: Floats
    q: Floats | None = None
    v: Floats | None = None

    def __post_init__(self) -> None:
        arrays = [a for a in (self.reward, self.logged, self.target, self.q, self.v) if a is not None]
        shapes = {a.shape for a in arrays}
        if len(shapes) != 1 or self.reward.ndim != 2 or not self.reward.size:
            raise LoggedDataError(f"journeys must have one common shape (c, k), got {sorted(shapes)}.")
        if (self.q is None) != (self.v is None):
            raise LoggedDataError("q and v go together; give both or neither.")
        if not all(np.isfinite(a).all() for a in arrays if a is not self.logged):
            raise LoggedDataError("rewards, targets and model values of journeys must be finite.")
        if ((self.logged <= 0) | (self.logged > 1)).any() or (
            (self.target < 0) | (self.target > 1.000001)
        ).any():
            raise LoggedDataError(
                "logged probabilities must be in (0, 1] and target probabilities in [0, 1]; "
                "a treatment that was taken cannot have had probability zero."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyPolicyValue:
    """What can be said of a policy's journeys.

    Per decision: effective sample size and mean weight. ``estimates``: reward of a whole journey of
    ``decisions`` decisions; none where ``refused`` says why.
    """

    estimates: dict[str, Estimate]
    decisions: int
    journeys: int
    effective_sample_size: tuple[float, ...]
    mean_weight: tuple[float, ...]
    refused: tuple[str, ...]


def evaluate_journeys(
    log: LoggedJourneys, rng: np.random.Generator, resamples: int = RESAMPLES
) -> JourneyPolicyValue:
    """Estimate what the target policy earns over the journeys' decisions, or refuse.

    Args:
        log: the journeys.
        rng: draws the bootstrap weights of customers.
        resamples: of customers, for the intervals.

    Returns:
        Estimates ``wpdis`` and, with a model, ``wdr``.
    """
    weight = _weight(log)
    refused = objections(log)
    estimates = {} if refused else _estimates(log, weight, rng, resamples)
    if not refused and not estimates:
        refused = ("too little evidence: whole decisions have no weight in many resamples of the customers",)
    return JourneyPolicyValue(
        estimates=estimates,
        decisions=weight.shape[1],
        journeys=len(weight),
        effective_sample_size=tuple(_effective(weight).tolist()),
        mean_weight=tuple(weight.mean(axis=0).tolist()),
        refused=refused,
    )


def _weight(log: LoggedJourneys) -> Floats:
    """The product of the ratios up to each decision, (c, k); unknown probabilities weigh nothing."""
    unknown = np.isnan(log.logged)
    ratio = np.where(unknown, 0.0, log.target / np.where(unknown, 1.0, log.logged))
    return np.cumprod(ratio, axis=1).astype(np.float64)


def _effective(weight: Floats) -> Floats:
    """(Σw)²/Σw² of each decision: shape (k,)."""
    squares = (weight**2).sum(axis=0)
    result: Floats = weight.sum(axis=0) ** 2 / np.where(squares > 0, squares, 1.0)
    return result


def objections(log: LoggedJourneys) -> tuple[str, ...]:
    """Why the log cannot answer, in words; none where it can. A model of rewards plays no part."""
    weight = _weight(log)
    effective = _effective(weight)
    unknown = int(np.isnan(log.logged).sum())
    if unknown:
        return (
            f"not identifiable: {unknown} of {log.logged.size} decisions have no action probability, so what "
            "other treatments would have led to cannot be told from who was chosen for them",
        )
    if (log.logged == 1.0).all() and not (log.target == 1.0).all():
        return ("not identifiable: the logging policy never explored (every probability is one)",)
    decisions = weight.shape[1]
    thin = effective < MINIMUM_EFFECTIVE_SAMPLE
    if thin.any():
        carried = int(thin.argmax())
        return (
            f"too little evidence: over {carried + 1} of {decisions} decisions the weights leave an "
            f"effective sample of {effective[carried]:.0f} journeys, at least {MINIMUM_EFFECTIVE_SAMPLE:.0f} "
            f"are needed; this log carries {_decisions(carried)}",
        )
    share = weight.max(axis=0) / weight.sum(axis=0)
    if (share > LARGEST_SHARE_OF_ONE_ROW).any():
        carried = int((share > LARGEST_SHARE_OF_ONE_ROW).argmax())
        return (
            f"one journey carries {share[carried]:.0%} of all weight over {carried + 1} decisions (at most "
            f"{LARGEST_SHARE_OF_ONE_ROW:.0%}): the answer would be that customer's luck",
        )
    error = weight.std(axis=0) / np.sqrt(len(weight))
    off = np.abs(weight.mean(axis=0) - 1.0) > np.maximum(WEIGHT_TOLERANCE * error, 1e-9)
    if off.any():
        place = int(off.argmax())
        return (
            f"the weights over {place + 1} decisions average {weight.mean(axis=0)[place]:.2f} and should "
            "average 1: the logged probabilities are not those of the policy that made the log, or the "
            "target leaves what the log covers",
        )
    return ()


def _decisions(number: int) -> str:
    return "not even one decision" if not number else f"{number} decision{'s' if number > 1 else ''}"


def _estimates(
    log: LoggedJourneys, weight: Floats, rng: np.random.Generator, resamples: int
) -> dict[str, Estimate]:
    """Both estimators are sums over decisions of ratios of sums over customers."""
    before = np.hstack((np.ones((len(weight), 1)), weight[:, :-1]))
    ratios = {"wpdis": (weight * log.reward, weight)}
    if log.q is not None and log.v is not None:
        above = np.hstack((weight * (log.reward - log.q), before * log.v))
        ratios["wdr"] = (above, np.hstack((weight, before)))
    intervals = ratio_intervals(ratios, rng, resamples)
    return {name: estimate for name, estimate in intervals.items() if estimate is not None}
