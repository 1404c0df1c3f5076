"""Candidates of situations.

What was tried in a phase, and the golden rows of a bundle.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.arrays import Codes, Ints, Mask
from models.bundle import GoldenRows
from models.domain.journey import Journey
from models.learned.value.states import choose_states
from models.policy.eligibility.catalogue import Catalogue
from training.fit.prepared import Prepared

GOLDEN_STATES: Final = 24


def tried(prepared: Prepared, rows: Ints) -> Mask:
    """(phases, treatments): whether the treatment was ever taken in the phase; doing nothing always was."""
    table = np.zeros((len(prepared.journey.phases), len(prepared.journey.treatments)), dtype=bool)
    table[prepared.situations.phase[rows], prepared.rows.treatment[rows]] = True
    table[:, 0] = True
    return table


def candidates(journey: Journey, phase: Codes, allowed: Mask, rows: Any) -> tuple[Ints, Codes]:
    """Candidates of situations: what the journey file means for the phase, out of what is allowed.

    Args:
        phase: shape (s,).
        allowed: shape (s, T).
        rows: shape (s,). What to call the situations.

    Returns:
        Situation and treatment of m candidates, ascending; doing nothing is always one of them.
    """
    meant = Catalogue.of(journey).phases[phase] & allowed
    meant[:, 0] = True
    state, treatment = np.nonzero(meant)
    return rows[state], treatment.astype(np.int32)


def golden_rows(prepared: Prepared) -> GoldenRows:
    """A few situations across phases with every treatment meant for them: a bundle's proof at load."""
    states = choose_states(prepared.situations.phase, GOLDEN_STATES)
    phase = prepared.situations.phase[states]
    everything = np.ones((len(states), len(prepared.journey.treatments)), dtype=bool)
    row, treatment = candidates(prepared.journey, phase, everything, states)
    return GoldenRows(
        customer_x=prepared.customer_x[states],
        candidate_x=prepared.builder.candidate_features(prepared.situations, row, treatment),
        row=np.searchsorted(states, row),
        phase=phase,
        treatment=treatment,
    )
