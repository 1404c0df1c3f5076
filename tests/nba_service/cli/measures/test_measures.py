"""``nba measures`` prints the main table, JSON, or writes CSV."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from nba_service.settings import Settings
from nba_service.store import open_store
from tests.nba_service.store.row_builders import decision

AT = 1_795_000_000_000  # 2026-11-18


def test_a_measure_is_a_table_json_or_csv(
    nba: Callable[..., Result], settings: Settings, tmp_path: Path
) -> None:
    store = open_store(settings)
    store.migrate()
    store.add_decisions([decision("d", at=AT, delivered=AT)])
    assert "nothing in this period" in nba("measures", "lift").stderr
    nba("rollup")
    asked = ("measures", "lift", "--until", "2026-11-20")

    table, answer = nba(*asked), nba(*asked, "--json")
    unstated = nba("measures", "apprentice", *asked[2:])
    written = nba(*asked, "--out", str(tmp_path / "lift.csv"))

    assert table.exit_code == 0, table.output
    assert "treatment" in table.stdout
    assert "No caller has stated what it did itself" in unstated.stderr
    assert json.loads(answer.stdout)["arms"][0]["customers"] == 1
    assert written.stderr.endswith("lift.csv: 1 rows\n")
    assert (tmp_path / "lift.csv").read_text().startswith("arm,policy,")


def test_what_cannot_be_asked_is_said(nba: Callable[..., Result]) -> None:
    wrong = nba("measures", "luck")

    assert wrong.exit_code == 1
    assert "NOT_FOUND: Expected one of lift" in wrong.stderr
