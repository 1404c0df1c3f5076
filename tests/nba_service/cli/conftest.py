"""``nba`` as a person calls it, on a registry with a champion."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from nba_service.cli import main
from nba_service.settings import Settings


@pytest.fixture
def nba(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """``nba(*arguments)``: what the command does."""
    monkeypatch.setenv("NBA_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("NBA_REGISTRY", str(settings.registry))
    return lambda *arguments: CliRunner().invoke(main, list(arguments))
