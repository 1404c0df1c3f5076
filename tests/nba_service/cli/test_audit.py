"""``nba audit``: both chains, listed and verified."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.registry import Registry
from nba_service.cli import main


@pytest.fixture
def nba(tmp_path: Path, registry: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("NBA_DATABASE_URL", f"sqlite:///{tmp_path}/audit.sqlite")
    monkeypatch.setenv("NBA_REGISTRY", str(registry))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return run


def test_what_happened_is_listed_and_verified(nba, registry: Path) -> None:  # type: ignore[no-untyped-def]
    nba("keys", "create", "shop", "--scope", "decide")
    nba("keys", "revoke", "shop")
    Registry(registry).promote("b-2", "better", datetime(2026, 11, 21, tzinfo=UTC), check=lambda _: None)

    listed = json.loads(nba("audit", "list", "--json").stdout)
    verified = nba("audit", "verify")

    assert [entry["kind"] for entry in listed["store"]] == ["key.created", "key.revoked"]
    assert [line["bundle"] for line in listed["registry"]] == ["b-1", "b-2"]
    assert verified.exit_code == 0
    assert verified.stdout.startswith("ok    2 entries; head 2:")
    assert "bundle.promote" in nba("audit", "list").stdout
    head = verified.stdout.split()[-1]
    assert nba("audit", "verify", "--head", head).exit_code == 0
    assert nba("audit", "verify", "--head", f"2:{'0' * 64}").exit_code == 1
    assert nba("audit", "verify", "--head", "nonsense").exit_code == 2


def test_tampering_with_either_chain_fails(nba, registry: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    nba("keys", "create", "shop", "--scope", "decide")
    with sqlite3.connect(tmp_path / "audit.sqlite") as connection:
        connection.execute("UPDATE audit_log SET kind = 'key.revoked'")
    (registry / "promotions.jsonl").write_text("")

    done = nba("audit", "verify")

    assert done.exit_code == 1
    assert "entry 1 (key.revoked" in done.stdout
    assert "the tail was cut" in done.stdout


def test_trials_that_an_older_version_wrote_are_repaired_with_a_reason(nba, registry: Path) -> None:  # type: ignore[no-untyped-def]
    at = datetime(2026, 11, 21, tzinfo=UTC)
    old = {"event": "begin", "role": "challenger", "bundle": "b-2", "since": "2026-11-20T00:00:00Z"}
    with (registry / "promotions.jsonl").open("a") as file:
        file.write(json.dumps({**old, "reason": "try", "share": 0.1}) + "\n")
        file.write(json.dumps({**old, "event": "end", "at": "2026-11-20T01:00:00Z", "reason": "seen"}) + "\n")
    Registry(registry).promote("b-2", "better", at, check=lambda _: None)
    assert "has no hash" in nba("audit", "verify").stdout
    assert "bundle.begin as challenger" in nba("audit", "list").stdout

    assert nba("audit", "repair").exit_code == 2, "a repair has a reason"
    done = nba("audit", "repair", "--reason", "trials of 0.2")

    assert done.exit_code == 0, done.output
    assert nba("audit", "verify").exit_code == 0
    listed = json.loads(nba("audit", "list", "--json").stdout)
    assert [entry["kind"] for entry in listed["store"]] == ["registry.repaired"]
    assert (listed["registry"][-1]["event"], listed["registry"][-1]["reason"]) == ("repair", "trials of 0.2")
    assert "registry.repair" in nba("audit", "list").stdout
    again = nba("audit", "repair", "--reason", "again")
    assert (again.exit_code, "nothing to repair" in again.output) == (1, True)
