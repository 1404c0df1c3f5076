"""A registry with three bundles."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.registry import Registry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, save_tiny_bundle: Callable[..., object]) -> Path:
    """Bundles b-1 to b-3, an hour apart; take copies."""
    root = tmp_path_factory.mktemp("published")
    for i in (1, 2, 3):
        save_tiny_bundle(root / f"b-{i}", bundle_id=f"b-{i}", created_at=NOW + timedelta(hours=i))
    return root


@pytest.fixture
def registry(tmp_path: Path, published: Path) -> Registry:
    """A registry with b-1 to b-3 and no champion."""
    filled = Registry(tmp_path / "registry")
    for source in sorted(published.iterdir()):
        filled.add(Path(shutil.copytree(source, tmp_path / source.name)), source.name)
    return filled
