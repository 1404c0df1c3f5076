"""Which of the written languages a customer reads, and how their numbers look."""

from __future__ import annotations

import pytest

from nba_service.content.locales import negotiate, written_as


@pytest.mark.parametrize(
    ("wished", "offered", "spoken"),
    [
        ("de-AT", ("en", "de", "de-AT"), "de-AT"),
        ("de_at", ("en", "de-AT"), "de-AT"),
        ("de-AT", ("en", "de"), "de"),
        ("de-Latn-AT", ("en", "de"), "de"),
        ("fr", ("de", "en"), "en"),
        (None, ("de", "en"), "en"),
        ("fr", ("de", "it"), "de"),
    ],
)
def test_language_falls_back_step_by_step(wished: str | None, offered: tuple[str, ...], spoken: str) -> None:
    assert negotiate(wished, "en", offered) == spoken


@pytest.mark.parametrize(
    ("wished", "spoken", "numbers"),
    [("de-AT", "de", "de-AT"), ("de_CH", "de", "de_CH"), ("fr-CH", "de", "de"), (None, "de", "de")],
)
def test_numbers_follow_the_region_in_the_language_of_the_text(
    wished: str | None, spoken: str, numbers: str
) -> None:
    assert written_as(wished, spoken) == numbers


def test_the_default_gives_way_to_its_own_language_before_the_first_offer() -> None:
    assert negotiate("fr", "en-GB", ("de", "en")) == "en"


def test_of_two_spellings_of_one_tag_the_first_is_taken() -> None:
    assert negotiate("de-at", "en", ("de_AT", "de-AT")) == "de_AT"


def test_a_tag_too_long_to_be_a_region_does_not_reach_the_numbers() -> None:
    assert written_as("de-" + "x" * 17, "de") == "de-" + "x" * 17
    assert written_as("de-" + "x" * 18, "de") == "de"
