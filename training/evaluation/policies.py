"""What would other policies have done, and what would that have been worth?

Builds each policy's choice for logged situations and asks ``off_policy`` for its value. The policies that
everyone knows stand beside ours: do nothing, random, most popular, response ranking, p × value ranking.
Knows models, candidates and rewards; knows nothing of files or reports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.bundle import Models
from models.policy.catalogue import Catalogue
from models.policy.scoring import Engine, score
from training.evaluation.candidates import eligible
from training.evaluation.off_policy import Estimate, LoggedDecisions, PolicyValue, evaluate
from training.evaluation.reward_model import fit_reward_model
from training.fit import Prepared, situate
from training.rows import DecisionRows
from training.split import Part

NOT_IDENTIFIABLE: Final = "not identifiable: this log has no action probabilities; effects are associations"
MOST_CANDIDATES: Final = 400_000
"""More are not scored: whole customers are left out at random."""

LOGGING: Final = "logging policy"
OURS: Final = "ours"

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyComparison:
    """Values by policy, or the reason why this log cannot give any.

    ``rows``: decisions used; ``measured``: what a reward is.
    """

    values: Mapping[str, PolicyValue]
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
) -> PolicyComparison:
    """Value every policy on the test rows.

    Args:
        candidates_json: per logged decision the JSON of its candidates, or None where it has none.
        measured: what the rewards are, in words.
        resamples: of customers, for the intervals.
        rng: draws resamples and, where there are too many, customers.
    """
    rows = prepared.rows
    test = prepared.split.of(Part.TEST)
    known = test & np.isfinite(rows.action_probability)
    if not known.any():
        return PolicyComparison(values={}, refusal=NOT_IDENTIFIABLE, rows=0, measured=measured)
    use = np.flatnonzero(known & np.isfinite(rows.reward))
    use = thinned(use, rows, len(prepared.journey.treatments), rng)
    engine = Engine(prepared.journey, models, "candidate")
    mask = candidate_mask(prepared, engine, use, candidates_json)
    part = rows.take(use)
    model = fit_reward_model(prepared, np.flatnonzero(prepared.split.part < Part.TEST))
    expected = model.expected(prepared.customer_x[use], prepared.situations.phase[use])
    values = {}
    for name, target in _targets(prepared, engine, use, mask).items():
        values[name] = _value(part, target, expected, rng, resamples)
    values[LOGGING] = _logging_value(part, rng, resamples)
    return PolicyComparison(values=values, refusal=None, rows=len(use), measured=measured)


def thinned(use: Ints, rows: DecisionRows, n_treatments: int, rng: np.random.Generator) -> Ints:
    """As many of the rows ``use`` as may be scored, whole customers left out at random."""
    most = max(MOST_CANDIDATES // n_treatments, 1_000)
    if len(use) <= most:
        return use
    draw = rng.random(int(rows.customer.max()) + 1)
    return use[draw[rows.customer[use]] < most / len(use)]


def candidate_mask(prepared: Prepared, engine: Engine, use: Ints, candidates_json: Any) -> Mask:
    """(k, T): the candidates of each decision as logged, else those that the service would have had."""
    rows = prepared.rows
    mask = eligible(prepared, engine, use)
    if candidates_json is not None:
        texts = pc.take(candidates_json, rows.decision[use]).dictionary_encode()
        index, n = prepared.journey.treatment_index, mask.shape[1]
        listed = [_listed(text, index, n) for text in texts.dictionary.to_pylist()]
        for row, code in enumerate(texts.indices.to_pylist()):
            if code is not None:
                mask[row] = listed[code]
    return mask


def _listed(text: str, index: Mapping[tuple[str, str | None], int], n: int) -> Mask:
    listed = np.zeros(n, dtype=bool)
    for candidate in json.loads(text):
        code = index.get((candidate.get("action"), candidate.get("channel")))
        if code is not None:
            listed[code] = True
    return listed


def _targets(prepared: Prepared, engine: Engine, use: Ints, mask: Mask) -> dict[str, Floats]:
    """Probability of each treatment under each policy: (k, T) each."""
    catalogue = Catalogue.of(prepared.journey)
    propensity, priority = _scored(prepared, engine, use, mask)
    acting = mask.copy()
    acting[:, 0] = ~mask[:, 1:].any(axis=1)
    nothing = np.zeros(mask.shape)
    nothing[:, 0] = 1.0
    stake = catalogue.value * catalogue.lever
    return {
        "do nothing": nothing,
        "random": mask / mask.sum(axis=1, keepdims=True),
        "most popular": _first_best(acting, np.broadcast_to(_popularity(prepared), mask.shape)),
        "response ranking": _first_best(acting, propensity),
        "p × value ranking": _first_best(mask, propensity * stake - catalogue.cost),
        OURS: _first_best(mask, priority),
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


def _scored(prepared: Prepared, engine: Engine, use: Ints, mask: Mask) -> tuple[Floats, Floats]:
    """Propensity and priority in EUR of every candidate, as the service would compute them."""
    propensity, priority = np.zeros(mask.shape), np.zeros(mask.shape)
    for begin in range(0, len(use), 4096):
        part = slice(begin, begin + 4096)
        situations = situate(engine.builder, prepared.log, prepared.trace, prepared.rows.take(use[part]))
        row, treatment = np.nonzero(mask[part])
        scores = score(engine, situations, row, treatment)
        propensity[part][row, treatment] = scores.propensity
        priority[part][row, treatment] = scores.priority
    return propensity, priority


def _value(
    rows: DecisionRows, target: Floats, expected: Floats, rng: np.random.Generator, resamples: int
) -> PolicyValue:
    each = np.arange(len(rows))
    log = LoggedDecisions(
        customer=rows.customer,
        reward=rows.reward,
        logged=rows.action_probability,
        target=target[each, rows.treatment],
        model_logged=expected[each, rows.treatment],
        model_target=(target * expected).sum(axis=1),
    )
    return _without_model(evaluate(log, rng, resamples))


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
