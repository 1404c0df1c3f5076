"""What a bundle's models said about later rows, and what happened.

For calibration, gate and report. Scores every test row once; knows nothing of what is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints
from models.bundle import Models
from training.fit.fit import CHUNK
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN
from training.rows.split import Part


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Test rows whose labels are known.

    K contacts with a known response, l rows with a known next phase.

    Attributes:
        response_rows: shape (k,). Positions in the rows; contacts only.
        response: shape (k,). 0 or 1.
        propensity: shape (k,). What the model said.
        phase_rows: shape (l,). Positions in the rows.
        next_phase: shape (l,). Codes.
        leads_to: shape (l, P). What the model said.
    """

    response_rows: Ints
    response: Ints
    propensity: Floats
    phase_rows: Ints
    next_phase: Ints
    leads_to: Floats


def predict(prepared: Prepared, models: Models) -> Predictions:
    """Score the test part."""
    rows = prepared.rows
    test = prepared.split.of(Part.TEST)
    responded = np.flatnonzero(test & (rows.response != UNKNOWN) & (rows.treatment > 0))
    moved = np.flatnonzero(test & (rows.next_phase != UNKNOWN))
    return Predictions(
        response_rows=responded,
        response=rows.response[responded].astype(np.int64),
        propensity=propensities(prepared, models, responded),
        phase_rows=moved,
        next_phase=rows.next_phase[moved].astype(np.int64),
        leads_to=_leads_to(prepared, models, moved),
    )


def propensities(prepared: Prepared, models: Models, at: Ints) -> Floats:
    """Propensity of the treatment taken in the rows ``at``: shape of ``at``."""
    value = np.empty(len(at))
    for begin in range(0, len(at), CHUNK):
        part = at[begin : begin + CHUNK]
        value[begin : begin + CHUNK] = models.response.propensity(
            customer_x=prepared.customer_x[part],
            candidate_x=prepared.candidate_x[part],
            row=np.arange(len(part)),
            phase=prepared.situations.phase[part],
            treatment=prepared.rows.treatment[part],
        ).value
    return value


def _leads_to(prepared: Prepared, models: Models, at: Ints) -> Floats:
    leads_to = np.empty((len(at), len(prepared.journey.phases)))
    for begin in range(0, len(at), CHUNK):
        part = at[begin : begin + CHUNK]
        phase = prepared.situations.phase[part]
        baseline = models.transition.baseline(prepared.customer_x[part], phase)
        leads_to[begin : begin + CHUNK] = models.transition.probabilities(
            baseline, np.arange(len(part)), phase, prepared.rows.treatment[part]
        )
    return leads_to
