"""A bundle is written whole or not at all, and comes back with the same bits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from models.bundle import (
    GoldenRows,
    Manifest,
    Models,
    load_bundle,
)
from models.bundle.golden import golden_scores
from models.errors import BundleError

Save = Callable[..., Manifest]


def test_a_bundle_comes_back_with_the_same_bits(
    good: Path, tiny_models: Models, tiny_golden: GoldenRows
) -> None:
    loaded = load_bundle(good)

    before, after = golden_scores(tiny_models, tiny_golden), golden_scores(loaded.models, tiny_golden)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert loaded.models.to_files() == tiny_models.to_files()


def test_the_same_models_give_the_same_bundle_but_for_id_and_time(
    tmp_path: Path, good: Path, save: Save
) -> None:
    other = save(tmp_path / "b-2", bundle_id="b-2", created_at=datetime(2027, 1, 1, tzinfo=UTC))

    assert other.content_sha256 == load_bundle(good).manifest.content_sha256
    different = {p.name for p in good.iterdir() if p.read_bytes() != (tmp_path / "b-2" / p.name).read_bytes()}
    assert different == {"manifest.json"}


def test_other_models_give_another_content_hash(
    tmp_path: Path, good: Path, save: Save, tiny_models: Models
) -> None:
    response = dataclasses.replace(tiny_models.response, shift=tiny_models.response.shift + 1e-12)
    other = save(tmp_path / "b", models=dataclasses.replace(tiny_models, response=response))

    assert other.content_sha256 != load_bundle(good).manifest.content_sha256


def test_no_pickle_is_in_a_bundle(good: Path) -> None:
    for path in good.glob("*.npy"):
        np.load(path, allow_pickle=False)
    assert {path.suffix for path in good.iterdir()} == {".npy", ".json", ".txt", ".yaml"}


def test_a_bundle_that_exists_is_never_written_over(good: Path, save: Save) -> None:
    with pytest.raises(BundleError, match="exists; a bundle never changes"):
        save(good)


def test_a_failed_save_leaves_nothing_behind(tmp_path: Path, save: Save, tiny_models: Models) -> None:
    shift = np.full_like(tiny_models.response.shift, np.nan)
    broken = dataclasses.replace(tiny_models, response=dataclasses.replace(tiny_models.response, shift=shift))

    with pytest.raises(BundleError, match="not-a-number"):
        save(tmp_path / "b", models=broken)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bundle_id", ["", "..", ".b", "a/b", "a\\b", "a\nb", "b\n", "ä", "x" * 101])
def test_an_id_is_a_plain_directory_name(tmp_path: Path, save: Save, bundle_id: str) -> None:
    with pytest.raises(BundleError, match="Bundle id"):
        save(tmp_path / "b", bundle_id=bundle_id)
