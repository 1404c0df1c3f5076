"""What the rest of the service tells: counted, named in the log, and asked for by scrapes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nba_service.decisions.calls import DecisionCall
from nba_service.errors import StoreError
from nba_service.services import Services
from nba_service.settings import Settings
from nba_service.telemetry.shared_files import VARIABLE
from nba_service.telemetry.telemetry import Telemetry, decided_ids, make_telemetry
from tests.nba_service.conftest import NOW


@pytest.fixture
def telemetry(playbook_settings: Settings) -> Telemetry:
    return make_telemetry(playbook_settings, lambda: NOW)


@pytest.fixture
def named() -> Iterator[list[str]]:
    """The ids that the log's line of the current request will have."""
    ids: list[str] = []
    token = decided_ids.set(ids)
    yield ids
    decided_ids.reset(token)


def scraped(telemetry: Telemetry) -> str:
    return telemetry.metrics.scraped().decode()


def test_the_journal_is_asked_at_every_scrape(telemetry: Telemetry) -> None:
    depths = iter([3, 5])
    telemetry.watch_journal(lambda: next(depths))

    assert "nba_journal_entries 3.0" in scraped(telemetry)
    assert "nba_journal_entries 5.0" in scraped(telemetry)


@pytest.mark.parametrize("error", [OSError(), StoreError("x")])
def test_a_journal_that_cannot_be_read_has_no_value(telemetry: Telemetry, error: Exception) -> None:
    def fails() -> int:
        raise error

    telemetry.watch_journal(fails)

    assert "nba_journal_entries" not in scraped(telemetry)


def test_a_stored_decision_is_counted(parts: Services) -> None:
    made = parts.decisions.hypothetical(DecisionCall(customer_id="ada", decision_id="mail/ada"))

    parts.telemetry.decided([(made.serving.engine, made.request, made.decision)])

    assert "nba_decisions_total{" in scraped(parts.telemetry)


def test_a_decision_is_named_without_any_id_of_its_customer(telemetry: Telemetry, named: list[str]) -> None:
    telemetry.name([("mail/ada/visitor-of-ada", "visitor-of-ada", "ada"), ("mail/7", "bob", "bob")])

    ref = telemetry.customer_ref
    assert named == [f"mail/{ref('ada')}/{ref('visitor-of-ada')}", "mail/7"]


def test_outside_of_a_request_nothing_is_named(telemetry: Telemetry) -> None:
    telemetry.name([("d-1", "ada")])

    assert decided_ids.get() is None


def test_every_metric_is_named_once(telemetry: Telemetry) -> None:
    names = [name for name, _, _ in telemetry.metric_names()]

    assert len(names) == len(set(names)) > 10
    assert {"nba_drift_index", "nba_drift_rows", "nba_journal_entries"} <= set(names)


@pytest.mark.parametrize("there", [True, False])
def test_counts_are_shared_where_the_runs_directory_is(
    playbook_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    directory = tmp_path / "run"
    if there:
        directory.mkdir()
    monkeypatch.setenv(VARIABLE, str(directory))

    made = make_telemetry(playbook_settings, lambda: NOW)

    assert made.drift._directory == (directory if there else None)
