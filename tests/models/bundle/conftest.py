"""A good bundle of the tiny journey, copies to break, and ways to break them."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.bundle import Manifest, Provenance, manifest

CREATED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PROVENANCE = Provenance(
    training_from=datetime(2025, 1, 1, tzinfo=UTC),
    training_until=CREATED,
    data_sha256="ab" * 32,
    metrics={"response": {"auc": 0.8125}},
    extra={"notes": "größer, schöner"},
)
Save = Callable[..., Manifest]
Rewrite = Callable[[Path, Callable[[dict[str, Any]], object]], None]


@pytest.fixture(scope="session")
def save(save_tiny_bundle: Save) -> Save:
    """``save_bundle`` with all arguments given; each can be replaced."""
    return lambda directory, **changed: save_tiny_bundle(
        directory, **({"created_at": CREATED, "provenance": PROVENANCE} | changed)
    )


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory, save: Save) -> Path:
    """A bundle that must not be changed; take a copy."""
    directory = tmp_path_factory.mktemp("good") / "b-1"
    save(directory)
    return directory


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    """A bundle to break."""
    return Path(shutil.copytree(good, tmp_path / "copy"))


@pytest.fixture(scope="session")
def rewrite() -> Rewrite:
    """Change a manifest as one who knows how it is hashed: only the meaning is wrong."""

    def rewritten(directory: Path, change: Callable[[dict[str, Any]], object]) -> None:
        path = directory / "manifest.json"
        values = json.loads(path.read_bytes())
        del values["manifest_sha256"]
        change(values)
        path.write_bytes(manifest.spell(values))

    return rewritten


@pytest.fixture(scope="session")
def replace_file(rewrite: Rewrite) -> Callable[[Path, str, bytes], None]:
    """Change a file together with all hashes: only the content is wrong."""

    def replaced(directory: Path, name: str, data: bytes) -> None:
        (directory / name).write_bytes(data)

        def change(values: dict[str, Any]) -> None:
            values["files"][name] = dataclasses.asdict(manifest.FileEntry.of(data))
            entries = {n: manifest.FileEntry(**e) for n, e in values["files"].items()}
            values["content_sha256"] = manifest.content_hash(entries)

        rewrite(directory, change)

    return replaced
