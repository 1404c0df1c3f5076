"""Fits effects of treatments, and asks whether they prove anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.arrays import AnyInts, Floats
from models.domain.journey import Journey
from models.learned.transition.calibration import fit_level
from models.learned.transition.effects import Effects, fit_effects
from models.learned.transition.fit_rows import Rows, baseline_of, early_rows
from models.learned.transition.model import TransitionModel
from models.statistics import JUDGED_90

_LIKELY = 1.0  # standard errors that suffice on customers left out, where luck is far below zero


def with_effects(model: TransitionModel, journey: Journey, rows: Rows) -> TransitionModel:
    """The model with the effects fitted anew, its baseline first set right on do-nothing rows."""
    model, variance = _levelled(model, rows.take(rows.treatment == 0))
    effects: Effects = fit_effects(
        journey=journey,
        baseline=baseline_of(model, rows),
        chain=np.exp(model.chain),
        phase=rows.phase,
        treatment=rows.treatment,
        next_phase=rows.next_phase,
    )
    error = np.sqrt(effects.standard_error**2 + variance[:, None])
    error[:, 0] = 0.0
    return replace(model, effects=effects.offset, standard_errors=error)


def without_effects(model: TransitionModel, journey: Journey, rows: Rows) -> TransitionModel:
    """The model with the effects that the journey file believes in and no others.

    Every row teaches the baseline.
    """
    none = rows.take(np.zeros(len(rows.phase), dtype=bool))
    believed = with_effects(model, journey, none)
    beliefs = believed.effects[rows.phase, rows.treatment]
    level, _ = fit_level(
        logits=baseline_of(model, rows) + beliefs, phase=rows.phase, next_phase=rows.next_phase
    )
    shift = model.calibration.shift + level
    return replace(believed, calibration=replace(model.calibration, shift=shift))


def effects_proven(model: TransitionModel, journey: Journey, known: Rows) -> bool:
    """Whether effects tell more than no effects do, of rows that they were not learned from.

    Where nothing works, the best of many effects is still a lucky one; without this, luck would be acted on.
    Later rows are tried first. They are few, and real effects can miss there by chance (once in five logs of
    5,000 journeys with misread phases); then the effects of each half of the customers are tried on the other
    half. Where nothing works that gain is several standard errors below zero, so one above it is no luck.
    """
    early, later = early_rows(known), known.take(known.later)
    if _standard_errors(_gain(model, journey, early, later), later.customer) > JUDGED_90:
        return True
    half = np.unique(known.customer, return_inverse=True)[1] % 2 == 0
    gain = np.empty(len(known))
    for left_out in (half, ~half):
        gain[left_out] = _gain(model, journey, known.take(~left_out), known.take(left_out))
    return _standard_errors(gain, known.customer) > _LIKELY


def _gain(model: TransitionModel, journey: Journey, learned: Rows, left_out: Rows) -> Floats:
    """Log-likelihood of each row that effects from ``learned`` add, shape (n,)."""
    treated = _log_likelihood(with_effects(model, journey, learned), left_out)
    return treated - _log_likelihood(without_effects(model, journey, learned), left_out)


def _standard_errors(gain: Floats, customer: AnyInts) -> float:
    """The sum of ``gain`` in its standard errors, by customer."""
    of_customer = np.bincount(np.unique(customer, return_inverse=True)[1], weights=gain)
    return float(gain.sum() / np.sqrt(max((of_customer**2).sum(), 1e-300)))


def _log_likelihood(model: TransitionModel, rows: Rows) -> Floats:
    """Of each row, shape (n,)."""
    each = np.arange(len(rows.phase))
    chance = model.probabilities(baseline_of(model, rows), each, rows.phase, rows.treatment)
    return np.asarray(np.log(np.maximum(chance[each, rows.next_phase], 1e-300)))


def _levelled(model: TransitionModel, nothing: Rows) -> tuple[TransitionModel, Floats]:
    """The model set right on do-nothing rows, and how sure that is: variance of shape (P, P)."""
    level, variance = fit_level(
        logits=baseline_of(model, nothing), phase=nothing.phase, next_phase=nothing.next_phase
    )
    shift = model.calibration.shift + level
    return replace(model, calibration=replace(model.calibration, shift=shift)), variance
