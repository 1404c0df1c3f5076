"""Promises: each is kept, to look at or broken, has a sentence in both languages, and says what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nba_service.console.facts.health_checks import BAD, GOOD, WARN, Facts, Source, judge
from nba_service.console.screens.health import finding, lede, say
from nba_service.console.wording import Words, sentences

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WELL = Facts(
    now=NOW,
    decisions=1_000,
    slowest=0.02,
    explored=30,
    outcome_half=60.0,
    outcome_most=600.0,
    drift=0.05,
    newest_bundle=NOW - timedelta(hours=18),
    champion="b81c",
    champion_since=NOW - timedelta(days=8),
    sources=(Source(name="website", newest=NOW - timedelta(hours=1), longest_gap=timedelta(days=1)),),
)
QUIET = Source(name="app", newest=NOW - timedelta(days=5), longest_gap=timedelta(days=1))
ODD = [
    ("answers", BAD, {"ready": False}),
    ("answers", BAD, {"store_problems": ("The store does not answer.",)}),
    ("answers", WARN, {"failed": 3}),
    ("answers", GOOD, {"decisions": 0}),
    ("speed", WARN, {"slowest": 0.5}),
    ("speed", GOOD, {"slowest": None}),
    ("whole", WARN, {"degraded": {"STORE_SLOW": 20}}),
    ("whole", GOOD, {"degraded": {"STORE_SLOW": 1}}),
    ("journal", BAD, {"waiting": 61}),
    ("journal", WARN, {"refused": 1}),
    ("disk", BAD, {"disks": ("The disk of the store has 3 MiB left.",)}),
    ("feeds", BAD, {"sources": (*WELL.sources, QUIET)}),
    ("feeds", GOOD, {"sources": ()}),
    ("outcomes", WARN, {"outcome_half": 200_000.0, "outcome_most": float("inf")}),
    ("outcomes", GOOD, {"outcome_half": None}),
    ("drift", WARN, {"drift": 0.4}),
    ("drift", GOOD, {"drift": None}),
    ("exploring", WARN, {"explored": 1}),
    ("exploring", GOOD, {"decisions": 10}),
    ("rules", WARN, {"rule_failures": {"ADULTS": 4}}),
    ("texts", WARN, {"fallbacks": {"lease": 41}}),
    ("texts", GOOD, {"fallbacks": {"lease": 2}}),
    ("training", WARN, {"newest_bundle": None}),
    ("training", WARN, {"newest_bundle": NOW - timedelta(days=9)}),
    ("training", WARN, {"newest_refused": True}),
    ("champion", WARN, {"champion": None}),
    ("champion", WARN, {"champion_since": NOW - timedelta(days=40)}),
]


def test_on_a_good_day_every_promise_is_kept() -> None:
    promises = judge(WELL)

    assert {one.status for one in promises} == {GOOD}
    assert finding(Words("en"), promises) == "All 13 promises are kept"
    assert lede(Words("de"), promises) == "Es ist nichts zu tun."


@pytest.mark.parametrize(("name", "status", "changed"), ODD)
def test_each_promise_stands_as_its_facts_say(name: str, status: str, changed: dict[str, object]) -> None:
    promise = next(one for one in judge(replace(WELL, **changed)) if one.name == name)  # type: ignore[arg-type]

    assert promise.status == status
    for language in ("en", "de"):
        sentence, more = say(Words(language), promise)
        assert sentence
        assert "{" not in sentence + more


def test_the_headline_names_the_worst() -> None:
    promises = judge(replace(WELL, drift=0.4, sources=(QUIET,)))

    assert finding(Words("en"), promises) == (
        "11 of 13 promises are kept. app has sent no events for 5 days; its longest silence was 24 hours"
    )


def test_what_to_do_stands_in_the_runbook_and_in_both_languages() -> None:
    runbook = (Path(__file__).parents[4] / "docs" / "how-to" / "monitor.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### (\w+)$", runbook, re.MULTILINE))
    named = {one.runbook for _, _, changed in ODD for one in judge(replace(WELL, **changed)) if one.runbook}  # type: ignore[arg-type]

    assert len(named) >= 9
    assert named <= headings
    assert all(f"runbook.{name}" in sentences(language) for name in named for language in ("en", "de"))
