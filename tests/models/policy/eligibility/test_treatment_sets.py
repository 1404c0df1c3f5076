"""Sets of treatments as whole numbers: bit t stands for treatment t."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.policy.eligibility.treatment_sets import NOTHING, members, to_mask, treatment_set, union


def test_bit_t_stands_for_treatment_t() -> None:
    """Treatments 0, 2 and 9: 1 + 4 + 512."""
    mask = np.zeros(12, dtype=np.bool_)
    mask[[0, 2, 9]] = True

    assert treatment_set(mask) == 517
    assert list(members(517)) == [0, 2, 9]
    assert treatment_set(np.array([True])) == NOTHING


def test_a_union_is_in_any_of_them() -> None:
    assert union([0b0011, 0b1010]) == 0b1011
    assert union([]) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_a_mask_comes_back_however_many_treatments_there_are(flags: list[bool]) -> None:
    mask = np.array(flags)

    assert to_mask(treatment_set(mask), len(flags)).tolist() == flags
    assert list(members(treatment_set(mask))) == np.flatnonzero(mask).tolist()
