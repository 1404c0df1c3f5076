"""Models: what decides, may it, and what was there before?"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from models.registry import Registry, Role
from nba_service.console.facts.bundle_facts import Gain
from nba_service.console.screens import models
from nba_service.console.wording import Words
from nba_service.keys.scopes import Scope

sys.path.insert(0, str(Path(__file__).parent))

from bundle_builder import facts  # helpers of tests are not installed

LOW, HIGH = Gain(value=2.0, low=1.0, high=3.0), Gain(value=9.0, low=8.0, high=10.0)
WIDE = Gain(value=2.5, low=-1.0, high=6.0)


@pytest.mark.parametrize(
    ("champion", "challenger", "english", "german"),
    [
        (None, None, "No bundle decides", "Noch entscheidet kein Modell"),
        (facts(), None, "nothing else is on trial", "sonst ist nichts im Versuch"),
        (facts("b", "champion", None, "coverage"), None, "misses 1 of its checks", "verfehlt 1 seiner"),
        (facts(gain=LOW), facts(gain=WIDE), "0.50\u00a0EUR a decision better, but", "belegt ist das nicht"),
        (facts(gain=LOW), facts(gain=HIGH), "is 7.00\u00a0EUR a decision better", "ist um 7,00\u00a0EUR"),
        (facts(gain=HIGH), facts(gain=LOW), "is 7.00\u00a0EUR a decision worse", "schlechter"),
    ],
)
def test_each_case_has_its_headline(champion: Any, challenger: Any, english: str, german: str) -> None:
    assert english in models.finding(Words("en"), champion, challenger)
    assert german in models.finding(Words("de"), champion, challenger)


def test_the_gate_names_what_is_missed() -> None:
    t = Words("en")
    failing = facts("b-9", "shadow", None, "drift_scores")

    assert models.gate_title(t, [facts(), failing]) == "9 misses 1 of 4 checks"
    assert "9 misses one: Scores look like those in training" in models.lede(t, [failing])
    assert models.gate_title(t, []) == "No bundle was judged"
    rows = models.gate_rows(t, [facts(), failing])
    assert [cell[0] for cell in next(row for row in rows if "Scores" in row.name).cells if cell] == [
        True,
        False,
    ]
    assert [row.cells[0][2] for row in rows if row.cells[0]] == ["10.00", "0.100", "10.0\u00a0%", "0"]


def test_promises_come_true_if_most_groups_are_within_their_intervals() -> None:
    def groups(off: int) -> list[dict[str, float]]:
        return [
            {
                "promised": 0.02 + i / 50,
                "happened": 0.5 if i < off else 0.02,
                "low": 0.9 if i < off else 0.0,
                "high": 1.0,
                "rows": 10,
            }
            for i in range(10)
        ]

    t = Words("en")
    assert models.promises_title(t, groups(0)) == "What it promises comes true, from 2 to 20 in 100"
    assert models.promises_title(t, groups(5)).startswith("Only 5 of 10 groups")
    assert "<circle" in models.draw_promises(t, groups(0))


def test_a_champion_that_a_rollback_took_out_is_marked() -> None:
    def line(event: str, bundle: str, day: int) -> dict[str, str]:
        at = f"2026-11-{day:02}T09:00:00Z"
        return {"event": event, "bundle": bundle, "promoted_at": at, "reason": "why"}

    switches = [line("promote", "b-1", 1), line("promote", "b-2", 5), line("rollback", "b-1", 6)]
    found = models.champions([*switches, {"event": "begin", "bundle": "b-3"}])

    assert [(one.bundle, one.rolled_back) for one in found] == [("b-1", False), ("b-2", True), ("b-1", False)]


def test_the_page_shows_every_bundle_and_hides_buttons_from_those_who_may_not(
    sign_in: Callable[..., FlaskClient],
) -> None:
    may, looks = (
        sign_in().get("/console/models").text,
        sign_in((Scope.CONSOLE,), "eve").get("/console/models").text,
    )

    assert all(bundle in page for bundle in ("b-1", "b-2") for page in (may, looks))
    assert "Roll back" in may
    assert "Roll back" not in looks
    assert "do=promote" not in looks


def form_token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="form" value="(\w+)"', client.get(address).text)
    assert found is not None
    return found[1]


def test_promoting_needs_scope_token_and_reason(sign_in: Callable[..., FlaskClient]) -> None:
    client, looks = sign_in(), sign_in((Scope.CONSOLE,), "eve")
    registry = Registry(client.application.extensions["nba"].settings.registry)
    address = "/console/models?do=promote&bundle=b-2&role=shadow"
    page = client.get(address).text
    asked = {"do": "promote", "bundle": "b-2", "role": "shadow", "reason": "to compare"}

    assert "Have b-2 computed as shadow" in page
    assert client.post("/console/models", data=asked).status_code == 403
    token = {"form": form_token(client, address)}
    assert client.post("/console/models", data={**asked, **token, "reason": ""}).status_code == 422
    assert client.post("/console/models", data={**asked, **token, "do": "delete"}).status_code == 422
    assert client.post("/console/models", data={**asked, **token, "share": "ten"}).status_code == 422
    other = {"form": form_token(looks, "/console/models")}
    assert looks.post("/console/models", data={**asked, **other}).status_code == 403
    assert registry.trials.current(Role.SHADOW) is None
    assert client.post("/console/models", data={**asked, **token}).status_code == 303
    assert registry.trials.current(Role.SHADOW) is not None
    assert "Decides nothing" in client.get("/console/models").text
