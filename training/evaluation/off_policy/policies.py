"""What other policies would have done, and earned.

Builds each policy's choice for logged situations and asks ``off_policy`` for its value. The policies that
everyone knows are compared with ours: do nothing, random, most popular, response ranking, p × value ranking,
uplift ranking, always one action, for the actions that are named, and simple tables that were learned. "ours"
takes the best candidate always, "ours, explored" as it is served. Knows models, candidates and rewards; knows
nothing of files or reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from models.arrays import Floats, Mask
from models.domain.journey import Journey
from models.errors import TrainingConfigError
from models.policy.eligibility.catalogue import Catalogue
from training.evaluation.figures.scored_rows import BLOCK, ScoredRows
from training.evaluation.off_policy.balance import Balance, find_imbalance
from training.evaluation.off_policy.bootstrap import Estimate
from training.evaluation.off_policy.journeys import JourneyComparison, compare_journeys
from training.evaluation.off_policy.off_policy import (
    LoggedDecisions,
    PolicyValue,
    differences,
    evaluate_all,
    row_gains,
)
from training.evaluation.off_policy.rewarded import Rewarded, rewarded
from training.evaluation.off_policy.served import pleasing, served_probabilities, within_bounds
from training.evaluation.off_policy.uplift import Uplift, fit_uplift
from training.fit.advantage.log_rows import frequencies
from training.fit.advantage.simple import Simple
from training.fit.prepared import Prepared
from training.rows.blocks import by_customer
from training.rows.rows import DecisionRows
from training.rows.split import Part

NOT_IDENTIFIABLE: Final = "not identifiable: this log has no action probabilities; effects are associations"

NO_SIMPLE: Final[Mapping[str, Simple]] = MappingProxyType({})
NOTHING: Final = "do nothing"
LOGGING: Final = "logging policy"
RESPONSES: Final = "p × value ranking"
OURS: Final = "ours"
EXPLORED: Final = "ours, explored"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyComparison:
    """Values by policy, or the reason why this log cannot give any.

    ``rows``: decisions used; ``measured``: what a reward is; ``journeys``: values of several decisions in
    a row, or None where the test part has no such journeys; ``ours_minus``: what ours earns more than each
    other policy, paired on the same decisions; ``ours_minus_ahead``: the same with what the phase reached
    is worth from then on; ``rewarded``: on how many rewards each value rests; ``balance``: whether treatments
    can be predicted beyond the stated probabilities; ``stated`` and ``gained``: by decision, shape (rows,),
    what ours says it gains over doing nothing, and what it gained with what the phase reached is worth.
    """

    values: Mapping[str, PolicyValue]
    ours_minus: Mapping[str, Estimate]
    ours_minus_ahead: Mapping[str, Estimate]
    rewarded: Mapping[str, Rewarded]
    balance: Balance | None
    journeys: JourneyComparison | None
    refusal: str | None
    rows: int
    measured: str
    stated: Floats
    gained: Floats


def compare_policies(
    prepared: Prepared,
    scored: ScoredRows,
    measured: str,
    resamples: int,
    rng: np.random.Generator,
    always: Sequence[str] = (),
    journey_decisions: int = 0,
    ahead: Floats | None = None,
    simple: Mapping[str, Simple] = NO_SIMPLE,
) -> PolicyComparison:
    """Value every policy on the test rows.

    Args:
        scored: the test rows with candidates and scores.
        measured: what the rewards are, in words.
        resamples: of customers, for the intervals.
        rng: draws resamples, folds of journeys and the rows of the uplift ranking.
        always: actions to compare with, each offered whenever it may be.
        journey_decisions: most decisions in a row that a journey value is over; below 2: none.
        ahead: shape (n,). What the phase at the horizon is worth more than was to be expected; None: nothing.
        simple: policies by tables, learned from earlier rows, by name.

    Raises:
        TrainingConfigError: ``always`` names an action that the journey file does not have.
    """
    rows, use, expected = prepared.rows, scored.rows, scored.expected
    if expected is None:
        return PolicyComparison(
            values={},
            ours_minus={},
            ours_minus_ahead={},
            journeys=None,
            rewarded={},
            balance=None,
            refusal=NOT_IDENTIFIABLE,
            rows=0,
            measured=measured,
            stated=np.zeros(0),
            gained=np.zeros(0),
        )
    part = rows.take(use)
    targets = _targets(prepared, scored, always, fit_uplift(prepared, rng), simple)
    logs = {name: _logged(part, target, expected) for name, target in targets.items()}
    valued = evaluate_all({**logs, LOGGING: _as_logged(part)}, rng, resamples)
    values = {name: _without_model(value) for name, value in valued.items()}
    judged = [name for name in logs if name != OURS and not (values[name].refused or values[OURS].refused)]
    rivals = {name: logs[name] for name in judged}
    if not values[OURS].refused:
        rivals[LOGGING] = _what_was_done(logs[OURS])
    minus = differences(logs[OURS], rivals, rng, resamples)
    cost = Catalogue.of(prepared.journey).cost[part.treatment]
    extra = np.zeros(len(part)) if ahead is None else ahead[use]
    later = {
        name: replace(log, reward=log.reward + extra) for name, log in {**rivals, OURS: logs[OURS]}.items()
    }
    ours = later.pop(OURS)
    journeys = compare_journeys(prepared, use, targets, journey_decisions, resamples, rng)
    return PolicyComparison(
        values=values,
        ours_minus=minus,
        ours_minus_ahead=differences(ours, later, rng, resamples),
        rewarded={name: rewarded(log, cost, values[name]) for name, log in logs.items()},
        balance=_balance(prepared, scored, part),
        journeys=journeys,
        refusal=None,
        rows=len(use),
        measured=measured,
        stated=(targets[OURS] * scored.priority).sum(axis=1) - scored.priority[:, 0],
        gained=row_gains(ours, later[NOTHING]) if NOTHING in later else np.zeros(0),
    )


def _targets(
    prepared: Prepared,
    scored: ScoredRows,
    always: Sequence[str],
    uplift: Uplift | None,
    simple: Mapping[str, Simple],
) -> dict[str, Floats]:
    """Probability of each treatment under each policy: (k, T) each."""
    catalogue = Catalogue.of(prepared.journey)
    mask, propensity, priority = scored.mask, scored.propensity, scored.priority
    phase = prepared.situations.phase[scored.rows]
    within = within_bounds(scored.engine, mask, propensity, priority, phase)
    rank = pleasing(scored.engine, priority, phase)
    acting = mask.copy()
    acting[:, 0] = ~mask[:, 1:].any(axis=1)
    nothing = np.zeros(mask.shape)
    nothing[:, 0] = 1.0
    stake = catalogue.value * catalogue.lever
    rivals = (
        {} if uplift is None else {"uplift ranking": _first_best(mask, _uplift(prepared, scored, uplift))}
    )
    return {
        NOTHING: nothing,
        "random": mask / mask.sum(axis=1, keepdims=True),
        **{f"always {name}": _always(prepared.journey, name, mask) for name in always},
        "most popular": _first_best(acting, np.broadcast_to(_popularity(prepared), mask.shape)),
        "response ranking": _first_best(acting, propensity),
        RESPONSES: _first_best(mask, propensity * stake - catalogue.cost),
        **rivals,
        **{name: _first_best(mask, _gains(prepared, scored, each)) for name, each in simple.items()},
        OURS: _first_best(within, rank),
        EXPLORED: served_probabilities(scored.engine, rank, scored.deviation, within),
    }


def _gains(prepared: Prepared, scored: ScoredRows, simple: Simple) -> Floats:
    """What each treatment adds by a table, less its cost, (k, T) EUR."""
    phase = prepared.situations.phase[scored.rows]
    effect = simple.effect(phase, prepared.customer_x[scored.rows])
    return effect - Catalogue.of(prepared.journey).cost


def _popularity(prepared: Prepared) -> Floats:
    learned = prepared.split.part < Part.TEST
    taken = np.bincount(prepared.rows.treatment[learned], minlength=len(prepared.journey.treatments))
    return taken.astype(np.float64)


def _first_best(mask: Mask, worth: Floats) -> Floats:
    best = np.where(mask, worth, -np.inf).argmax(axis=1)
    target = np.zeros(mask.shape)
    target[np.arange(len(best)), best] = 1.0
    return target


def _always(journey: Journey, action: str, mask: Mask) -> Floats:
    """The action wherever it may be taken, on the first of its channels that may; else nothing."""
    own = np.array([treatment.action == action for treatment in journey.treatments])
    if not own.any():
        raise TrainingConfigError(
            f"evaluation.always: expected actions of the journey file ({', '.join(journey.action_index)}), "
            f"got {action}; correct training.yaml"
        )
    able = mask & own
    able[:, 0] = ~able.any(axis=1)
    return _first_best(able, np.zeros(mask.shape))


def _uplift(prepared: Prepared, scored: ScoredRows, uplift: Uplift) -> Floats:
    """What each candidate adds by the rival's account, (k, T)."""
    added = np.zeros(scored.mask.shape)
    for part in by_customer(prepared.rows.customer[scored.rows], BLOCK):
        at = scored.rows[part]
        row, treatment = np.nonzero(scored.mask[part])
        candidate_x = prepared.builder.candidate_features(prepared.situations, at[row], treatment)
        added[part[row], treatment] = uplift.worth(prepared.customer_x[at], candidate_x, row, treatment)
    return added


