"""The manifest names a bundle, its origin and every file in it.

Knows how it is written (``manifest_reading.py`` reads it); knows nothing of models. One manifest has
exactly one spelling in bytes and carries a hash of itself, so that any changed byte is found.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from models.errors import BundleError

FORMAT_VERSION: Final = 1
MANIFEST_FILE: Final = "manifest.json"
BUNDLE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
"""One directory name: no separators, no leading dot."""

FILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of a bundle."""

    sha256: str
    size: int

    @classmethod
    def of(cls, data: bytes) -> FileEntry:
        return cls(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a bundle comes from, as the trainer tells it.

    ``training_from`` and ``training_until``: aware, the window of the decisions learned from.
    ``data_sha256``: of the tables. ``metrics`` and ``extra`` are JSON values.
    """

    training_from: datetime | None = None
    training_until: datetime | None = None
    data_sha256: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What ``manifest.json`` says.

    ``content_sha256`` is over names and hashes of all files and over nothing else: the same data and
    journey file give the same one, whatever the id and the time. ``libraries``: versions of those whose
    arithmetic the golden scores depend on.
    """

    bundle_id: str
    created_at: datetime
    content_sha256: str
    journey_sha256: str
    features_sha256: str
    customer_features: tuple[str, ...]
    candidate_features: tuple[str, ...]
    golden_rows: int
    libraries: Mapping[str, str]
    files: Mapping[str, FileEntry]
    provenance: Provenance
    format_version: int = FORMAT_VERSION

    def to_json(self) -> dict[str, Any]:
        """As JSON values, without the hash of itself; what ``nba bundles --json`` prints."""
        own = self.provenance
        return {
            "format_version": self.format_version,
            "bundle_id": self.bundle_id,
            "created_at": _time_text(self.created_at),
            "content_sha256": self.content_sha256,
            "journey_sha256": self.journey_sha256,
            "features_sha256": self.features_sha256,
            "customer_features": list(self.customer_features),
            "candidate_features": list(self.candidate_features),
            "golden_rows": self.golden_rows,
            "libraries": dict(self.libraries),
            "files": {
                name: {"sha256": entry.sha256, "size": entry.size} for name, entry in self.files.items()
            },
            "training_from": own.training_from and _time_text(own.training_from),
            "training_until": own.training_until and _time_text(own.training_until),
            "data_sha256": own.data_sha256,
            "metrics": own.metrics,
            "extra": own.extra,
        }

    def to_bytes(self) -> bytes:
        """The one spelling of this manifest, with the hash of the rest in ``manifest_sha256``."""
        return spell(self.to_json())


def content_hash(files: Mapping[str, FileEntry]) -> str:
    """One hash over the names and hashes of all files."""
    lines = (f"{files[name].sha256}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def spell(values: Mapping[str, Any]) -> bytes:
    """The bytes of a manifest, with its own hash added.

    BundleError if a value is none of JSON's.
    """
    try:
        hashed = {**values, "manifest_sha256": own_hash(values)}
        text = json.dumps(hashed, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise BundleError(f"Metrics or extra of a manifest are no JSON values: {error}.") from None
    return text.encode() + b"\n"


def own_hash(values: Mapping[str, Any]) -> str:
    """The hash of a manifest without its ``manifest_sha256``."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _time_text(time: datetime) -> str:
    if time.tzinfo is None:
        raise BundleError(f"A manifest needs times with a time zone, got {time.isoformat()}.")
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
