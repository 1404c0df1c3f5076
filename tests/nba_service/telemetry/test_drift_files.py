"""Counts of a population in files: they halve, add up over processes and outlive them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nba_service.telemetry.drift_files import (
    DriftCounts,
    bundles_counted,
    drift_file,
    drift_files,
    fold_drift,
    read_counts,
)

PLACE = np.array([1])


def test_counts_of_a_population_halve_and_survive_their_process(tmp_path: Path) -> None:
    """At 0 s one, at 100 s one, half-life 100 s: at 200 s they weigh 1/4 and 1/2; another of 100 s 1/2."""
    own, dying = (DriftCounts(drift_file(tmp_path, "b-1", pid), (1, 3), 100.0) for pid in (11, 12))
    place = np.array([1])
    own.add(place, 1_000.0)
    own.add(place, 1_100.0)
    dying.add(place, 1_100.0)

    before = sum(read_counts(file, (1, 3), 1_200.0) for file in drift_files(tmp_path, "b-1"))
    fold_drift(tmp_path, 12, 0)
    after = sum(read_counts(file, (1, 3), 1_200.0) for file in drift_files(tmp_path, "b-1"))

    np.testing.assert_allclose(before, [[0.0, 1.25, 0.0]])
    np.testing.assert_allclose(after, before)
    assert not list(tmp_path.glob("*~12.bin"))


@pytest.mark.parametrize("file", [True, False])
def test_each_value_is_counted_in_its_own_bin(tmp_path: Path, file: bool) -> None:
    counts = DriftCounts(drift_file(tmp_path, "b-1", 11) if file else None, (2, 3), 100.0)

    counts.add(np.array([0, 2]), 1_000.0)
    counts.add(np.array([1, 2]), 1_000.0)

    np.testing.assert_array_equal(counts.at(1_000.0), [[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    np.testing.assert_allclose(counts.at(1_100.0), [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])


def test_counts_that_were_read_are_a_copy() -> None:
    counts = DriftCounts(None, (1, 2), 100.0)
    read = counts.at(1_000.0)

    counts.add(PLACE, 1_000.0)

    assert read.sum() == 0


def test_a_clock_that_went_back_makes_no_count_heavier() -> None:
    counts = DriftCounts(None, (1, 2), 100.0)
    counts.add(PLACE, 1_000.0)

    np.testing.assert_array_equal(counts.at(500.0), [[0.0, 1.0]])


def test_a_file_that_is_just_being_made_counts_nothing(tmp_path: Path) -> None:
    file = drift_file(tmp_path, "b-1", 11)
    file.write_bytes(b"\0" * 8)

    np.testing.assert_array_equal(read_counts(file, (1, 3), 1_000.0), np.zeros((1, 3)))


def test_files_are_found_by_bundle(tmp_path: Path) -> None:
    for bundle, pid in (("b-1", 11), ("b-1", 12), ("b-2", 11)):
        DriftCounts(drift_file(tmp_path, bundle, pid), (1, 2), 100.0)
    (tmp_path / "drift~..~1.bin").touch()
    (tmp_path / "counter_11.db").touch()

    assert [path.name for path in drift_files(tmp_path, "b-1")] == ["drift~b-1~11.bin", "drift~b-1~12.bin"]
    assert bundles_counted(tmp_path) == ["b-1", "b-2"]


def test_the_dead_of_each_bundle_add_up_as_they_weigh_at_the_later_mark(tmp_path: Path) -> None:
    """Half-life 100 s: 2 counts of 1,000 s weigh 1 at 1,100 s, where the other has 1."""
    for pid, moments in ((11, (1_000.0, 1_000.0)), (12, (1_100.0,))):
        counts = DriftCounts(drift_file(tmp_path, "b-1", pid), (1, 2), 100.0)
        for moment in moments:
            counts.add(PLACE, moment)

    for pid in (11, 12, 12):
        fold_drift(tmp_path, pid, 0)

    (dead,) = drift_files(tmp_path, "b-1")
    assert dead == drift_file(tmp_path, "b-1", 0)
    np.testing.assert_allclose(read_counts(dead, (1, 2), 1_100.0), [[0.0, 2.0]])
    assert not list(tmp_path.glob("*.sum"))
