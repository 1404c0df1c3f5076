"""States are thinned out evenly, and candidates sorted by state."""

from __future__ import annotations

import numpy as np
import pytest

from models.learned.value.states import choose_states


def test_many_states_are_thinned_out_within_each_phase() -> None:
    phase = np.repeat([0, 1, 2], [9_000, 900, 100])

    chosen = choose_states(phase, 1_000)

    assert len(chosen) == 1_000
    assert np.bincount(phase[chosen]) == pytest.approx([900, 90, 10], abs=1)
    assert np.all(np.diff(chosen) > 0)
