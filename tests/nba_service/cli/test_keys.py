"""``nba keys``: shown once, listed without their text, ended by id or name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nba_service.cli import main


@pytest.fixture
def nba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("NBA_DATABASE_URL", f"sqlite:///{tmp_path}/keys.sqlite")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["keys", *arguments])

    return run


def test_from_making_to_revoking(nba) -> None:  # type: ignore[no-untyped-def]
    made = nba("create", "shop", "--scope", "decide", "--scope", "track", "--expires-days", "30")
    token = made.stdout.strip()
    listed = nba("list")
    as_json = json.loads(nba("list", "--json").stdout)

    assert made.stdout == f"{token}\n", "a shell takes all of standard output for the key"
    assert token.startswith("nbask_")
    assert "not shown again" in made.stderr
    assert token not in listed.stdout + json.dumps(as_json)
    assert [(key["name"], key["scopes"]) for key in as_json] == [("shop", ["decide", "track"])]

    revoked = nba("revoke", as_json[0]["key_id"])
    assert revoked.stdout == f"revoked {as_json[0]['key_id']} (shop)\n"
    assert json.loads(nba("list", "--json").stdout) == []
    assert json.loads(nba("list", "--all", "--json").stdout)[0]["revoked_at"]


def test_what_cannot_be_is_said_with_its_code(nba) -> None:  # type: ignore[no-untyped-def]
    for arguments in (("create", "site", "--publishable"), ("create", "x"), ("revoke", "nobody")):
        done = nba(*arguments)
        assert done.exit_code == 1
        assert done.stderr.startswith("KEY_REFUSED: Expected")
