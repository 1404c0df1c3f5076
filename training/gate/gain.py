"""Gain over the champion.

Doubly robust, paired on the same decisions, so that what both do alike cancels. Each decision contributes
what the reward model expects of the difference, plus the weighted surprise of what really followed. Where
both choose the same treatment it contributes nothing, so the interval is that of the differences alone. The
method refuses where the log cannot tell. Sources: see ``off_policy``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints, Mask
from training.evaluation.off_policy.bootstrap import Estimate, mean_interval, sums_by_customer
from training.evaluation.off_policy.off_policy import (
    LARGEST_SHARE_OF_ONE_ROW,
    MINIMUM_EFFECTIVE_SAMPLE,
    WEIGHT_TOLERANCE,
)
from training.evaluation.off_policy.rare_rewards import TOO_FEW, effective_events
from training.rows.rows import DecisionRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What the new bundle earns more than the champion, per decision.

    ``estimate``: None where refused; ``refused``: why, in words. ``differ``: share of the decisions in
    which the two choose differently. ``rows``: decisions compared.
    """

    estimate: Estimate | None
    refused: str | None
    differ: float
    rows: int


def paired_gain(
    rows: DecisionRows,
    ours: Ints,
    theirs: Ints,
    expected: Floats,
    rng: np.random.Generator,
    resamples: int,
    part: Mask | None = None,
) -> Gain:
    """Estimate the difference of two deterministic policies.

    Args:
        rows: n logged decisions with reward and action probability.
        ours, theirs: shape (n,). Treatment that each would have taken.
        expected: shape (n, T). Reward that a model expects of every treatment, fitted on other rows.
        rng: draws the bootstrap weights of customers.
        part: shape (n,). Only these rows; None: all.
    """
    use = np.ones(len(rows), dtype=bool) if part is None else part
    n, differ = int(use.sum()), float((ours != theirs)[use].mean()) if use.any() else 0.0
    if not differ:
        same = Estimate(value=0.0, low=0.0, high=0.0)
        return Gain(estimate=same, refused=None, differ=0.0, rows=n)
    each = np.flatnonzero(use)
    treatment, probability = rows.treatment[each], rows.action_probability[each]
    took = (treatment == ours[each]).astype(np.float64) - (treatment == theirs[each])
    weight = took / probability
    reason = _objection(rows.customer[each], weight, probability) or _too_few_rewards(
        rows.customer[each], weight, rows.reward[each]
    )
    if reason is not None:
        return Gain(estimate=None, refused=reason, differ=differ, rows=n)
    gain = row_differences(rows, ours, theirs, expected)[each]
    estimate = mean_interval(rows.customer[each], gain, rng, resamples)
    return Gain(estimate=estimate, refused=None, differ=differ, rows=n)


def row_differences(rows: DecisionRows, ours: Ints, theirs: Ints, expected: Floats) -> Floats:
    """What ``paired_gain`` is the mean of: of each decision, shape (n,); very noisy each."""
    each = np.arange(len(rows))
    took = (rows.treatment == ours).astype(np.float64) - (rows.treatment == theirs)
    surprise = rows.reward - expected[each, rows.treatment]
    gain: Floats = expected[each, ours] - expected[each, theirs] + took / rows.action_probability * surprise
    return gain


def _too_few_rewards(customer: Ints, weight: Floats, reward: Floats) -> str | None:
    """Where rewards are rare a handful of them decides; a log without any judges costs alone."""
    income = np.maximum(reward, 0.0)
    events = effective_events(customer, np.abs(weight), income)
    if events >= TOO_FEW or not income.any():
        return None
    return (
        f"the decisions in which they differ brought rewards of {events:.0f} effective customers, at least "
        f"{TOO_FEW:.0f} are needed"
    )


def _objection(customer: Ints, weight: Floats, probability: Floats) -> str | None:
    """Why the log cannot tell, or None."""
    if np.isnan(probability).any():
        return "decisions have no action probability"
    size = np.abs(weight)
    if not size.any():
        return "the log never took a treatment in which the two differ"
    if (probability == 1.0).all():
        return "the logging policy never explored"
    effective = float(size.sum() ** 2 / (size**2).sum())
    if effective < MINIMUM_EFFECTIVE_SAMPLE:
        return (
            f"the decisions in which they differ are worth an effective sample of {effective:.0f}, at least "
            f"{MINIMUM_EFFECTIVE_SAMPLE:.0f} are needed"
        )
    if float(size.max() / size.sum()) > LARGEST_SHARE_OF_ONE_ROW:
        return f"one decision carries {float(size.max() / size.sum()):.0%} of all weight"
    error = float(np.sqrt((sums_by_customer(customer, weight[:, None]) ** 2).sum()) / len(weight))
    if abs(float(weight.mean())) > WEIGHT_TOLERANCE * error:
        return "the logged probabilities are not those of the policy that made the log"
    return None
