"""``nba decide --audience`` on the tiny journey, as several tests run it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from nba_service.cli import main
from nba_service.settings import Settings

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
"""In Berlin; e-mails of the tiny journey have quiet hours from 22:00 to 06:00."""
NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)


class AudienceCommand(Protocol):
    """The command with a list and options, at a time."""

    def __call__(self, audience: bytes, *options: str, at: datetime = NOON) -> Result: ...


def audience_command(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AudienceCommand:
    """The command on the store and the playbook of ``settings``; it writes ``out.csv``."""
    values = {
        "NBA_DATABASE_URL": settings.database_url,
        "NBA_REGISTRY": str(settings.registry),
        "NBA_JOURNEY": str(settings.journey),
        "NBA_JOURNAL": str(tmp_path / "journal"),
        "NBA_WEB_DEADLINE_MS": "30000",
        "NBA_MAIL_DEADLINE_MS": "30000",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)

    def run(audience: bytes, *options: str, at: datetime = NOON) -> Result:
        (tmp_path / "list.csv").write_bytes(audience)
        usual = ["--audience", str(tmp_path / "list.csv"), "--channel", "email", "--consent", "email"]
        command = ["decide", *usual, "--out", str(tmp_path / "out.csv"), *options]
        return CliRunner().invoke(main, command, obj=lambda: at)

    return run


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
