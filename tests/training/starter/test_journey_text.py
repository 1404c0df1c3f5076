"""The journey file for a folder is valid and says what was found."""

from __future__ import annotations

from pathlib import Path

from models.journey_file import lint_journey, parse_journey
from training.starter.guesses import guess
from training.starter.journey_text import Company, journey_text
from training.starter.profiles import profiles


def test_the_file_is_valid_and_has_what_was_found(exports: Path) -> None:
    text = journey_text(guess(profiles(exports), {}), Company(name='My "shop"', worth=25)).encode()

    journey = parse_journey(text, "journey.yaml")

    assert lint_journey(journey, "journey.yaml", text) == []
    assert journey.company == 'My "shop"'
    assert [action.name for action in journey.actions] == ["spring_sale", "home_garden"]
    assert {a.name: a.values for a in journey.attributes}["town"] == ("Graz", "Köln")
    assert [(phase.name, phase.value) for phase in journey.phases] == [("open", 0), ("responded", 25)]


def test_a_value_that_looks_like_a_template_does_no_harm(tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{'{{ x }}' if i % 2 else 'b'},{i % 3 == 0:d}" for i in range(40))
    (tmp_path / "a.csv").write_text(f"customer_id,offer,clicked\n{rows}\n")

    text = journey_text(guess(profiles(tmp_path), {}), Company(name="x"))

    journey = parse_journey(text.encode(), "journey.yaml")
    assert {next(iter(a.content.values()))["en"].title for a in journey.actions} == {" x ", "b"}
