"""A manifest is checked before anything in it is believed.

Knows what a manifest may look like; knows nothing of the files that it lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from models.bundle.manifest import (
    BUNDLE_ID,
    FILE_NAME,
    FORMAT_VERSION,
    FileEntry,
    Manifest,
    Provenance,
    content_hash,
    own_hash,
    spell,
)
from models.errors import BundleError

_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOST_BYTES: Final = 1 << 30


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
    if own_hash(stored) != claimed or spell(stored) != data:
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
    texts = []
    for name, message in messages.items():
        where = [*path, str(name)]
        nested = isinstance(message, Mapping)
        texts.append(
            _problems(message, where) if nested else f"{'.'.join(where)}: {' '.join(map(str, message))}"
        )
    return "; ".join(texts)


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
