"""Every figure of a training run, as JSON values.

Knows which test rows each figure is for; the figures themselves are computed elsewhere. Knows nothing of
how they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.bundle import Models
from models.learned.response.model import ResponseModel
from models.learned.trees.parameters import TreeParameters
from training.config import EvaluationRules, Subset
from training.evaluation.figures.predictions import Predictions, predict
from training.evaluation.figures.response import ResponseFigures, by_code, response_figures
from training.evaluation.figures.scored_rows import ScoredRows
from training.evaluation.figures.stated_gains import stated_gains
from training.evaluation.figures.transition import TransitionFigures, ngram, transition_figures
from training.evaluation.off_policy.ahead import worth_ahead
from training.evaluation.off_policy.overlap import find_overlap, overlap_note
from training.evaluation.off_policy.policies import (
    NO_SIMPLE,
    OURS,
    PolicyComparison,
    compare_policies,
    estimates_json,
)
from training.evaluation.off_policy.rare_rewards import TOO_FEW
from training.evaluation.off_policy.reward_model import MOST_ROWS as REWARD_ROWS
from training.evaluation.off_policy.rewarded import Rewarded, disagreement
from training.evaluation.off_policy.uplift import MOST_ROWS as UPLIFT_ROWS
from training.fit.advantage.simple import Simple
from training.fit.fit import CHUNK, NO_ESTIMATORS, fit_response_model
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN, RowSource
from training.rows.split import Part, Parts, random_split


def evaluate_models(
    prepared: Prepared,
    models: Models,
    parameters: TreeParameters,
    rules: EvaluationRules,
    scored: ScoredRows,
    stated_rewards: bool,
    rng: np.random.Generator,
    predictions: Predictions | None = None,
    estimators: Mapping[str, Any] = NO_ESTIMATORS,
    simple: Mapping[str, Simple] = NO_SIMPLE,
) -> dict[str, Any]:
    """All figures on the test part.

    Args:
        scored: the test rows with candidates and scores.
        stated_rewards: whether the source measured rewards itself.
        rng: draws customers: for the random split and for intervals.
        predictions: of ``models`` for the test part, if they are there already.
        estimators: that ``models`` were fitted with, see ``chosen_estimators``.
        simple: policies by tables to compare with, by name.

    Returns:
        ``response``, ``transition``, ``policy_value``, ``journey_value`` and ``notes``; numbers are finite
        or None.
    """
    measured = "reward as the source states it" if stated_rewards else _REWARD
    policies = compare_policies(
        prepared,
        scored,
        measured,
        rules.bootstrap,
        rng,
        always=rules.always,
        journey_decisions=rules.journey_decisions,
        ahead=worth_ahead(prepared, models),
        simple=simple,
    )
    response = _response(prepared, models.response, prepared.split.part, rules.subsets)
    if rules.random_split:
        part = random_split(prepared.rows, rng)
        again = fit_response_model(prepared, part, parameters, rng, estimators.get("response"))
        response["random_split"] = _response(prepared, again, part, rules.subsets)
    gains = _stated_gains(prepared, policies, scored.rows, rng.spawn(1)[0], rules.bootstrap)
    return {
        "response": response,
        "transition": _transition(prepared, models, predictions or predict(prepared, models), rules.subsets),
        "policy_value": _policy_value(prepared, policies, gains),
        "journey_value": _journey_value(prepared, policies),
        "notes": _notes(prepared, policies, models.response),
    }


_REWARD = (
    "value of the response and of outcomes, less the contact's cost, plus the entry value of the phase "
    "at the horizon"
)


def _response(
    prepared: Prepared, model: ResponseModel, part: Parts, subsets: tuple[Subset, ...]
) -> dict[str, Any]:
    rows, journey = prepared.rows, prepared.journey
    known = (rows.response != UNKNOWN) & (rows.treatment > 0)
    test = np.flatnonzero(known & (part == Part.TEST))
    learned = known & (part < Part.TEST)
    train_rate = float(rows.response[learned].mean()) if learned.any() else float("nan")
    label, treatment = rows.response[test].astype(np.int64), rows.treatment[test]
    phase = prepared.situations.phase[test]
    probability, table = _propensity(prepared, model, test)
    data = (label, probability, table, train_rate)
    names, groups = _names_of(prepared)
    by_action = by_code(*data, names.action[treatment], [a.name for a in journey.actions])
    return {
        "overall": response_figures(*data).to_json(),
        "by_action": _all_json(by_action),
        "by_phase": _all_json(by_code(*data, phase, [p.name for p in journey.phases])),
        "by_group": _all_json(by_code(*data, names.group[treatment], groups)),
        "subsets": {
            each.name: response_figures(*data, mask).to_json()
            for each in subsets
            if (mask := _in_subset(prepared, each, test)).any()
        },
    }


def _propensity(prepared: Prepared, model: ResponseModel, test: Ints) -> tuple[Floats, Floats]:
    """Of the treatment taken: the model's, and the table's that its trees started from."""
    treatment, phase = prepared.rows.treatment[test], prepared.situations.phase[test]
    value = np.empty(len(test))
    for begin in range(0, len(test), CHUNK):
        chunk = slice(begin, begin + CHUNK)
        at = test[chunk]
        value[chunk] = model.propensity(
            customer_x=prepared.customer_x[at],
            candidate_x=prepared.candidate_x[at],
            row=np.arange(len(at)),
            phase=phase[chunk],
            treatment=treatment[chunk],
        ).value
    return value, 1.0 / (1.0 + np.exp(-model.start[phase, treatment]))


class _Names:
    """Action and group codes per treatment."""

    def __init__(self, prepared: Prepared, groups: list[str]) -> None:
        journey = prepared.journey
        index = journey.action_index
        actions = [index.get(t.action, -1) for t in journey.treatments]
        self.action = np.array(actions, dtype=np.int64)
        group_of = [-1 if a < 0 or journey.actions[a].group is None else a for a in actions]
        self.group = np.array(
            [-1 if a < 0 else groups.index(str(journey.actions[a].group)) for a in group_of], dtype=np.int64
        )


def _names_of(prepared: Prepared) -> tuple[_Names, list[str]]:
    groups = sorted({a.group for a in prepared.journey.actions if a.group is not None})
    return _Names(prepared, groups), groups


def _in_subset(prepared: Prepared, subset: Subset, test: Ints) -> Mask:
    journey, rows = prepared.journey, prepared.rows
    fits = np.ones(len(journey.treatments), dtype=bool)
    for code, treatment in enumerate(journey.treatments):
        action = journey.action_index.get(treatment.action)
        group = None if action is None else journey.actions[action].group
        fits[code] = (not subset.groups or group in subset.groups) and (
            not subset.actions or treatment.action in subset.actions
        )
    wanted = [RowSource[name.upper()] for name in subset.sources] or list(RowSource)
    mask: Mask = fits[rows.treatment[test]] & np.isin(rows.source[test], wanted)
    return mask


def _transition(
    prepared: Prepared, models: Models, predictions: Predictions, subsets: tuple[Subset, ...]
) -> dict[str, Any]:
    test = predictions.phase_rows
    found = {"overall": _transition_figures(prepared, models, predictions, test)}
    by_source = {each.name: test[_in_subset(prepared, each, test)] for each in subsets if each.sources}
    return {
        "overall": _transition_json(found["overall"]),
        "subsets": {
            name: _transition_json(_transition_figures(prepared, models, predictions, part, name, subsets))
            for name, part in by_source.items()
        },
    }


def _transition_figures(
    prepared: Prepared,
    models: Models,
    predictions: Predictions,
    test: Ints,
    name: str = "",
    subsets: tuple[Subset, ...] = (),
) -> TransitionFigures:
    rows, situations = prepared.rows, prepared.situations
    phase = situations.phase[test]
    context = np.column_stack([situations.phase, situations.phase_lags])
    learned = np.flatnonzero((rows.next_phase != UNKNOWN) & (prepared.split.part < Part.TEST))
    for subset in subsets:
        if subset.name == name:
            learned = learned[_in_subset(prepared, subset, learned)]
    n_phases = len(prepared.journey.phases)
    grams = [ngram(context[learned], rows.next_phase[learned], context[test], n_phases, k) for k in (2, 3)]
    return transition_figures(
        rows.next_phase[test],
        predictions.leads_to[np.searchsorted(predictions.phase_rows, test)],
        np.exp(models.transition.chain)[phase],
        grams,
        phase,
    )


def _stated_gains(
    prepared: Prepared, policies: PolicyComparison, use: Ints, rng: np.random.Generator, resamples: int
) -> list[dict[str, Any]]:
    """Stated gains and what came of them; empty where the log cannot tell."""
    if not len(policies.gained):
        return []
    customer = prepared.rows.customer[use]
    found = stated_gains(customer, policies.stated, policies.gained, rng, resamples)
    return [each.to_json() for each in found]


def _policy_value(
    prepared: Prepared, policies: PolicyComparison, gains: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "identifiable": policies.refusal is None,
        "reason": policies.refusal,
        "unit": f"{prepared.journey.currency} per decision",
        "measured": policies.measured,
        "rows": policies.rows,
        "policies": {
            name: {
                **estimates_json(value.estimates),
                "effective_sample_size": round(value.effective_sample_size, 1),
                "largest_weight": round(value.largest_weight, 3),
                "mean_weight": round(value.mean_weight, 4),
                "overlap": round(value.overlap, 4),
                "refused": list(value.refused),
                **_rewarded(policies.rewarded.get(name)),
            }
            for name, value in policies.values.items()
        },
        "balance": None if policies.balance is None else policies.balance.to_json(),
        "ours_minus": estimates_json(policies.ours_minus),
        "ours_minus_ahead": estimates_json(policies.ours_minus_ahead),
        "stated_gains": gains,
    }


def _rewarded(found: Rewarded | None) -> dict[str, Any]:
    """Rewards behind a value, and the interval by the gamma method where they are few."""
    if found is None:
        return {}
    gamma = {} if found.interval is None else estimates_json({"gamma": found.interval})
    return {"rewarded_events": round(found.events, 1), **gamma}


def _journey_value(prepared: Prepared, policies: PolicyComparison) -> dict[str, Any] | None:
    """Value of several decisions in a row; None where the log has no such journeys, or cannot tell."""
    journeys = policies.journeys
    if journeys is None:
        return None
    return {
        "decisions": journeys.decisions,
        "journeys": journeys.journeys,
        "left_out": round(journeys.left_out, 4),
        "unit": f"{prepared.journey.currency} per journey of {journeys.decisions} decisions",
        "policies": {
            name: {
                **estimates_json(value.estimates),
                "effective_sample_size": [round(each, 1) for each in value.effective_sample_size],
                "mean_weight": [round(each, 4) for each in value.mean_weight],
                "refused": list(value.refused),
            }
            for name, value in journeys.values.items()
        },
    }


def _notes(prepared: Prepared, policies: PolicyComparison, response: ResponseModel) -> list[str]:
    """What the log cannot tell, in words."""
    notes = [] if policies.refusal is None else [policies.refusal]
    if response.trees_text is None:
        notes.append(
            "trees added nothing over the table of phase and action, so responses are predicted by the table"
        )
    rows = prepared.rows
    if (rows.source == RowSource.EXPOSURE).any():
        notes.append(
            "there is no decision log: contacts found in the interactions stand for decisions, and moments "
            "at which nothing was done were sampled; who was contacted, and why, was not recorded"
        )
    if not (rows.treatment == 0).any():
        notes.append("nobody was left alone: what happens when nothing is done is extrapolated, not observed")
    notes += _doubts(prepared, policies)
    overlap = overlap_note(find_overlap(rows, prepared.situations.phase, prepared.journey))
    notes += [] if overlap is None else [overlap]
    learned = int((prepared.split.part < Part.TEST).sum())
    if policies.values and learned > REWARD_ROWS:
        notes.append(
            f"policies are valued on all {policies.rows:,} decisions compared; the reward models of the "
            f"doubly robust estimates learned from {REWARD_ROWS:,} of the {learned:,} earlier rows, drawn at "
            f"random, and the uplift ranking from {min(learned, UPLIFT_ROWS):,}"
        )
    open_share = float((rows.next_phase == UNKNOWN).mean())
    if open_share > 0:
        notes.append(f"the next phase of {open_share:.1%} of the rows is not known yet (censored)")
    return notes


def _doubts(prepared: Prepared, policies: PolicyComparison) -> list[str]:
    """Rewards that are too few, estimates that disagree, probabilities that cannot be the log's."""
    notes = []
    own, balance = policies.rewarded.get(OURS), policies.balance
    if own is not None and own.too_few:
        notes.append(
            f"what this bundle earns rests on {own.events:.0f} effective rewarded customers; with fewer than "
            f"{TOO_FEW:.0f} the interval is shown, but nothing can be ranked or promoted by it"
        )
    if OURS in policies.values and (word := disagreement(policies.values[OURS])) is not None:
        notes.append(f"of this bundle {word}")
    if balance is not None and not balance.sound:
        name = prepared.journey.treatments[balance.treatment]
        what = "how often it was done" if balance.feature is None else f"the feature {balance.feature}"
        notes.append(
            f"the stated probabilities are not those of the log: {name.action}@{name.channel or '-'} can be "
            f"predicted beyond them ({what}: {balance.z:.1f} standard errors, a sound log stays below "
            f"{balance.limit:.1f}), so effects may be those of who was chosen"
        )
    return notes


def _all_json(figures: Mapping[str, ResponseFigures]) -> dict[str, Any]:
    return {name: each.to_json() for name, each in figures.items()}


def _transition_json(figures: TransitionFigures) -> dict[str, Any]:
    return {
        key: None if value != value else round(value, 6) if isinstance(value, float) else value
        for key, value in asdict(figures).items()
    }
