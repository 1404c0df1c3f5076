"""All sections are checked in one go, and a section that is wrong as a whole is not held against others."""

from __future__ import annotations

from typing import Any

import pytest

from models.errors import JourneyFileError
from models.journey_file.problems import Lines, Problems
from models.journey_file.references.references import check_references


def problems_of(values: dict[str, Any]) -> list[str]:
    problems = Problems("j.yaml", Lines({}))
    check_references(values, problems)
    try:
        problems.raise_if_any()
    except JourneyFileError as error:
        return str(error).splitlines()
    return []


def test_every_section_adds_its_problems() -> None:
    found = problems_of(
        {
            "phases": {"new": {"lapse": {"to": "gone"}}},
            "channels": {"web": {"consent": "sms"}},
            "actions": {"offer": {"channels": ["web"], "phases": ["old"]}},
            "outcomes": {"default": "none", "named": {"none": {}, "yes": {"sentiment": "positive"}}},
            "playbook": {"new": ["ofer"]},
            "objective": {"levers": {"premium": 2}},
        }
    )
    places = [line.split(": ")[1] for line in found]

    assert sorted(places) == [
        "actions.offer.phases[0]",
        "channels.web.consent",
        "objective.levers.premium",
        "phases.new.lapse.to",
        "playbook.new[0]",
    ]


def test_a_missing_section_is_not_held_against_the_names_that_others_use() -> None:
    """Without phases every phase would be unknown; that phases are missing is a problem already."""
    values = {"actions": {"offer": {"channels": ["web"], "phases": ["new"]}}, "channels": {"web": {}}}

    assert problems_of(values) == []


def test_parts_that_were_wrong_are_skipped() -> None:
    assert problems_of({"actions": {"offer": None}, "policies": [None], "playbook": None}) == []


@pytest.mark.parametrize("values", [{}, {"phases": [], "channels": 3, "actions": None, "outcomes": None}])
def test_nothing_at_all_is_survived(values: dict[str, Any]) -> None:
    check_references(values, Problems("j.yaml", Lines({})))
