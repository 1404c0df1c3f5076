"""A bundle is written whole, or not at all.

Knows disks and the order in which things must reach them; knows nothing of what the models mean.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from models.bundle.contents import FEATURES_FILE, JOURNEY_FILE, Models
from models.bundle.durable_files import sync_directory, write_durably
from models.bundle.golden import (
    GoldenRows,
    check_against_lightgbm,
    golden_scores,
    library_versions,
    scores_to_files,
)
from models.bundle.load import load_bundle
from models.bundle.manifest import (
    BUNDLE_ID,
    MANIFEST_FILE,
    FileEntry,
    Manifest,
    Provenance,
    content_hash,
)
from models.errors import BundleError


def save_bundle(
    directory: Path,
    *,
    bundle_id: str,
    created_at: datetime,
    models: Models,
    journey_bytes: bytes,
    golden: GoldenRows,
    provenance: Provenance,
) -> Manifest:
    """Write a bundle into a directory that does not exist yet.

    The bundle is written next to it, loaded again, its golden rows compared, flushed to disk, and then
    renamed: a reader of ``directory`` sees a whole, working bundle. The same models, journey file and
    golden rows give the same bytes in every file but the manifest, and the same ``content_sha256``.

    Args:
        created_at: aware.
        journey_bytes: of the journey file that the models were trained with.
        golden: one row at least; a few dozen across phases and treatments are best.

    Raises:
        BundleError: the directory exists, the id is no directory name, or what was written does not load.
        FeatureMismatchError: the models' features are not those of the journey file.
    """
    if not BUNDLE_ID.fullmatch(bundle_id):
        raise BundleError(f"Bundle id {bundle_id!r}: expected up to 100 letters, digits, '.', '_' or '-'.")
    if directory.exists():
        raise BundleError(f"{directory} exists; a bundle never changes. Choose another id.")
    files = _files(models, journey_bytes, golden)
    manifest = _manifest(bundle_id, created_at, files, models, golden, provenance)
    directory.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".bundle-", dir=directory.parent))
    try:
        for name, data in {**files, MANIFEST_FILE: manifest.to_bytes()}.items():
            write_durably(staging / name, data)
        staging.chmod(0o755)
        sync_directory(staging)
        load_bundle(staging)
        staging.rename(directory)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    sync_directory(directory.parent)
    return manifest


def _files(models: Models, journey_bytes: bytes, golden: GoldenRows) -> dict[str, bytes]:
    model_files = models.to_files()
    check_against_lightgbm(model_files, golden)
    as_loaded = Models.from_files(model_files)
    return {
        JOURNEY_FILE: journey_bytes,
        **model_files,
        **golden.to_files(),
        **scores_to_files(golden_scores(as_loaded, golden)),
    }


def _manifest(
    bundle_id: str,
    created_at: datetime,
    files: dict[str, bytes],
    models: Models,
    golden: GoldenRows,
    provenance: Provenance,
) -> Manifest:
    entries = {name: FileEntry.of(files[name]) for name in sorted(files)}
    return Manifest(
        bundle_id=bundle_id,
        created_at=created_at,
        content_sha256=content_hash(entries),
        journey_sha256=entries[JOURNEY_FILE].sha256,
        features_sha256=hashlib.sha256(files[FEATURES_FILE]).hexdigest(),
        customer_features=models.spec.customer_names,
        candidate_features=models.spec.candidate_names,
        golden_rows=len(golden.row),
        libraries=library_versions(),
        files=entries,
        provenance=provenance,
    )
