"""Asks whether promised probabilities come true.

On later rows, overall and in every phase. A check fails where the measured error is above what a model that
is just good enough would show on as many rows (``chance``): a small log is not refused for being small. Knows
predictions; knows nothing of policies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.bundle.gate import GateCheck
from models.domain.objective import Gate
from models.statistics import JUDGED_90
from training.evaluation.figures.predictions import Predictions
from training.fit.prepared import Prepared
from training.gate.chance import calibration_allowance
from training.metrics import SMALLEST, calibration_error
from training.rows.rows import UNKNOWN
from training.rows.split import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What was promised and what came of it, shape (n,) each.

    ``phase``: codes at the decision.
    """

    label: Ints
    probability: Floats
    phase: Ints


def propensity_promises(prepared: Prepared, predictions: Predictions) -> Promises:
    """Responses."""
    return Promises(
        label=predictions.response,
        probability=predictions.propensity,
        phase=prepared.situations.phase[predictions.response_rows].astype(np.int64),
    )


def next_phase_promises(prepared: Prepared, predictions: Predictions) -> list[Promises]:
    """One per next phase."""
    phase = prepared.situations.phase[predictions.phase_rows].astype(np.int64)
    return [
        Promises(
            label=(predictions.next_phase == code).astype(np.int64),
            probability=predictions.leads_to[:, code],
            phase=phase,
        )
        for code in range(predictions.leads_to.shape[1])
    ]


def check_calibration(prepared: Prepared, predictions: Predictions, gate: Gate) -> Iterator[GateCheck]:
    """Propensity and next phase, each overall and in the phase where it is worst."""
    names = [phase.name for phase in prepared.journey.phases]
    response = propensity_promises(prepared, predictions)
    moves = next_phase_promises(prepared, predictions)
    yield _overall("calibration_propensity", "propensity", [response], gate.calibration_propensity)
    yield _by_phase(
        "calibration_propensity_by_phase", "propensity", [response], gate.calibration_propensity, gate, names
    )
    yield _overall("calibration_next_phase", "next phase", moves, gate.calibration_next_phase)
    yield _by_phase(
        "calibration_next_phase_by_phase", "next phase", moves, gate.calibration_next_phase, gate, names
    )


def check_worst_phase(prepared: Prepared, predictions: Predictions, gate: Gate) -> GateCheck:
    """In no phase may the model predict later responses worse than the phase's own rate would."""
    promises = propensity_promises(prepared, predictions)
    rates = _known_rates(prepared)
    gaps = [
        (*_loss_gap(promises, promises.phase == code, rates[code]), phase.name)
        for code, phase in enumerate(prepared.journey.phases)
        if (promises.phase == code).sum() >= gate.phase_rows
    ]
    if not gaps:
        return _passed(
            "worst_phase", f"No phase has {gate.phase_rows:,} later contacts, so none is judged on its own."
        )
    gap, low, name = max(gaps, key=lambda each: each[1])
    verb = "worse" if low > 0 else "no worse"
    return GateCheck(
        name="worst_phase",
        value=round(gap, 6),
        threshold=0.0,
        passed=low <= 0,
        sentence=(
            f"Responses in the weakest phase, {name}, are predicted {verb} than by the phase's own rate: "
            f"log-loss {gap:+.4f}, surely above {low:+.4f} (allowed: not surely above 0)."
        ),
    )


def _known_rates(prepared: Prepared) -> Floats:
    """Mean response of each phase's contacts before the test part, shrunk to the mean by ten rows."""
    rows = prepared.rows
    use = (prepared.split.part < Part.TEST) & (rows.response != UNKNOWN) & (rows.treatment > 0)
    phase, response = prepared.situations.phase[use], rows.response[use].astype(np.float64)
    n_phases = len(prepared.journey.phases)
    mean = float(response.mean()) if len(response) else 0.5
    counts = np.bincount(phase, minlength=n_phases)
    positives = np.bincount(phase, weights=response, minlength=n_phases)
    rates: Floats = (positives + 10 * mean) / (counts + 10)
    return rates


def _loss_gap(promises: Promises, rows: Mask, rate: float) -> tuple[float, float]:
    """Log-loss of the model minus that of the rate, and the lower end of its one-sided 95 % interval."""
    label = promises.label[rows]
    p = np.clip(promises.probability[rows], SMALLEST, 1 - SMALLEST)
    q = float(np.clip(rate, SMALLEST, 1 - SMALLEST))
    gap: Floats = np.where(label == 1, np.log(q) - np.log(p), np.log1p(-q) - np.log1p(-p))
    return float(gap.mean()), float(gap.mean() - JUDGED_90 * gap.std() / np.sqrt(len(gap)))


Rows = Callable[[Promises], Mask]


def _errors(promises: list[Promises], of: Rows, limit: float) -> tuple[float, float]:
    """Error and allowance; of several next phases, the one that is furthest above its allowance."""
    pairs = []
    for each in promises:
        rows = of(each)
        probability = each.probability[rows]
        error = calibration_error(each.label[rows], probability)
        pairs.append((error, calibration_allowance(probability, limit)))
    return max(pairs, key=lambda pair: pair[0] - pair[1])


def _overall(name: str, what: str, promises: list[Promises], limit: float) -> GateCheck:
    n = len(promises[0].label)
    if not n:
        return _passed(name, f"There are no later rows to check the {what} on.")
    error, allowance = _errors(promises, lambda p: np.ones(len(p.label), dtype=bool), limit)
    return _check(name, error, limit, allowance, f"Over {n:,} later rows the promised {what}")


def _by_phase(
    name: str, what: str, promises: list[Promises], limit: float, gate: Gate, names: list[str]
) -> GateCheck:
    limit = limit * gate.phase_factor
    counts = np.bincount(promises[0].phase, minlength=len(names))
    judged = [code for code in range(len(names)) if counts[code] >= gate.phase_rows]
    if not judged:
        return _passed(name, f"No phase has {gate.phase_rows:,} later rows, so none is judged on its own.")
    errors = [(*_errors(promises, partial(_in_phase, code), limit), code) for code in judged]
    error, allowance, code = max(errors, key=lambda each: each[0] - each[1])
    text = f"In the phase where it is worst, {names[code]} ({counts[code]:,} later rows), the promised {what}"
    return _check(name, error, limit, allowance, text)


def _in_phase(code: int, promises: Promises) -> Mask:
    mask: Mask = promises.phase == code
    return mask


def _check(name: str, error: float, limit: float, allowance: float, subject: str) -> GateCheck:
    return GateCheck(
        name=name,
        value=round(error, 6),
        threshold=round(allowance, 6),
        passed=error <= allowance,
        sentence=(
            f"{subject} is off by {error:.4f} on average (allowed: {limit:.4f}, which can measure up to "
            f"{allowance:.4f} on so many rows)."
        ),
    )


def _passed(name: str, sentence: str) -> GateCheck:
    return GateCheck(name=name, value=None, threshold=None, passed=True, sentence=sentence)
