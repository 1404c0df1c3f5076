"""The drift reference: the same bins on both sides, and an index that can be worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.drift import SCORES, DriftReference, make_reference
from models.errors import BundleError
from training.gate.chance import code_stability_index, stability_index

NONE = [np.array([0.5, 0.5]), np.array([1.0, 1.0])]


def counted(reference: DriftReference, name: str, values: Sequence[float]) -> float:
    """The index of one value after the service has counted ``values``."""
    place = reference.names.index(name)
    counts = np.zeros(reference.shape)
    for value in values:
        row = np.zeros(len(reference.names))
        row[place] = value
        counts[np.arange(len(row)), reference.places(row)] += 1
    return float(reference.index(counts)[place])


def test_an_index_worked_by_hand() -> None:
    """Half in each of two bins, later 9 of 10 in the upper one: 0.4·ln(0.9/0.5) - 0.4·ln(0.1/0.5)."""
    reference = make_reference({"n": (np.array([1.0] * 5 + [2.0] * 5), False)}, NONE, 10)

    expected = 0.4 * math.log(0.9 / 0.5) - 0.4 * math.log(0.1 / 0.5)
    assert counted(reference, "n", [2.0] * 9 + [1.0]) == pytest.approx(expected, abs=1e-3)


@given(
    st.lists(st.floats(-100, 100, width=32) | st.just(math.nan), min_size=1, max_size=60),
    st.lists(st.floats(-200, 200, width=32) | st.just(math.nan), min_size=1, max_size=60),
)
def test_the_service_counts_into_the_bins_of_the_gate(before: list[float], after: list[float]) -> None:
    """One index, whether the gate works it out from two samples or the service from bins in a manifest."""
    made = make_reference({"n": (np.array(before), False)}, NONE, len(before))
    reference = DriftReference.from_json(made.to_json())

    expected = stability_index(np.array(before), np.array(after))
    assert counted(reference, "n", after) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert counted(reference, "n", before) == pytest.approx(0, abs=1e-3)


def test_codes_have_bins_of_their_own_and_so_have_codes_never_seen() -> None:
    before, after = np.array([0, 0, 1, 2]), np.array([0, 2, 3, 3])
    reference = make_reference({"c": (before.astype(float), True)}, NONE, 4)

    assert counted(reference, "c", after.tolist()) == pytest.approx(
        code_stability_index(before, after, 4), abs=1e-3
    )


def test_a_reference_survives_the_manifest() -> None:
    rng = np.random.default_rng(1)
    features = {"a": (rng.normal(size=500), False), "b": (rng.integers(0, 4, 500).astype(float), True)}
    made = make_reference(features, [rng.random(100), rng.normal(size=100)], 500)

    read = DriftReference.from_json(made.to_json())

    assert (read.names, read.rows) == (("a", "b", *SCORES), 500)
    np.testing.assert_array_equal(read.edges, made.edges)
    np.testing.assert_allclose(read.shares, made.shares, atol=1e-6)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"rows": 1, "features": ["a"], "values": {}},
        {"rows": 1, "features": [], "values": {"propensity": 1}},
    ],
)
def test_a_reference_that_cannot_be_read_says_so(broken: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="Train it anew"):
        DriftReference.from_json(broken)


def test_nothing_counted_is_no_drift() -> None:
    reference = make_reference({"n": (np.arange(10.0), False)}, NONE, 10)

    assert not reference.index(np.zeros(reference.shape)).any()
