"""Golden rows: the same scores wherever a bundle is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.bundle import (
    Manifest,
    load_bundle,
)
from models.bundle import golden as golden_module
from models.bundle.golden import library_versions
from models.errors import BundleError
from models.learned.files import array_bytes, read_array

Save = Callable[..., Manifest]


Rewrite = Callable[[Path, Callable[[dict[str, Any]], object]], None]


ReplaceFile = Callable[[Path, str, bytes], None]


def test_a_model_that_scores_differently_by_one_bit_is_refused(replace_file: ReplaceFile, copy: Path) -> None:
    """The trainer's machine is this one, so not one bit may differ."""
    files = {"golden_baseline.npy": (copy / "golden_baseline.npy").read_bytes()}
    baseline = read_array(files, "golden_baseline.npy").copy()
    baseline[0, 0] = np.nextafter(baseline[0, 0], np.inf)
    replace_file(copy, "golden_baseline.npy", array_bytes(baseline))

    with pytest.raises(BundleError, match="Golden baseline differ"):
        load_bundle(copy)


@pytest.mark.parametrize(("error", "loads"), [(1e-12, True), (1e-6, False)])
def test_elsewhere_the_last_bits_may_differ(
    rewrite: Rewrite, replace_file: ReplaceFile, copy: Path, error: float, loads: bool
) -> None:
    """Trained with another NumPy: exponentials may differ in their last bits, and in no more."""
    name = "golden_propensity.npy"
    scores = read_array({name: (copy / name).read_bytes()}, name)
    replace_file(copy, name, array_bytes(scores * (1 + error)))
    rewrite(copy, lambda values: values["libraries"].update(numpy="1.0"))

    if loads:
        load_bundle(copy)
    else:
        with pytest.raises(BundleError, match=r"Golden propensity differ.*numpy 1\.0"):
            load_bundle(copy)


def test_scores_that_are_not_lightgbms_are_not_published(
    tmp_path: Path, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(golden_module.Trees):
        def raw_scores(self, X: Any) -> Any:
            return np.nextafter(super().raw_scores(X), np.inf)

    monkeypatch.setattr(golden_module, "Trees", Wrong)

    with pytest.raises(BundleError, match="not LightGBM's"):
        save(tmp_path / "b")


def test_library_versions_name_what_the_bits_depend_on() -> None:
    versions = library_versions()

    assert {"python", "numpy", "lightgbm", "nba", "processor"} == versions.keys()
    assert all(versions.values())
