"""Publish: models, manifest and golden rows become a bundle in the registry.

Knows bundle ids and when the first bundle is promoted by itself; knows nothing of how models were made.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.bundle import GoldenRows, Manifest, Models, Provenance, save_bundle
from models.bundle.gate import GateCheck, admit_first, objections
from models.errors import GateError
from models.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What came of it.

    ``promoted``: why the bundle decides now; None: it waits for ``nba promote``. ``refused``: what the
    gate objects to, with the champion that decided when the bundle was published.
    """

    manifest: Manifest
    promoted: str | None
    refused: tuple[GateCheck, ...]


def bundle_id(models: Models, journey_bytes: bytes, now: datetime) -> str:
    """Minute and content, such as ``2026-11-20T02-00Z-4f1c``: the same content ends in the same digits."""
    digest = hashlib.sha256(journey_bytes)
    for name, data in sorted(models.to_files().items()):
        digest.update(name.encode() + b"\0" + data)
    return f"{now.astimezone(UTC):%Y-%m-%dT%H-%MZ}-{digest.hexdigest()[:4]}"


def publish(
    models: Models,
    journey_bytes: bytes,
    golden: GoldenRows,
    provenance: Provenance,
    registry: Registry,
    now: datetime,
    promote: bool = False,
) -> Published:
    """Write the bundle and add it; a first one that keeps to its golden decisions becomes champion.

    Raises:
        BundleError: what was written does not load again, or scores differently.
        RegistryError: the registry cannot be written.
    """
    name = _free(registry, bundle_id(models, journey_bytes, now))
    registry.root.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".publish-", dir=registry.root))
    try:
        manifest = save_bundle(
            staging / name,
            bundle_id=name,
            created_at=now,
            models=models,
            journey_bytes=journey_bytes,
            golden=golden,
            provenance=provenance,
        )
        registry.add(staging / name, name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    refused = objections(manifest, registry.champion())
    reason = _reason(registry, promote)
    if reason is not None:
        try:
            registry.promote(name, reason, now, admit=admit_first)
        except GateError:
            reason = None  # ``refused`` says why
    return Published(manifest=manifest, promoted=reason, refused=refused)


def _reason(registry: Registry, promote: bool) -> str | None:
    if registry.champion() is None:
        return "the first bundle of this registry"
    return "asked for with nba train --promote" if promote else None


def _free(registry: Registry, name: str) -> str:
    """The id, or with a number behind it if the same content was published in the same minute."""
    taken = {entry.bundle_id for entry in registry.bundles()}
    number = 2
    wanted = name
    while wanted in taken:
        wanted = f"{name}-{number}"
        number += 1
    return wanted
