"""The manifest: what a bundle is, where it comes from, and the hash of every file in it.

Knows its own shape and how it is written; knows nothing of models. One manifest has exactly one spelling
in bytes and carries a hash of itself, so that any changed byte is found.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from models.errors import BundleError

FORMAT_VERSION: Final = 1
MANIFEST_FILE: Final = "manifest.json"
BUNDLE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
"""One directory name: no separators, no leading dot."""

FILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOST_BYTES = 1 << 30


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
        return _spell(self.to_json())


def content_hash(files: Mapping[str, FileEntry]) -> str:
    """One hash over the names and hashes of all files."""
    lines = (f"{files[name].sha256}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def parse_manifest(data: bytes, source: str) -> Manifest:
    """Read a manifest and refuse whatever it should not be.

    Raises:
        BundleError: no JSON, another format version, another shape, or a changed byte.
    """
    stored = _json_object(data, source)
    _check_version(stored, source)
    try:
        values = _ManifestSchema().load(stored)
    except ValidationError as error:
        raise BundleError(
            f"{source}: {_problems(error.messages_dict)}. It is damaged, or not written by "
            "`nba train`; publish the bundle again."
        ) from None
    claimed = stored.pop("manifest_sha256")
    if _hash(stored) != claimed or _spell(stored) != data:
        raise BundleError(
            f"{source}: its bytes do not match its own hash {claimed}. It was changed after it was "
            "published; copy or publish the bundle again."
        )
    manifest = _manifest_of(values)
    if content_hash(manifest.files) != manifest.content_sha256:
        raise BundleError(
            f"{source}: content_sha256 is not that of the listed files. Publish the bundle again."
        )
    return manifest


def _json_object(data: bytes, source: str) -> dict[str, Any]:
    try:
        stored = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{source}: expected JSON, got {error}. Publish the bundle again.") from None
    if not isinstance(stored, dict):
        raise BundleError(f"{source}: expected a JSON object, got {type(stored).__name__}.")
    return stored


def _check_version(stored: Mapping[str, Any], source: str) -> None:
    version = stored.get("format_version")
    if version != FORMAT_VERSION or isinstance(version, bool):
        raise BundleError(
            f"{source}: format_version is {version!r}, but this code reads {FORMAT_VERSION}. "
            "Serve it with the version that published it, or train again."
        )


def _spell(values: Mapping[str, Any]) -> bytes:
    try:
        hashed = {**values, "manifest_sha256": _hash(values)}
        text = json.dumps(hashed, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError) as error:
        raise BundleError(f"Metrics or extra of a manifest are no JSON values: {error}.") from None
    return text.encode() + b"\n"


def _hash(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _time_text(time: datetime) -> str:
    if time.tzinfo is None:
        raise BundleError(f"A manifest needs times with a time zone, got {time.isoformat()}.")
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _manifest_of(values: Mapping[str, Any]) -> Manifest:
    plain = {
        name: values[name]
        for name in Manifest.__dataclass_fields__
        if name not in ("customer_features", "candidate_features", "files", "provenance")
    }
    return Manifest(
        **plain,
        customer_features=tuple(values["customer_features"]),
        candidate_features=tuple(values["candidate_features"]),
        files={name: FileEntry(**entry) for name, entry in values["files"].items()},
        provenance=Provenance(**{name: values[name] for name in Provenance.__dataclass_fields__}),
    )


def _problems(messages: Mapping[str, Any], path: Sequence[str] = ()) -> str:
    """Marshmallow's nested messages on one line."""
    found = []
    for name, message in messages.items():
        where = [*path, str(name)]
        nested = isinstance(message, Mapping)
        found.append(
            _problems(message, where) if nested else f"{'.'.join(where)}: {' '.join(map(str, message))}"
        )
    return "; ".join(found)


def _matching(pattern: re.Pattern[str], expected: str) -> validate.Regexp:
    return validate.Regexp(re.compile(rf"(?:{pattern.pattern})\Z", re.ASCII), error=f"expected {expected}.")


_sha256 = _matching(_SHA256, "64 hexadecimal digits")


class _FileSchema(Schema):
    class Meta:
        unknown = RAISE

    sha256 = fields.String(required=True, validate=_sha256)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(0, _MOST_BYTES))


class _ManifestSchema(Schema):
    class Meta:
        unknown = RAISE

    format_version = fields.Integer(required=True, strict=True)
    bundle_id = fields.String(
        required=True, validate=_matching(BUNDLE_ID, "letters, digits, '.', '_' and '-' alone")
    )
    created_at = fields.AwareDateTime(required=True, format="iso")
    content_sha256 = fields.String(required=True, validate=_sha256)
    journey_sha256 = fields.String(required=True, validate=_sha256)
    features_sha256 = fields.String(required=True, validate=_sha256)
    customer_features = fields.List(fields.String(), required=True)
    candidate_features = fields.List(fields.String(), required=True)
    golden_rows = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    libraries = fields.Dict(fields.String(), fields.String(), required=True)
    files = fields.Dict(
        fields.String(validate=_matching(FILE_NAME, "a plain file name in lower case")),
        fields.Nested(_FileSchema),
        required=True,
    )
    training_from = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    training_until = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    data_sha256 = fields.String(required=True, allow_none=True, validate=_sha256)
    metrics = fields.Dict(fields.String(), required=True)
    extra = fields.Dict(fields.String(), required=True)
    manifest_sha256 = fields.String(required=True, validate=_sha256)
