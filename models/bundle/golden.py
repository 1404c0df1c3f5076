"""Golden rows are situations with the scores that the trainer got.

A bundle that gives other scores where it is loaded is refused. Knows how to score and compare; knows
nothing of disks. Where NumPy and the processor are the trainer's, every bit must match; elsewhere the
last bits of exponentials may differ and a tolerance applies (docs/adr/0002-bundle-and-registry.md).
"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats
from models.bundle.contents import Models
from models.errors import BundleError
from models.learned.files import array_bytes, read_array
from models.learned.trees.lightgbm_library import load_lightgbm
from models.learned.trees.trees import Trees

RELATIVE_TOLERANCE: Final = 1e-9
PREFIX: Final = "golden_"
_LIBRARIES = ("nba", "numpy", "lightgbm")
_ARITHMETIC = ("numpy", "processor")
_OUTPUTS = ("propensity", "baseline", "probabilities", "next_values")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenRows:
    """Inputs that are scored when a bundle is published and loaded.

    Attributes:
        customer_x: shape (n, F), float32.
        candidate_x: shape (m, G), float32.
        row: shape (m,). The situation of each candidate.
        phase: shape (n,). Phase codes.
        treatment: shape (m,). Treatment codes.
    """

    customer_x: AnyFloats
    candidate_x: AnyFloats
    row: AnyInts
    phase: AnyInts
    treatment: AnyInts

    def to_files(self) -> dict[str, bytes]:
        return {f"{PREFIX}{field.name}.npy": array_bytes(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> GoldenRows:
        """What ``to_files`` gave; BundleError if a file is missing or of another kind."""
        return cls(**{field.name: read_array(files, f"{PREFIX}{field.name}.npy") for field in fields(cls)})


def input_files() -> frozenset[str]:
    """Names of the files of golden inputs: features may be not-a-number there, and nowhere else."""
    return frozenset(f"{PREFIX}{field.name}.npy" for field in fields(GoldenRows))


def golden_scores(models: Models, rows: GoldenRows) -> dict[str, Floats]:
    """What the models say of the golden rows.

    ``propensity`` is value, low, high and evidence: (4, m).
    """
    response = models.response.propensity(
        customer_x=rows.customer_x,
        candidate_x=rows.candidate_x,
        row=rows.row,
        phase=rows.phase,
        treatment=rows.treatment,
    )
    baseline = models.transition.baseline(rows.customer_x, rows.phase)
    return {
        "propensity": np.stack((response.value, response.low, response.high, response.evidence)),
        "baseline": baseline,
        "probabilities": models.transition.probabilities(baseline, rows.row, rows.phase, rows.treatment),
        "next_values": models.value.next_values(rows.customer_x, rows.row, rows.phase, rows.treatment),
    }


def scores_to_files(scores: Mapping[str, Floats]) -> dict[str, bytes]:
    return {f"{PREFIX}{name}.npy": array_bytes(array) for name, array in scores.items()}


def check_golden(models: Models, files: Mapping[str, bytes], *, libraries: Mapping[str, str]) -> None:
    """Score the golden rows of a bundle and compare.

    Args:
        libraries: of the manifest; see ``library_versions``.

    Raises:
        BundleError: a score is another, or not finite.
    """
    scores = golden_scores(models, GoldenRows.from_files(files))
    here = library_versions()
    same_arithmetic = all(libraries.get(name) == here[name] for name in _ARITHMETIC)
    for name in _OUTPUTS:
        expected, got = read_array(files, f"{PREFIX}{name}.npy"), scores[name]
        if not np.isfinite(got).all() or got.shape != expected.shape:
            raise BundleError(f"Golden {name} cannot be computed: shape {got.shape}, or not finite.")
        tolerance = 0.0 if same_arithmetic else RELATIVE_TOLERANCE
        if not np.allclose(got, expected, rtol=tolerance, atol=tolerance):
            raise BundleError(
                f"Golden {name} differ by up to {np.abs(got - expected).max():.3g} from what the trainer "
                f"got ({_versions(libraries)}; here {_versions(here)}). Train again with this code, or "
                "serve the bundle with the code that matches it."
            )


def check_against_lightgbm(files: Mapping[str, bytes], rows: GoldenRows) -> None:
    """Compare our scores of every LightGBM model with LightGBM's own, bit for bit.

    For the publisher.

    Raises:
        BundleError: they differ: a model that this code cannot score rightly must not be published.
    """
    texts = {name: data.decode() for name, data in files.items() if name.endswith(".txt")}
    if not texts:
        return
    lightgbm = load_lightgbm()
    both = np.hstack((rows.customer_x[rows.row], rows.candidate_x))
    by_width = {x.shape[1]: x for x in (rows.candidate_x, rows.customer_x, both)}
    for name, text in texts.items():
        trees = Trees.from_model_string(text)
        x = by_width[trees.n_features]
        if not np.array_equal(
            trees.raw_scores(x), lightgbm.Booster(model_str=text).predict(x, raw_score=True, num_threads=1)
        ):
            raise BundleError(
                f"{name}: our scores of the golden rows are not LightGBM's. Please report this."
            )


def library_versions() -> dict[str, str]:
    """What the bits of a score depend on, and what else helps to find a difference."""
    return {
        "python": platform.python_version(),
        "processor": _processor(),
        **{name: _version(name) for name in _LIBRARIES},
    }


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """Architecture, model, and instruction sets: NumPy and its BLAS choose their kernels by these."""
    configuration: Any = np.show_config(mode="dicts")
    simd = configuration["SIMD Extensions"]["found"]
    return " ".join((platform.machine(), *_processor_model(), *simd))


def _processor_model() -> tuple[str, ...]:
    """Vendor, family and model, where Linux tells; of the first core."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return (platform.processor(),)
    pairs = (line.split(":", 1) for line in text.partition("\n\n")[0].splitlines() if ":" in line)
    fields = {name.strip(): value.strip() for name, value in pairs}
    return tuple(fields[name] for name in ("vendor_id", "cpu family", "model") if name in fields)


def _versions(libraries: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {libraries.get(name, 'unknown')}" for name in _ARITHMETIC)
