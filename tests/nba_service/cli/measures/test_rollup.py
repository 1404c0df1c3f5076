"""``nba rollup`` rolls up what changed and says how much that was."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

from nba_service.settings import Settings
from nba_service.store import open_store
from tests.nba_service.store.row_builders import interaction


def test_it_says_how_many_customers_changed(nba: Callable[..., Result], settings: Settings) -> None:
    store = open_store(settings)
    store.migrate()
    store.add_interactions([interaction("i", "c-1"), interaction("j", "c-2")])

    first, second = nba("rollup"), nba("rollup", "--json")

    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("2 customers rolled up, 0 gone, ")
    assert {**json.loads(second.stdout), "seconds": 0} == {
        "people": 0,
        "gone": 0,
        "seconds": 0,
        "anew": False,
        "whole": True,
    }
