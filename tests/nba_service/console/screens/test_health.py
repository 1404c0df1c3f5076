"""Health: one line per promise, and where events come from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

from nba_service.console.screens import health
from nba_service.store.records.activity import SourceDay

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = 20_777


def test_a_source_knows_its_newest_event_and_its_longest_silence() -> None:
    rows = [SourceDay("web", TODAY - back, 10, (TODAY - back) * 86_400_000) for back in (0, 1, 5)]
    (source,) = health.sources(rows, NOW)

    assert source.longest_gap == timedelta(days=4)
    assert source.newest == datetime(2026, 11, 20, tzinfo=UTC)
    assert source.days[-1] == 10
    assert sum(source.days) == 30


def test_the_page_has_a_line_per_promise_in_both_languages(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()
    english, german = (client.get(f"/console/health?lang={language}").text for language in ("en", "de"))

    assert english.count('class="lab"') == german.count('class="lab"') == 13
    assert "promises are kept" in english
    assert "Versprechen sind gehalten" in german
    told = client.get("/console/health.json").json["tables"]
    assert {row["promise"] for row in told["promises_kept"]} >= {"answers", "speed", "feeds", "champion"}
    assert len(english.encode()) < 60_000


def test_what_is_broken_says_what_to_do(sign_in: Callable[..., FlaskClient]) -> None:
    from nba_service.store.rows import InteractionRow

    client = sign_in()
    store = client.application.extensions["nba"].store.plain
    at = int((NOW - timedelta(days=30)).timestamp() * 1000)
    usual = {"customer_id": "c", "touchpoint": "visit", "channel": "web"}
    for number in range(3):
        moment = at + number * 86_400_000
        store.add_interactions([InteractionRow(interaction_id=f"i-{number}", occurred_at=moment, **usual)])

    page = client.get("/console/health").text

    assert "has sent no events for 28 days" in page
    assert 'id="NbaOutcomesMissing"' in page
    assert "✗" in page