def _logged(rows: DecisionRows, target: Floats, expected: Floats) -> LoggedDecisions:
    each = np.arange(len(rows))
    return LoggedDecisions(
        customer=rows.customer,
        reward=rows.reward,
        logged=rows.action_probability,
        target=target[each, rows.treatment],
        model_logged=expected[each, rows.treatment],
        model_target=(target * expected).sum(axis=1),
    )


def _balance(prepared: Prepared, scored: ScoredRows, rows: DecisionRows) -> Balance | None:
    """Of doing nothing alone, where the log does not name the candidates."""
    eligible = scored.mask.copy()
    eligible[np.arange(len(rows)), rows.treatment] = True
    phase = prepared.situations.phase[scored.rows].astype(np.int64)
    phases = len(prepared.journey.phases)
    usual = frequencies(phase, rows.treatment.astype(np.int64), eligible, phases)
    if not scored.named:
        eligible[:, 1:] = False
    return find_imbalance(
        rows.customer,
        np.where(scored.named | (rows.treatment == 0), rows.treatment, -1),
        rows.action_probability,
        eligible,
        usual,
        prepared.customer_x[scored.rows],
        prepared.spec.customer_names,
    )


def _what_was_done(log: LoggedDecisions) -> LoggedDecisions:
    """The logging policy as a rival: it takes what was taken, as often as it was taken."""
    return replace(log, target=log.logged, model_target=log.model_logged)


def _without_model(value: PolicyValue) -> PolicyValue:
    """A model's own estimate is not reported: it is not a measurement."""
    estimates = {name: estimate for name, estimate in value.estimates.items() if name != "dm"}
    return replace(value, estimates=estimates)


def _as_logged(rows: DecisionRows) -> LoggedDecisions:
    """What was earned: weights of one, so every estimator is the mean."""
    ones = np.ones(len(rows))
    return LoggedDecisions(customer=rows.customer, reward=rows.reward, logged=ones, target=ones)


def estimates_json(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, float]]:
    """Estimator → value and interval."""
    return {
        name: {"value": round(e.value, 6), "low": round(e.low, 6), "high": round(e.high, 6)}
        for name, e in estimates.items()
    }
