"""Garbage is looked for less often while much is decided, and as often as before afterwards."""

from __future__ import annotations

import gc

import pytest

from models.policy.batch.garbage import NEW_OBJECTS, RareCollections


def test_overlapping_batches_leave_the_threshold_as_it_was() -> None:
    before, rare = gc.get_threshold(), RareCollections().rare
    first, second = rare(), rare()
    first.__enter__()
    second.__enter__()
    assert gc.get_threshold() == (NEW_OBJECTS, *before[1:])
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] == NEW_OBJECTS
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before


def test_a_batch_that_fails_leaves_it_too() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="wrong"), RareCollections().rare():
        raise ValueError("wrong")
    assert gc.get_threshold() == before


def test_who_looks_for_none_is_left_alone() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with RareCollections().rare():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)
