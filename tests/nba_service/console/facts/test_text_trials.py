"""Texts are tried once per journey file, and what fails is named by its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from models.domain.journey import Journey
from models.journey_file import parse_journey
from nba_service.console.facts.text_trials import TextTrials, failures, journey_bytes
from nba_service.content.facts import FactBook
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_texts_are_tried_once_per_file(tiny_journey: Journey) -> None:
    trials, facts = TextTrials(), FactBook()
    first = trials.of(tiny_journey, facts, NOW)

    assert first
    assert {one.sample.usual for one in first} == {True}
    assert trials.of(tiny_journey, facts, NOW) is first
    assert trials.of(replace(tiny_journey, sha256="other"), facts, NOW) is not first


def test_a_text_that_fails_has_its_line_and_how_many_meet_it(tiny_journey_text: str) -> None:
    broken = tiny_journey_text.replace("Ready when you are.", '"Ready, {{ customer.nobody }}."')
    journey = parse_journey(broken.encode(), "tiny.yaml")
    (failure,) = failures(journey, TextTrials().of(journey, FactBook(), NOW), broken.encode())

    assert (failure.trial.action, failure.trial.field) == ("offer", "body")
    assert "customer.nobody" in broken.splitlines()[failure.line - 1]
    assert failure.samples >= 3
    assert failures(journey, [failure.trial], None)[0].line == 0


def test_the_file_is_found_by_its_hash(tmp_path: Path, tiny_journey: Journey, tiny_journey_text: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(tiny_journey_text)
    settings = Settings(journey=path, registry=tmp_path / "none")

    assert journey_bytes(settings, tiny_journey) == ("own.yaml", tiny_journey_text.encode())
    path.write_text(tiny_journey_text + "\n")
    assert journey_bytes(settings, tiny_journey) == ("journey.yaml", None)
