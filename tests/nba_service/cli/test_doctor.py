"""``nba doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Callable
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
