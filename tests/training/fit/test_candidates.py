"""Candidates are what the phase means and was allowed; doing nothing always is one."""

from __future__ import annotations

import numpy as np

from models.bundle import Models
from models.domain.journey import Journey
from training.fit.candidates import GOLDEN_STATES, candidates, golden_rows, tried
from training.fit.prepared import Prepared


def test_doing_nothing_is_a_candidate_even_where_nothing_is_allowed(tiny_journey: Journey) -> None:
    none = np.zeros((2, len(tiny_journey.treatments)), dtype=bool)

    state, treatment = candidates(tiny_journey, np.zeros(2, np.int32), none, np.array([5, 9]))

    assert (state.tolist(), treatment.tolist()) == ([5, 9], [0, 0])


def test_candidates_ascend_and_are_allowed(tiny_journey: Journey) -> None:
    allowed = np.ones((3, len(tiny_journey.treatments)), dtype=bool)
    allowed[1, 1] = False

    state, treatment = candidates(tiny_journey, np.arange(3, dtype=np.int32), allowed, np.arange(3))

    pairs = list(zip(state.tolist(), treatment.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert (1, 1) not in pairs


def test_what_was_never_taken_in_a_phase_was_not_tried(trained: tuple[Prepared, Models]) -> None:
    prepared, _ = trained
    rows = np.arange(len(prepared.rows))
    table = tried(prepared, rows)
    taken = {*zip(prepared.situations.phase.tolist(), prepared.rows.treatment.tolist(), strict=True)}

    assert table[:, 0].all()
    assert {(p, t) for p, t in np.argwhere(table).tolist() if t} == {(p, t) for p, t in taken if t}


def test_golden_rows_are_few_and_of_every_phase(trained: tuple[Prepared, Models]) -> None:
    prepared, _ = trained
    golden = golden_rows(prepared)

    assert len(golden.phase) <= GOLDEN_STATES
    assert set(golden.phase.tolist()) == set(prepared.situations.phase.tolist())
    assert golden.row.max() == len(golden.phase) - 1
