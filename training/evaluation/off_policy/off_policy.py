"""Off-policy evaluation of another policy.

What it would have earned, from the decisions that one policy logged. Knows rewards, logged action
probabilities and what a target policy would do; knows nothing of how either policy came about. An estimate
comes with its interval and with what can be said against it, or not at all: `evaluate` refuses where the log
cannot answer, and says in words why.

Estimators: direct method (DM), inverse propensity weighting (IPS), its self-normalised form (SNIPS) and the
doubly robust one (DR). A model's own estimate (DM) is never reported alone.

Sources: Dudík, Langford, Li, "Doubly Robust Policy Evaluation and Learning", ICML 2011; Swaminathan and
Joachims, "The Self-Normalized Estimator for Counterfactual Learning", NeurIPS 2015.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.errors import NBAError
from training.evaluation.off_policy.bootstrap import (
    RESAMPLES,
    Estimate,
    mean_intervals,
    ratio_intervals,
    sums_by_customer,
)

MINIMUM_EFFECTIVE_SAMPLE: Final = 100.0
LARGEST_SHARE_OF_ONE_ROW: Final = 0.05
WEIGHT_TOLERANCE: Final = 4.0  # standard errors by which the mean weight may miss one


class LoggedDataError(NBAError):
    """Logged decisions cannot be what they claim to be.

    Their shapes or probabilities say so.
    """

    code = "LOGGED_DATA_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDecisions:
    """Decisions of one policy, and of a target policy.

    What the target would have done in the same situations.

    Attributes:
        customer: shape (n,). Who; rows of one customer are resampled together.
        reward: shape (n,). EUR (or any unit) that followed the logged treatment.
        logged: shape (n,). Probability of the logged treatment under the logging policy, in (0, 1]; NaN
            where the log has none.
        target: shape (n,). Probability that the target policy takes the logged treatment, in [0, 1].
        model_logged: shape (n,). A model's expected reward of the logged treatment; optional.
        model_target: shape (n,). The model's expected reward under the target policy; optional. For DR
            both must come from models that were fitted on other customers (cross-fitting).
    """

    customer: Ints
    reward: Floats
    logged: Floats
    target: Floats
    model_logged: Floats | None = None
    model_target: Floats | None = None

    def __post_init__(self) -> None:
        optional = [a for a in (self.model_logged, self.model_target) if a is not None]
        shapes = {a.shape for a in (self.customer, self.reward, self.logged, self.target, *optional)}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise LoggedDataError(f"columns must have one common shape (n,), got {sorted(shapes)}.")
        if len(optional) == 1:
            raise LoggedDataError("model_logged and model_target go together; give both or neither.")
        if not (np.isfinite(self.reward).all() and np.isfinite(self.target).all()):
            raise LoggedDataError("reward and target must be finite; drop or impute such rows and say so.")
        bad = int((~np.isnan(self.logged) & ~((self.logged > 0) & (self.logged <= 1))).sum())
        if bad:
            raise LoggedDataError(
                f"{bad} of {len(self.logged)} logged probabilities are outside (0, 1]; "
                "a treatment that was taken cannot have had probability zero."
            )
        if ((self.target < 0) | (self.target > 1 + 1e-9)).any():
            raise LoggedDataError("target probabilities must be in [0, 1].")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """What can be said of a target policy from this log.

    ``refused`` is empty where the estimates may be used; otherwise it says in words why not, and there
    are no estimates. ``effective_sample_size``: (Σw)²/Σw². ``overlap``: share of the logged decisions
    that the target policy could have made. ``mean_weight`` estimates one; far from it, the logged
    probabilities are wrong or a few rows carry everything.
    """

    estimates: dict[str, Estimate]
    decisions: int
    customers: int
    effective_sample_size: float
    largest_weight: float
    overlap: float
    mean_weight: float
    refused: tuple[str, ...]


def evaluate(log: LoggedDecisions, rng: np.random.Generator, resamples: int = RESAMPLES) -> PolicyValue:
    """Estimate the target policy's value with every estimator that the log supports, or refuse.

    Args:
        log: the decisions.
        rng: draws the bootstrap weights.
        resamples: of customers, for the intervals.

    Returns:
        Estimates named ``ips``, ``snips`` and, with a model, ``dr`` and ``dm``; none where refused.
    """
    return evaluate_all({"": log}, rng, resamples)[""]


def evaluate_all(
    logs: Mapping[str, LoggedDecisions], rng: np.random.Generator, resamples: int = RESAMPLES
) -> dict[str, PolicyValue]:
    """``evaluate`` of several target policies, their intervals from the same draws of customers.

    Args:
        logs: the same decisions with other targets.
        rng: draws the bootstrap weights.
        resamples: of customers, for the intervals.
    """
    results = {name: _without_estimates(log) for name, log in logs.items()}
    sums = {
        (name, estimator): pair
        for name, log in logs.items()
        if not results[name].refused
        for estimator, pair in _ratios(log).items()
    }
    intervals = ratio_intervals(sums, rng, resamples)
    for (name, estimator), estimate in intervals.items():
        if estimate is not None:
            results[name].estimates[estimator] = estimate
    return results


def _weight(log: LoggedDecisions) -> Floats:
    """How much more often the target takes the logged treatment; unknown probabilities weigh nothing."""
    unknown = np.isnan(log.logged)
    return np.where(unknown, 0.0, log.target / np.where(unknown, 1.0, log.logged))


def _without_estimates(log: LoggedDecisions) -> PolicyValue:
    """All that is said of a target but for what it would have earned."""
    weight = _weight(log)
    total, squares = float(weight.sum()), float((weight**2).sum())
    diagnostics = {
        "decisions": len(weight),
        "customers": len(np.unique(log.customer)),
        "effective_sample_size": total**2 / squares if squares else 0.0,
        "largest_weight": float(weight.max(initial=0.0)),
        "overlap": float((weight > 0).mean()) if len(weight) else 0.0,
        "mean_weight": float(weight.mean()) if len(weight) else 0.0,
    }
    refused = tuple(_objections(log, weight, diagnostics["effective_sample_size"]))
    return PolicyValue(estimates={}, refused=refused, **diagnostics)  # type: ignore[arg-type]


def _objections(log: LoggedDecisions, weight: Floats, effective: float) -> list[str]:
    unknown = int(np.isnan(log.logged).sum())
    if unknown:
        return [
            f"not identifiable: {unknown} of {len(weight)} decisions have no action probability, so what "
            "other treatments would have earned cannot be told from who was chosen for them"
        ]
    if not weight.any():
        return ["not identifiable: the target policy never takes a treatment that the log took (no overlap)"]
    objections = []
    if (log.logged == 1.0).all() and not (log.target == 1.0).all():
        objections.append("not identifiable: the logging policy never explored (every probability is one)")
    if effective < MINIMUM_EFFECTIVE_SAMPLE:
        objections.append(
            f"too little evidence: the weights leave an effective sample of {effective:.0f} decisions, "
            f"at least {MINIMUM_EFFECTIVE_SAMPLE:.0f} are needed"
        )
    share = float(weight.max() / weight.sum())
    if share > LARGEST_SHARE_OF_ONE_ROW:
        objections.append(
            f"one decision carries {share:.0%} of all weight (at most {LARGEST_SHARE_OF_ONE_ROW:.0%}): "
            "the answer would be that decision's luck"
        )
    surplus = sums_by_customer(log.customer, (weight - 1.0)[:, None]).ravel()
    error = float(np.sqrt((surplus**2).sum()) / len(weight))  # of the mean weight, by customer blocks
    if abs(float(weight.mean()) - 1.0) > max(WEIGHT_TOLERANCE * error, 1e-9) and not objections:
        objections.append(
            f"the weights average {weight.mean():.2f} and should average 1: the logged probabilities are "
            "not those of the policy that made the log, or the target leaves what the log covers"
        )
    return objections


def _ratios(log: LoggedDecisions) -> dict[str, tuple[Floats, Floats]]:
    """Every estimator is a ratio of sums over customers: numerator and denominator of each, (c, 1) both."""
    weight = _weight(log)
    ones = np.ones_like(weight)
    ratios = {"ips": (weight * log.reward, ones), "snips": (weight * log.reward, weight)}
    if log.model_logged is not None and log.model_target is not None:
        ratios["dr"] = (log.model_target + weight * (log.reward - log.model_logged), ones)
        ratios["dm"] = (log.model_target, ones)
    columns = np.column_stack([column for pair in ratios.values() for column in pair])
    sums = sums_by_customer(log.customer, columns)
    return {name: (sums[:, [2 * i]], sums[:, [2 * i + 1]]) for i, name in enumerate(ratios)}


def difference(
    ours: LoggedDecisions, theirs: LoggedDecisions, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Estimate:
    """``differences`` from one other policy."""
    return differences(ours, {"": theirs}, rng, resamples)[""]


def differences(
    ours: LoggedDecisions,
    theirs: Mapping[str, LoggedDecisions],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> dict[str, Estimate]:
    """What our policy earns more than others, doubly robust and paired: what both do alike cancels.

    Args:
        ours, theirs: the same decisions with other targets, each with a model; none may be one that
            ``evaluate`` refuses.
        rng: draws the bootstrap weights.
        resamples: of customers, for the interval.

    Raises:
        LoggedDataError: the decisions are not the same, or there is no model.
    """
    gains = {name: row_gains(ours, other) for name, other in theirs.items()}
    return mean_intervals(ours.customer, gains, rng, resamples)


def row_gains(ours: LoggedDecisions, theirs: LoggedDecisions) -> Floats:
    """What ``differences`` is the mean of: of each decision, shape (n,)."""
    models = [a for log in (ours, theirs) if (a := log.model_target) is not None]
    same = np.array_equal(ours.customer, theirs.customer) and np.array_equal(ours.reward, theirs.reward)
    if len(models) < 2 or ours.model_logged is None or not same or np.isnan(ours.logged).any():
        raise LoggedDataError("a difference needs the same decisions, with probabilities and a model, twice.")
    surprise = (ours.target - theirs.target) / ours.logged * (ours.reward - ours.model_logged)
    return models[0] - models[1] + surprise
