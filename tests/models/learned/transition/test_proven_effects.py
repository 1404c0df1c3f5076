"""Effects are believed only if rows that they were not learned from show them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.learned.transition.fit import fit_transition
from models.learned.transition.model import TransitionModel
from models.learned.trees.parameters import TreeParameters

World = Any


QUICK = TreeParameters(baseline_iterations=10, num_threads=1)


@pytest.fixture(scope="module")
def model(world: World) -> TransitionModel:
    return fit_transition(**world.for_transition())


def test_where_nothing_works_no_effect_is_believed(world: World) -> None:
    """Treatments dealt out anew within each phase did nothing: the luckiest of them must not look good."""
    shuffled, rng = world.for_transition(), np.random.default_rng(7)
    treatment = shuffled["treatment"].copy()
    for phase in np.unique(shuffled["phase"]):
        mine = np.flatnonzero(shuffled["phase"] == phase)
        treatment[mine] = treatment[rng.permutation(mine)]
    model = fit_transition(**{**shuffled, "treatment": treatment, "parameters": QUICK})

    assert not model.effects.any()


def test_effects_that_later_rows_miss_are_kept_if_customers_left_out_show_them(world: World) -> None:
    """Later treatments dealt out anew tell of no effect; the two halves of all customers still do."""
    rows, rng = world.for_transition(), np.random.default_rng(7)
    treatment = rows["treatment"].copy()
    late = np.flatnonzero(rows["calibrate"])
    for phase in np.unique(rows["phase"][late]):
        mine = late[rows["phase"][late] == phase]
        treatment[mine] = treatment[rng.permutation(mine)]
    model = fit_transition(**{**rows, "treatment": treatment, "parameters": QUICK})

    assert model.effects.any()
