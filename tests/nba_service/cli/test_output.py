"""What commands print: JSON for programs, tables for people."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from nba_service.cli.output import Table, print_json, say


def test_a_table_is_aligned_plain_text_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Table("Title", ("name", "EUR"), [("a", "1"), ("longer", "10")], right=frozenset({"EUR"})).show()
    assert capsys.readouterr().out == "Title\nname    EUR\na         1\nlonger   10\n\n"


def test_a_table_without_rows_has_its_header() -> None:
    assert Table("T", ("a", "bb"), []).plain() == "T\na  bb\n"


def test_a_row_of_another_width_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="zip"):
        Table("T", ("a", "b"), [("1", "2", "3")]).plain()


def test_a_terminal_gets_lines_and_the_same_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    Table("Title", ("name",), [("[bold]a[/bold]",)]).show()

    told = capsys.readouterr().out
    assert "─" in told
    assert "[bold]a[/bold]" in told, "what is printed is text, never markup"


def test_programs_read_one_value_with_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Größe", "at": datetime(2026, 11, 20, tzinfo=UTC)})

    told = capsys.readouterr()
    assert "Größe" in told.out
    assert json.loads(told.out) == {"name": "Größe", "at": "2026-11-20 00:00:00+00:00"}
    assert told.err == ""


def test_what_is_said_along_the_way_is_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    say("half done")

    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "half done\n")
