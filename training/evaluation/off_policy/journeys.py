"""Journeys of the test part.

The first k decisions of each customer, and each policy's value over them. Knows rows, targets and features;
the estimators are in ``journey_estimate``. The V and Q that the doubly robust one needs are fitted backwards
over the k decisions, by customer folds: ridge on the customer's features, plus what each treatment adds in
each phase, shrunk. They only have to explain noise away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from models.arrays import Floats, Ints
from models.domain.history import DAY_MS
from training.evaluation.off_policy.journey_estimate import (
    JourneyPolicyValue,
    LoggedJourneys,
    evaluate_journeys,
    objections,
)
from training.evaluation.off_policy.reward_model import FOLDS, customer_folds, shrunk_effects
from training.fit.prepared import Prepared

ENOUGH: Final = 0.8
"""Share of the customers who must have k decisions: else only those who stayed would be judged."""
RIDGE: Final = 10.0
YEAR_MS: Final = 365.25 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyComparison:
    """Journey value by policy.

    ``left_out``: share of the customers with fewer than ``decisions``.
    """

    values: Mapping[str, JourneyPolicyValue]
    decisions: int
    journeys: int
    left_out: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """Journeys of k decisions, c of them.

    ``x``: (c, k, F), standardised, with a constant; the others (c, k).
    """

    x: Floats
    phase: Ints
    treatment: Ints
    reward: Floats
    fold: Ints  # (c,)
    n_phases: int
    _inverse: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def inverse(self, number: int, t: int) -> Floats:
        """Of the ridge on decision ``t`` of all folds but one: the same for every policy, so made once."""
        if (number, t) not in self._inverse:
            x = self.x[self.fold != number, t]
            ridge = np.full(x.shape[1], RIDGE)
            ridge[0] = 0.0
            self._inverse[number, t] = np.linalg.inv(x.T @ x + np.diag(ridge + 1e-9))
        return self._inverse[number, t]


def compare_journeys(
    prepared: Prepared,
    use: Ints,
    targets: Mapping[str, Floats],
    most: int,
    resamples: int,
    rng: np.random.Generator,
) -> JourneyComparison | None:
    """Value every policy over several decisions in a row.

    Args:
        use: shape (k,). Positions of test rows.
        targets: probability of each treatment under each policy, (k, T).
        most: decisions in a row, at most.
        resamples: of customers, for the intervals.
        rng: draws folds and resamples.

    Returns:
        None where fewer than ``ENOUGH`` of the customers have two decisions, or ``most`` is below two.
    """
    rows = prepared.rows
    at, decisions, customers = first_decisions(rows.customer[use], rows.decided_at[use], most)
    if decisions < 2:
        return None
    part = use[at]
    steps = _steps(prepared, part, rng)
    values = {}
    for name, target in targets.items():
        taken = np.take_along_axis(target[at], steps.treatment[..., None], axis=2)[..., 0]
        log = LoggedJourneys(reward=steps.reward, logged=rows.action_probability[part], target=taken)
        if not objections(log):  # else there is nothing that a model could help with
            q, v = fitted_values(steps, target[at])
            log = replace(log, q=q, v=v)
        values[name] = evaluate_journeys(log, rng, resamples)
    return JourneyComparison(
        values=values, decisions=decisions, journeys=len(at), left_out=1.0 - len(at) / customers
    )


def first_decisions(customer: Ints, decided_at: Ints, most: int) -> tuple[Ints, int, int]:
    """The first k rows of every customer who has as many, k as large as ``ENOUGH`` customers allow.

    Returns:
        Positions (c, k), k, and how many customers there are.
    """
    order = np.lexsort((decided_at, customer))
    _, start, count = np.unique(customer[order], return_index=True, return_counts=True)
    enough = [k for k in range(1, most + 1) if len(count) and (count >= k).mean() >= ENOUGH]
    k = max(enough, default=0)
    begin = start[count >= max(k, 1)]
    return order[begin[:, None] + np.arange(k)], k, len(count)


def _steps(prepared: Prepared, part: Ints, rng: np.random.Generator) -> Steps:
    rows = prepared.rows
    years = (rows.decided_at[part] - rows.decided_at[part[:, :1]]) / YEAR_MS
    return Steps(
        x=_standardised(prepared.customer_x[part].astype(np.float64)),
        phase=prepared.situations.phase[part].astype(np.int64),
        treatment=rows.treatment[part].astype(np.int64),
        reward=rows.reward[part] * prepared.journey.objective.discount_per_year**years,
        fold=customer_folds(len(part), rng),
        n_phases=len(prepared.journey.phases),
    )


def _standardised(x: Floats) -> Floats:
    """Unit spread, unknown as the mean, extremes cut, and a constant column."""
    flat = x.reshape(-1, x.shape[-1])
    known = np.isfinite(flat)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, flat, 0.0).sum(axis=0) / n
    centred = np.where(np.isfinite(x), x - mean, 0.0)
    spread = np.sqrt((centred.reshape(flat.shape) ** 2).sum(axis=0) / n)
    scaled = np.clip(centred / np.where(spread > 0, spread, 1.0), -5.0, 5.0)
    return np.concatenate((np.ones((*x.shape[:-1], 1)), scaled), axis=-1)


def fitted_values(steps: Steps, target: Floats) -> tuple[Floats, Floats]:
    """Q of the logged treatment and V of the target, (c, k) each, every customer by models of others.

    Args:
        target: shape (c, k, T). Probability of each treatment under the policy.
    """
    c, k, n_treatments = target.shape
    q, v = np.zeros((c, k)), np.zeros((c, k))
    for number in range(FOLDS):
        mine = steps.fold == number
        learn = ~mine
        later = np.zeros(c)  # of this fold's models, for its own customers and for those it learns from
        for t in reversed(range(k)):
            goal = steps.reward[learn, t] + later[learn]
            each, effect = _fit_step(steps, number, t, goal, n_treatments)
            value = each[:, None] + effect[steps.phase[:, t]]
            later = (target[:, t] * value).sum(axis=1)
            v[mine, t] = later[mine]
            q[mine, t] = value[mine, steps.treatment[mine, t]]
    return q, v


def _fit_step(steps: Steps, number: int, t: int, goal: Floats, n_treatments: int) -> tuple[Floats, Floats]:
    """What every customer is worth whatever is done, (c,), and what treatments add, (P, T)."""
    learn = steps.fold != number
    x, phase, treatment = steps.x[:, t], steps.phase[learn, t], steps.treatment[learn, t]
    of_all = np.zeros(len(x))
    of_all[learn] = goal
    each = x @ (steps.inverse(number, t) @ (x.T @ of_all))
    effect = shrunk_effects(goal - each[learn], phase, treatment, (steps.n_phases, n_treatments))
    return np.asarray(each), effect
