"""Lists for tools that cannot call."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from nba_service.cli import main
from nba_service.mail.audience import defused
from nba_service.settings import Settings

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
"""In Berlin; e-mails of the tiny journey have quiet hours from 22:00 to 06:00."""
NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)


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


def test_a_list_becomes_merge_fields(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    audience = "customer_id,name\r\nc-1,Ada\r\nbad id,Bob\r\nc-2\r\nc-3,=1+1\r\n".encode("utf-8-sig")
    result = run(audience)

    assert result.exit_code == 0, result.output
    rows = rows_of(tmp_path / "out.csv")
    assert [(row["customer_id"], row["name"], row["NBA_TITLE"]) for row in rows] == [
        ("c-1", "Ada", "Hello there"),
        ("c-3", "'=1+1", "Hello there"),
    ]
    assert rows[0]["NBA_LINK"] == "https://tiny.example/look?a=1"
    assert "list.csv:3: left out" in result.stderr
    assert "list.csv:4: left out: expected 2 columns, got 1" in result.stderr

    before = (tmp_path / "out.csv").read_bytes()
    assert run(audience).exit_code == 0
    assert (tmp_path / "out.csv").read_bytes() == before


def test_one_id_a_line_will_do(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run(b"c-1\nc-2\n\nc-3", "--prefix", "N_").exit_code == 0
    assert [row["customer_id"] for row in rows_of(tmp_path / "out.csv")] == ["c-1", "c-2", "c-3"]
    assert "N_TITLE" in rows_of(tmp_path / "out.csv")[0]


def test_a_list_that_is_made_in_quiet_hours_offers_nothing(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run(b"c-1\n", at=NIGHT).exit_code == 0
    (row,) = rows_of(tmp_path / "out.csv")
    assert (row["NBA_DECISION_ID"] != "", row["NBA_REASON"]) == (True, "NOTHING")


@pytest.mark.parametrize("audience", [b"\xff\xfe", b"name,age\nAda,3\n", b"customer_id,NBA_TITLE\nc-1,x\n"])
def test_a_list_that_cannot_be_is_refused_and_leaves_no_file(run, tmp_path: Path, audience: bytes) -> None:  # type: ignore[no-untyped-def]
    result = run(audience)
    assert result.exit_code != 0
    assert not (tmp_path / "out.csv").exists()
    assert not list(tmp_path.glob(".out.csv.*"))


@given(st.text(max_size=20))
def test_no_cell_begins_a_formula(text: str) -> None:
    assert not defused(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert defused(text).removeprefix("'") == text.removeprefix("'") or defused(text) == text
