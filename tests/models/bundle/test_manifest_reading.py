"""A manifest is refused unless every byte and every value can be meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.bundle import (
    load_bundle,
)
from models.errors import BundleError

Rewrite = Callable[[Path, Callable[[dict[str, Any]], object]], None]


MANIFEST_CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "newer format": (lambda m: m.update(format_version=2), "format_version is 2, but this code reads 1"),
    "no format": (lambda m: m.pop("format_version"), "format_version is None"),
    "missing field": (lambda m: m.pop("created_at"), "created_at: Missing data"),
    "unknown field": (lambda m: m.update(color="red"), "color: Unknown field"),
    "a path as a file name": (
        lambda m: m["files"].update({"../x": {"sha256": "0" * 64, "size": 1}}),
        "plain file",
    ),
    "an absolute path": (
        lambda m: m["files"].update({"/etc/x": {"sha256": "0" * 64, "size": 1}}),
        "plain file",
    ),
    "an id that is a path": (lambda m: m.update(bundle_id="../b"), "bundle_id"),
    "no hash": (lambda m: m["files"]["value.json"].update(sha256="zz"), "64 hexadecimal"),
    "negative size": (lambda m: m["files"]["value.json"].update(size=-1), "size"),
    "local time": (lambda m: m.update(created_at="2026-01-01T00:00:00"), "created_at"),
    "another content hash": (lambda m: m.update(content_sha256="0" * 64), "content_sha256"),
    "another journey file": (lambda m: m.update(journey_sha256="0" * 64), "journey.yaml"),
    "another feature file": (lambda m: m.update(features_sha256="0" * 64), "features.json"),
}


@pytest.mark.parametrize("what", MANIFEST_CHANGES)
def test_a_wrong_manifest_is_refused(rewrite: Rewrite, copy: Path, what: str) -> None:
    change, message = MANIFEST_CHANGES[what]
    rewrite(copy, lambda values: change(values) and None)

    with pytest.raises(BundleError, match=message):
        load_bundle(copy)
