"""``nba decide --audience``: lists for tools that cannot call, at the terminal."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nba_service.cli import main
from nba_service.settings import Settings

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
"""In Berlin; e-mails of the tiny journey have quiet hours from 22:00 to 06:00."""
NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)


@pytest.fixture
def settings(playbook_settings: Settings, tiny_journey_text: str) -> Settings:
    """The tiny journey with a link in the teaser, and mails that may lead to its host."""
    linked = tiny_journey_text.replace(
        "body: Have a look.}", 'body: Have a look., click_url: "https://tiny.example/look?a=1"}'
    )
    mail = """mail:
  links: [tiny.example]
  defaults:
    email: {en: {title: News, body: See what is new., click_url: "https://tiny.example/en"}}
"""
    Path(str(playbook_settings.journey)).write_text(linked + mail)
    return playbook_settings


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """``run(audience, *options, at=NOON)``: the command at a time, on the tiny journey's playbook."""
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

    def run_it(audience: bytes, *options: str, at: datetime = NOON) -> Result:
        (tmp_path / "list.csv").write_bytes(audience)
        usual = ["--audience", str(tmp_path / "list.csv"), "--channel", "email", "--consent", "email"]
        command = ["decide", *usual, "--out", str(tmp_path / "out.csv"), *options]
        return CliRunner().invoke(main, command, obj=lambda: at)

    return run_it


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_programs_read_what_became_of_the_list(run) -> None:  # type: ignore[no-untyped-def]
    told = json.loads(run(b"c-1\nbad id\nc-2\n", "--json").stdout)

    assert (told["written"], told["decided"]) == (2, 2)
    assert [line for line, _ in told["bad"]] == [2]


def test_people_read_the_first_faults_and_how_many_there_are(run) -> None:  # type: ignore[no-untyped-def]
    done = run(b"c-1\n" + b"bad id\n" * 23)

    assert sum(": left out: " in line for line in done.stderr.splitlines()) == 20
    assert "1 rows, 1 decided; 23 left out" in done.stderr or "23" in done.stderr.splitlines()[-1]


def test_the_lists_name_is_the_message_unless_it_is_said(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ids = []
    for options in ((), ("--message-id", "list"), ("--message-id", "other")):
        assert run(b"c-1\n", *options).exit_code == 0
        ids.append(rows_of(tmp_path / "out.csv")[0]["NBA_DECISION_ID"])

    assert ids[0] == ids[1] != ids[2]
