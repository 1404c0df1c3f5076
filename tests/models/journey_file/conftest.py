"""The tiny journey's file with texts replaced, and what a reader says to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.errors import JourneyFileError
from models.journey_file import lint_journey, parse_journey
from tests.models.journey_file.problems import Edit


@pytest.fixture(scope="session")
def edit(tiny_journey_text: str) -> Edit:
    """The tiny journey's file with texts replaced; each must be there exactly once."""

    def edited(*changes: tuple[str, str]) -> str:
        text = tiny_journey_text
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the tiny journey"
            text = text.replace(old, new)
        return text

    return edited


@pytest.fixture(scope="session")
def problems_of() -> Callable[[str | bytes], list[str]]:
    """The lines of the error that a wrong file gets."""

    def problems(text: str | bytes) -> list[str]:
        data = text.encode() if isinstance(text, str) else text
        with pytest.raises(JourneyFileError) as caught:
            parse_journey(data, "j.yaml")
        return str(caught.value).splitlines()

    return problems


@pytest.fixture(scope="session")
def findings_of() -> Callable[[str], list[tuple[str, str]]]:
    """Code and field of each warning that a valid file gets."""

    def findings(text: str) -> list[tuple[str, str]]:
        journey = parse_journey(text.encode(), "j.yaml")
        return [(finding.code, finding.field) for finding in lint_journey(journey, "j.yaml", text.encode())]

    return findings
