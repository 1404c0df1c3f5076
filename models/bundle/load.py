"""Bundles are loaded hashes first, golden rows last.

Knows disks, hashes and what must hold before a model may be trusted; knows nothing of which bundle is in
use. LightGBM's reader ends the process on damaged text, so nothing is parsed before it is verified.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Final

import numpy as np

from models.bundle.contents import FEATURES_FILE, JOURNEY_FILE, Bundle, Models
from models.bundle.golden import check_golden, input_files
from models.bundle.manifest import MANIFEST_FILE, FileEntry, Manifest
from models.bundle.manifest_reading import parse_manifest
from models.domain.journey import Journey
from models.errors import BundleError, FeatureMismatchError, NBAError
from models.journey_file import parse_journey
from models.learned.files import read_array

_MOST_MANIFEST_BYTES: Final = 1 << 24


def load_bundle(directory: Path) -> Bundle:
    """Read a bundle and prove that it scores as it did where it was trained.

    Raises:
        BundleError: damaged, incomplete, of another format, or with other golden scores.
        FeatureMismatchError: trained with features that this code does not build.
    """
    manifest = read_manifest(directory)
    files = _verified_files(directory, manifest)
    try:
        journey = _journey(files, manifest)
        _check_arrays(files)
        models = Models.from_files(files)
        _check_features(models, journey, manifest)
        check_golden(models, files, libraries=manifest.libraries)
    except FeatureMismatchError as error:
        raise FeatureMismatchError(f"Bundle {manifest.bundle_id!r}: {error}") from error
    except NBAError as error:
        raise BundleError(f"Bundle {manifest.bundle_id!r}: {error}") from error
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(
            f"Bundle {manifest.bundle_id!r} in {directory}: its files do not fit together "
            f"({type(error).__name__}: {error}). Publish it again with this version."
        ) from error
    return Bundle(manifest=manifest, journey=journey, models=models)


def verify_bundle(directory: Path) -> Manifest:
    """Verify the hash of every file and load nothing: whether a copy is one.

    Raises:
        BundleError: damaged or incomplete.
    """
    manifest = read_manifest(directory)
    _verified_files(directory, manifest)
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """Read and verify the manifest alone; cheap, for listings.

    Raises:
        BundleError: there is none, or it is damaged.
    """
    path = directory / MANIFEST_FILE
    return parse_manifest(_read(path, _MOST_MANIFEST_BYTES), str(path))


def _read(path: Path, most_bytes: int) -> bytes:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(f"{path}: expected a plain file, not a link or a directory.")
        if status.st_size > most_bytes:
            raise BundleError(f"{path}: {status.st_size} bytes, expected at most {most_bytes}.")
        return path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"{path}: cannot be read ({error.strerror}). Copy or publish the bundle again."
        ) from error


def _verified_files(directory: Path, manifest: Manifest) -> dict[str, bytes]:
    """The bytes of all files, read once and verified.

    What is checked is what is used.
    """
    listed, present = {*manifest.files, MANIFEST_FILE}, {path.name for path in directory.iterdir()}
    if listed != present:
        raise BundleError(
            f"{directory}: missing {sorted(listed - present)}, unknown {sorted(present - listed)}. "
            "Copy or publish the bundle again."
        )
    return {name: _verified(directory / name, entry) for name, entry in manifest.files.items()}


def _verified(path: Path, entry: FileEntry) -> bytes:
    data = _read(path, entry.size)
    digest = hashlib.sha256(data).hexdigest()
    if len(data) != entry.size or digest != entry.sha256:
        raise BundleError(
            f"{path}: {len(data)} bytes with sha256 {digest[:12]}…, but the manifest says {entry.size} bytes "
            f"with {entry.sha256[:12]}…. It is damaged; copy or publish the bundle again."
        )
    return data


def _journey(files: dict[str, bytes], manifest: Manifest) -> Journey:
    if JOURNEY_FILE not in files or manifest.files[JOURNEY_FILE].sha256 != manifest.journey_sha256:
        raise BundleError(f"{JOURNEY_FILE} is missing or not the one of the manifest. Publish it again.")
    return parse_journey(files[JOURNEY_FILE], JOURNEY_FILE)


def _check_arrays(files: dict[str, bytes]) -> None:
    """Not-a-number is a missing feature in golden inputs, and a broken model everywhere else."""
    for name in files.keys() - input_files():
        if name.endswith(".npy"):
            array = read_array(files, name)
            if array.dtype.kind == "f" and np.isnan(array).any():
                raise BundleError(f"{name} holds not-a-number. The training failed; train again.")


def _check_features(models: Models, journey: Journey, manifest: Manifest) -> None:
    spec = models.spec
    models.spec.check(journey)
    stated = (manifest.customer_features, manifest.candidate_features)
    if stated != (spec.customer_names, spec.candidate_names):
        raise FeatureMismatchError(
            f"trained with {sorted(set(stated[0] + stated[1]))}, but this code builds "
            f"{sorted({*spec.customer_names, *spec.candidate_names})}. "
            "Retrain, or serve the bundle that matches this code."
        )
    if manifest.files[FEATURES_FILE].sha256 != manifest.features_sha256:
        raise BundleError(f"{FEATURES_FILE} is not the one of the manifest. Publish it again.")
