"""What the phase reached is worth, against what was to be expected."""

from __future__ import annotations

import numpy as np
import pytest

from models.bundle import Models
from training.evaluation.off_policy.ahead import worth_ahead
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN


def test_it_has_no_mean_in_any_phase_and_knows_nothing_of_open_rows(
    trained: tuple[Prepared, Models],
) -> None:
    prepared, models = trained
    phase, following = prepared.situations.phase, prepared.rows.next_phase
    known = following != UNKNOWN

    found = worth_ahead(prepared, models)

    assert known.any()
    assert not found[~known].any()
    for code in np.unique(phase[known]):
        assert found[known & (phase == code)].mean() == pytest.approx(0.0, abs=1e-9)
    moved = np.flatnonzero(known & (following != phase))[0]
    stayed = np.flatnonzero(known & (following == phase) & (phase == phase[moved]))[0]
    chain, discount = models.value.chain, models.value.discount[phase[moved]]
    gap = discount * (chain[following[moved]] - chain[phase[moved]])
    assert found[moved] - found[stayed] == pytest.approx(gap)
