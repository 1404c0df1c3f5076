"""``nba doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from click.testing import Result

from nba_service.settings import Settings


def test_the_doctor_finds_nothing_wrong_or_says_what(nba: Callable[..., Result], settings: Settings) -> None:
    assert "nba doctor --migrate" in nba("doctor").stdout

    well = nba("doctor", "--migrate", "--json")
    (settings.registry / "bundles" / "b-1" / "features.json").write_bytes(b"{}")
    ill = nba("doctor", "--json")

    assert well.exit_code == 0, well.output
    assert all(check["ok"] for check in json.loads(well.stdout))
    assert ill.exit_code == 1
    wrong: list[dict[str, Any]] = [check for check in json.loads(ill.stdout) if not check["ok"]]
    assert [check["check"] for check in wrong] == ["bundle"]
    assert "features.json" in wrong[0]["detail"]


def test_people_read_a_line_for_each_thing_that_was_looked_at(
    nba: Callable[..., Result], settings: Settings
) -> None:
    well = nba("doctor", "--migrate")
    (settings.registry / "bundles" / "b-1" / "features.json").write_bytes(b"{}")
    ill = nba("doctor")

    names = ["safety", "journey", "bundle", "store", "keys"]
    assert {line[:5] for line in well.stdout.splitlines() if not line.startswith(" ")} == {"ok   "}
    assert (well.exit_code, ill.exit_code) == (0, 1)
    for name in names:
        assert f"ok    {name}: " in well.stdout
    (wrong,) = [line for line in ill.stdout.splitlines() if line.startswith("WRONG")]
    assert wrong.startswith("WRONG bundle: BUNDLE_INVALID: ")


def test_a_damaged_page_of_the_store_is_found_and_what_to_do_said_in_one_line(
    nba: Callable[..., Result], settings: Settings
) -> None:
    """Pages that nobody has read since look well until somebody needs them."""
    assert nba("doctor", "--migrate").exit_code == 0
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as database:
        (page,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'interactions'"
        ).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x55" * 64)

    ill = nba("doctor")

    assert ill.exit_code == 1
    (wrong,) = [line for line in ill.stdout.splitlines() if line.startswith("WRONG")]
    assert wrong.startswith("WRONG store: STORE_UNAVAILABLE: The store's file is damaged: stop the service")
