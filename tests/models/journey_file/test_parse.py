"""Bytes to a journey, or to every problem at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import JourneyFileError
from models.journey_file import lint_journey, parse_journey
from tests.models.journey_file.problems import Edit, ProblemsOf


def test_the_same_bytes_have_the_same_hash_and_others_another(tiny_journey_text: str) -> None:
    one = parse_journey(tiny_journey_text.encode(), "a.yaml")
    assert one.sha256 == parse_journey(tiny_journey_text.encode(), "b.yaml").sha256
    assert one.sha256 != parse_journey(tiny_journey_text.encode() + b"\n", "a.yaml").sha256


def test_every_problem_is_told_at_once_in_the_order_of_the_lines(problems_of: ProblemsOf, edit: Edit) -> None:
    text = edit(
        ("currency: EUR", "currency: euro"),
        ("cost: 0.1", "cost: free"),
        ("phases: [interested]", "phases: [intrested]"),
        ("customer.attributes.age >= 18", "customer.attributes.agee >= 18"),
    )
    problems = problems_of(text)
    lines = [int(re.match(r"j\.yaml:(\d+): ", problem)[1]) for problem in problems]  # type: ignore[index]
    assert lines == sorted(lines)
    assert len(problems) == 4
    for problem, line in zip(problems, lines, strict=True):
        assert re.search(r": expected .+, got .+; .+", problem)
        assert any(word in text.splitlines()[line - 1] for word in ("euro", "free", "intrested", "agee"))


@pytest.mark.parametrize("section", ["company", "phases", "channels", "outcomes", "actions"])
def test_a_missing_section_is_one_problem_and_not_an_avalanche(
    problems_of: ProblemsOf, tiny_journey_text: str, section: str
) -> None:
    kept: list[str] = []
    skipping = False
    for line in tiny_journey_text.splitlines():
        if not line.startswith(" "):
            skipping = line.startswith(f"{section}:")
        if not skipping:
            kept.append(line)
    problems = problems_of("\n".join(kept))
    assert any(f": {section}: expected" in problem for problem in problems)
    references = {"actions": 1, "channels": 0, "phases": 0, "outcomes": 0, "company": 0}
    assert (
        len([p for p in problems if f": {section}: " not in p and "policies[0].when" not in p])
        <= references[section]
    )


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_damage_ends_in_a_journey_or_in_a_journey_file_error(
    data: st.DataObject, tiny_journey_text: str
) -> None:
    """Cut, doubled or overwritten anywhere: never another exception, never a hang."""
    text = tiny_journey_text
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    junk = data.draw(
        st.text(max_size=12) | st.sampled_from(["{", "[", "null", ": ", "- ", '"', "\n", "1e999", "{}"])
    )
    damaged = text[:start] + junk + text[end:]
    told = ""
    try:
        journey = parse_journey(damaged.encode("utf-8", "surrogatepass"), "j.yaml")
        lint_journey(journey, "j.yaml", damaged.encode())
    except JourneyFileError as error:
        told = str(error)
    assert told == "" or all(re.match(r"j\.yaml:\d+: ", line) for line in told.splitlines())
