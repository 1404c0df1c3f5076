"""A registry whose bundles are promoted and damaged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.registry import Registry
from nba_service.settings import Settings


@pytest.fixture
def promote(settings: Settings) -> Callable[[str], None]:
    """``promote(bundle)``: make it the champion, without a check."""
    now = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
    return lambda bundle: Registry(settings.registry).promote(bundle, "test", now, check=lambda _: None)


@pytest.fixture
def damage(settings: Settings) -> Callable[[str], None]:
    """``damage(bundle)``: change a byte of a file of it."""

    def change(bundle: str) -> None:
        path = settings.registry / "bundles" / bundle / "features.json"
        path.write_bytes(path.read_bytes()[:-1] + b"!")

    return change
