"""``nba retention``: says what would go, refuses what is still needed, and does what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from models.domain.history import DAY_MS, to_ms
from nba_service.cli import main
from nba_service.settings import Durability, Settings
from nba_service.store import open_store
from nba_service.store.interface import Store
from nba_service.store.records.audit_log import AuditLog
from nba_service.store.rows import InteractionRow
from nba_service.store.sql.connection import Database

NOW = datetime.now(UTC)


@pytest.fixture
def store(playbook_settings: Settings) -> Store:
    made = open_store(playbook_settings)
    made.migrate()
    ages = {"old": 400, "young": 10}
    made.add_interactions(
        [
            InteractionRow(
                interaction_id=key, customer_id="c", occurred_at=to_ms(NOW) - days * DAY_MS, touchpoint="v"
            )
            for key, days in ages.items()
        ]
    )
    return made


@pytest.fixture
def environment(playbook_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_DATABASE_URL", playbook_settings.database_url)
    monkeypatch.setenv("NBA_JOURNEY", str(playbook_settings.journey))
    monkeypatch.setenv("NBA_REGISTRY", str(playbook_settings.registry))


@pytest.mark.usefixtures("environment")
def test_the_command_says_what_would_go_then_does_it(
    store: Store, playbook_settings: Settings, tmp_path: Path
) -> None:
    run = CliRunner()
    dry = run.invoke(main, ["retention", "--days", "365", "--dry-run"])
    assert (dry.exit_code, dry.stdout.splitlines()[0]) == (0, "interactions: 1 rows would go")
    assert run.invoke(main, ["retention", "--days", "365"]).exit_code != 0
    assert len(store.scan("interactions", "", 10)) == 2

    exported = run.invoke(main, ["export", "--out", str(tmp_path / "out")])
    assert exported.exit_code == 0, exported.output
    done = run.invoke(main, ["retention", "--days", "365"])

    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "interactions: 1 rows gone")
    assert [row["interaction_id"] for row in store.scan("interactions", "", 10)] == ["young"]
    log = AuditLog(Database(playbook_settings.database_url, durability=Durability.COMMIT, timeout_ms=5_000))
    (entry,) = [one for one in log.entries() if one.kind == "retention"]
    assert '"interactions":1' in entry.detail
    assert list(log.problems()) == []


@pytest.mark.usefixtures("environment")
def test_without_a_number_of_days_nothing_is_deleted(store: Store) -> None:
    assert CliRunner().invoke(main, ["retention"]).exit_code == 2
    assert len(store.scan("interactions", "", 10)) == 2
