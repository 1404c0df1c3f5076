"""Numbers come back from a model's files bit for bit; what cannot be read says which file and what to do."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.errors import BundleError
from models.learned.files import array_bytes, json_bytes, read_array, read_json


@given(arrays(np.float64, st.integers(0, 5), elements=st.floats(allow_nan=False)))
def test_numbers_come_back_bit_for_bit(numbers: np.ndarray) -> None:
    files = {
        "a.npy": array_bytes(numbers),
        "a.json": json_bytes({"a": numbers[np.isfinite(numbers)].tolist()}),
    }

    assert read_array(files, "a.npy").tobytes() == numbers.tobytes()
    assert read_json(files, "a.json")["a"] == numbers[np.isfinite(numbers)].tolist()


def test_an_array_that_was_read_cannot_be_changed() -> None:
    numbers = read_array({"a.npy": array_bytes(np.zeros(2))}, "a.npy")

    with pytest.raises(ValueError, match="read-only"):
        numbers[0] = 1.0


def test_the_order_of_keys_changes_no_byte() -> None:
    assert json_bytes({"a": 1, "b": 2}) == json_bytes({"b": 2, "a": 1})


@pytest.mark.parametrize("data", [b"", b"torn", array_bytes(np.zeros(9))[:-8], pickle.dumps([1])])
def test_what_is_no_array_is_refused_by_name(data: bytes) -> None:
    """A pickle is never loaded."""
    with pytest.raises(BundleError, match=r"a\.npy"):
        read_array({"a.npy": data}, "a.npy")


@pytest.mark.parametrize("data", [b"", b"{", b"[1]"])
def test_what_is_no_json_object_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(BundleError, match=r"a\.json"):
        read_json({"a.json": data}, "a.json")


def test_a_file_that_is_missing_is_named_with_those_that_are_there() -> None:
    with pytest.raises(BundleError, match=r"lacks b\.npy.*a\.npy"):
        read_array({"a.npy": b""}, "b.npy")
