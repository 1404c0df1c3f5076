"""What would other policies have done, and what would that have been worth?

Builds each policy's choice for logged situations and asks ``off_policy`` for its value. The policies that
everyone knows stand beside ours: do nothing, random, most popular, response ranking, p × value ranking,
uplift ranking, and always one action, for the actions that are named. "ours" takes the best candidate always,
"ours, explored" as it is served. Knows models, candidates and rewards; knows nothing of files or reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.bundle import Models
from models.domain.journey import Journey
from models.errors import TrainingConfigError
from models.policy.catalogue import Catalogue
from models.policy.scoring import Engine, score
from training.evaluation.bootstrap import Estimate
from training.evaluation.candidates import eligible
from training.evaluation.journeys import JourneyComparison, compare_journeys
from training.evaluation.logged_candidates import logged_candidates
from training.evaluation.off_policy import LoggedDecisions, PolicyValue, difference, evaluate
from training.evaluation.reward_model import cross_fitted
from training.evaluation.served import served_probabilities, within_bounds
from training.evaluation.uplift import Uplift, fit_uplift
from training.fit import Prepared
from training.rows import DecisionRows
from training.split import Part

NOT_IDENTIFIABLE: Final = "not identifiable: this log has no action probabilities; effects are associations"
MOST_CANDIDATES: Final = 400_000
"""More are not scored: whole customers are left out at random. Rows times treatments."""
MOST_COMPARED: Final = 2_500_000
"""The same where policies are compared: their intervals shrink with the root of the rows."""

LOGGING: Final = "logging policy"
OURS: Final = "ours"
EXPLORED: Final = "ours, explored"

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyComparison:
    """Values by policy, or the reason why this log cannot give any.

    ``rows``: decisions used; ``measured``: what a reward is; ``journeys``: values of several decisions in
    a row, or None where the test part has no such journeys; ``ours_minus``: what ours earns more than each
    other policy, paired on the same decisions.
    """

    values: Mapping[str, PolicyValue]
    ours_minus: Mapping[str, Estimate]
    journeys: JourneyComparison | None
    refusal: str | None
    rows: int
    measured: str


def compare_policies(
    prepared: Prepared,
    models: Models,
    candidates_json: Any,
    measured: str,
    resamples: int,
    rng: np.random.Generator,
    always: Sequence[str] = (),
    journey_decisions: int = 0,
) -> PolicyComparison:
    """Value every policy on the test rows.

    Args:
        candidates_json: per logged decision the JSON of its candidates, or None where it has none.
        measured: what the rewards are, in words.
        resamples: of customers, for the intervals.
        rng: draws resamples, folds and, where there are too many, customers.
        always: actions to compare with, each offered whenever it may be.
        journey_decisions: most decisions in a row that a journey value is over; below 2: none.

    Raises:
        TrainingConfigError: ``always`` names an action that the journey file does not have.
    """
    rows = prepared.rows
    test = prepared.split.of(Part.TEST)
    known = test & np.isfinite(rows.action_probability)
    if not known.any():
        return PolicyComparison(
            values={}, ours_minus={}, journeys=None, refusal=NOT_IDENTIFIABLE, rows=0, measured=measured
        )
    use = np.flatnonzero(known & np.isfinite(rows.reward))
    use = thinned(use, rows, len(prepared.journey.treatments), rng, MOST_COMPARED)
    engine = Engine(prepared.journey, models, "candidate")
    mask = candidate_mask(prepared, engine, use, candidates_json)
    part = rows.take(use)
    expected = cross_fitted(prepared, np.flatnonzero(prepared.split.part < Part.TEST), use, rng)
    targets = _targets(prepared, engine, use, mask, always, fit_uplift(prepared, rng))
    logs = {name: _logged(part, target, expected) for name, target in targets.items()}
    values = {name: _without_model(evaluate(log, rng, resamples)) for name, log in logs.items()}
    values[LOGGING] = _logging_value(part, rng, resamples)
    judged = [name for name in logs if name != OURS and not (values[name].refused or values[OURS].refused)]
    minus = {name: difference(logs[OURS], logs[name], rng, resamples) for name in judged}
    journeys = compare_journeys(prepared, use, targets, journey_decisions, resamples, rng)
    return PolicyComparison(
        values=values,
        ours_minus=minus,
        journeys=journeys,
        refusal=None,
        rows=len(use),
        measured=measured,
    )


def thinned(
    use: Ints,
    rows: DecisionRows,
    n_treatments: int,
    rng: np.random.Generator,
    most_candidates: int = MOST_CANDIDATES,
) -> Ints:
    """As many of the rows ``use`` as may be scored, whole customers left out at random."""
    most = max(most_candidates // n_treatments, 1_000)
    if len(use) <= most:
        return use
    draw = rng.random(int(rows.customer.max()) + 1)
    return use[draw[rows.customer[use]] < most / len(use)]


def candidate_mask(prepared: Prepared, engine: Engine, use: Ints, candidates_json: Any) -> Mask:
    """(k, T): the candidates of each decision as logged, else those that the service would have had."""
    if candidates_json is None:
        return eligible(prepared, engine, use)
    mask, told = logged_candidates(prepared.journey, candidates_json, prepared.rows.decision[use])
    silent = np.flatnonzero(~told)
    if len(silent):
        mask[silent] = eligible(prepared, engine, use[silent])
    return mask


def _targets(
    prepared: Prepared,
    engine: Engine,
    use: Ints,
    mask: Mask,
    always: Sequence[str],
    uplift: Uplift | None,
) -> dict[str, Floats]:
    """Probability of each treatment under each policy: (k, T) each."""
    catalogue = Catalogue.of(prepared.journey)
    propensity, priority, deviation, added = _scored(prepared, engine, use, mask, uplift)
    within = within_bounds(engine, mask, propensity, priority)
    acting = mask.copy()
    acting[:, 0] = ~mask[:, 1:].any(axis=1)
    nothing = np.zeros(mask.shape)
    nothing[:, 0] = 1.0
    stake = catalogue.value * catalogue.lever
    rivals = {} if uplift is None else {"uplift ranking": _first_best(mask, added)}
    return {
        "do nothing": nothing,
        "random": mask / mask.sum(axis=1, keepdims=True),
        **{f"always {name}": _always(prepared.journey, name, mask) for name in always},
        "most popular": _first_best(acting, np.broadcast_to(_popularity(prepared), mask.shape)),
        "response ranking": _first_best(acting, propensity),
        "p × value ranking": _first_best(mask, propensity * stake - catalogue.cost),
        **rivals,
        OURS: _first_best(within, priority),
        EXPLORED: served_probabilities(engine, priority, deviation, within),
    }


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


def _scored(
    prepared: Prepared, engine: Engine, use: Ints, mask: Mask, uplift: Uplift | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Propensity, priority and its deviation in EUR as the service computes them, and uplift: (k, T) each."""
    propensity, priority, deviation, added = (np.zeros(mask.shape) for _ in range(4))
    for begin in range(0, len(use), 4096):
        part = slice(begin, begin + 4096)
        situations = prepared.situations.take(use[part])
        row, treatment = np.nonzero(mask[part])
        scores = score(engine, situations, row, treatment)
        propensity[part][row, treatment] = scores.propensity
        priority[part][row, treatment] = scores.priority
        deviation[part][row, treatment] = scores.deviation
        if uplift is not None:
            candidate_x = engine.builder.candidate_features(situations, row, treatment)
            customer_x = prepared.customer_x[use[part]]
            added[part][row, treatment] = uplift.worth(customer_x, candidate_x, row, treatment)
    return propensity, priority, deviation, added


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


def _without_model(value: PolicyValue) -> PolicyValue:
    """A model's own estimate is not reported: it is not a measurement."""
    kept = {name: estimate for name, estimate in value.estimates.items() if name != "dm"}
    return replace(value, estimates=kept)


def _logging_value(rows: DecisionRows, rng: np.random.Generator, resamples: int) -> PolicyValue:
    """What was earned: weights of one, so every estimator is the mean."""
    one = np.ones(len(rows))
    log = LoggedDecisions(customer=rows.customer, reward=rows.reward, logged=one, target=one)
    return evaluate(log, rng, resamples)


def estimates_json(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, float]]:
    """Estimator → value and interval."""
    return {
        name: {"value": round(e.value, 6), "low": round(e.low, 6), "high": round(e.high, 6)}
        for name, e in estimates.items()
    }
