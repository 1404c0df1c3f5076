"""``nba decide --audience``: lists for tools that cannot call, at the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nba_service.settings import Settings
from tests.nba_service.audience_command import AudienceCommand, audience_command, rows_of
from tests.nba_service.mail.conftest import linked


@pytest.fixture
def settings(playbook_settings: Settings, tiny_journey_text: str) -> Settings:
    """The tiny journey with a link in the teaser, and mails that may lead to its host."""
    Path(str(playbook_settings.journey)).write_text(linked(tiny_journey_text))
    return playbook_settings


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AudienceCommand:
    return audience_command(settings, monkeypatch, tmp_path)


def test_programs_read_what_became_of_the_list(run: AudienceCommand) -> None:
    told = json.loads(run(b"c-1\nbad id\nc-2\n", "--json").stdout)

    assert (told["written"], told["decided"]) == (2, 2)
    assert [line for line, _ in told["bad"]] == [2]


def test_people_read_the_first_faults_and_how_many_there_are(run: AudienceCommand) -> None:
    done = run(b"c-1\n" + b"bad id\n" * 23)

    assert sum(": left out: " in line for line in done.stderr.splitlines()) == 20
    assert "1 rows, 1 decided; 23 left out" in done.stderr or "23" in done.stderr.splitlines()[-1]


def test_the_lists_name_is_the_message_unless_it_is_said(run: AudienceCommand, tmp_path: Path) -> None:
    ids = []
    for options in ((), ("--message-id", "list"), ("--message-id", "other")):
        assert run(b"c-1\n", *options).exit_code == 0
        ids.append(rows_of(tmp_path / "out.csv")[0]["NBA_DECISION_ID"])

    assert ids[0] == ids[1] != ids[2]
