"""``nba mcp``: an address that cannot be is refused before anything starts."""

from __future__ import annotations

from click.testing import CliRunner

from nba_service.cli import main


def test_an_address_that_is_none_is_refused() -> None:
    done = CliRunner().invoke(main, ["mcp", "--url", "localhost"])

    assert done.exit_code == 2
    assert "expected an address such as http://127.0.0.1:8000, got 'localhost'" in done.output


def test_its_help_says_how_a_key_is_given() -> None:
    done = CliRunner().invoke(main, ["mcp", "--help"])

    assert done.exit_code == 0
    assert "NBA_API_KEY" in done.output
