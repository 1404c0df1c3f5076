"""A list is noted, started, made, and told; what stops it is told, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.history import to_ms
from nba_service.customers.worklist import Worklists
from nba_service.customers.worklist_jobs import WorklistCall, WorklistJobs
from nba_service.errors import Problem
from nba_service.services import Services
from nba_service.store.records.worklists import WorklistRow
from tests.nba_service.conftest import NOW


@pytest.fixture
def started() -> list[str]:
    return []


@pytest.fixture
def jobs(parts: Services, started: list[str]) -> WorklistJobs:
    lists = Worklists(
        store=parts.store.plain, source=parts.source, decisions=parts.decisions, clock=lambda: NOW
    )
    return WorklistJobs(
        store=parts.store, worklists=lists, clock=lambda: NOW, id_maker=lambda: "w-1", start=started.append
    )


def test_it_is_noted_before_it_is_started(jobs: WorklistJobs, started: list[str]) -> None:
    row = jobs.begin(WorklistCall(channel="email", capacity=5), by="k-1")
    assert started == [row.worklist_id]
    assert jobs.read("w-1") == (row, "running")
    with pytest.raises(Problem, match="w-1") as refused:
        jobs.begin(WorklistCall(channel="email", capacity=5), by="k-1")
    assert refused.value.code == "WORKLIST_RUNNING"


def test_a_channel_that_there_is_not_notes_nothing(jobs: WorklistJobs, started: list[str]) -> None:
    with pytest.raises(Problem):
        jobs.begin(WorklistCall(channel="fax", capacity=5), by="k-1")
    assert started == []
    with pytest.raises(Problem) as refused:
        jobs.read("w-1")
    assert refused.value.code == "WORKLIST_UNKNOWN"


def test_what_stops_it_is_told(jobs: WorklistJobs, parts: Services) -> None:
    """The journey file has changed, and has the channel no more."""
    at = to_ms(NOW)
    row = WorklistRow(worklist_id="w-2", channel="fax", capacity=5, at=at, started_at=at, beat_at=at)
    parts.store.plain.worklists.begin(row)
    jobs.work("w-2")
    held, state = jobs.read("w-2")
    assert state == "failed"
    assert "UNKNOWN_CHANNEL" in str(held.problem)


def test_a_list_that_is_done_is_not_made_again(jobs: WorklistJobs, parts: Services) -> None:
    jobs.begin(WorklistCall(channel="email", capacity=5), by="k-1")
    jobs.work("w-1")
    done, _ = jobs.read("w-1")
    parts.store.plain.worklists.end("w-1", 0, answer='{"contacts": []}')
    jobs.work("w-1")
    again, _ = jobs.read("w-1")
    assert again == replace(done, answer='{"contacts": []}', beat_at=0)
