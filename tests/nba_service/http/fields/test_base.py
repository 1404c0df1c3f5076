"""What a field expects keeps its code, and is said for what is missing, null and wrong alike."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from nba_service.http.fields.base import Expected, in_range, messages, of_length


def test_expected_words_keep_their_code_when_they_are_filled() -> None:
    filled = Expected("from {low}", "FIELD_RANGE", "Less.").format(low=1)

    assert (str(filled), filled.code, filled.remedy) == ("from 1", "FIELD_RANGE", "Less.")


def test_missing_null_and_wrong_have_codes_of_their_own() -> None:
    found = messages("a number", "Leave it out.")

    assert {name: (str(text), text.code) for name, text in found.items() if isinstance(text, Expected)} == {
        "required": ("a number", "FIELD_REQUIRED"),
        "null": ("a number, not null", "FIELD_TYPE"),
        "invalid": ("a number", "FIELD_TYPE"),
    }
    assert {text.remedy for text in found.values() if isinstance(text, Expected)} == {"Leave it out."}


@pytest.mark.parametrize(("value", "fits"), [(1, True), (3, True), (0.99, False), (3.01, False)])
def test_bounds_belong_to_the_range(value: float, fits: bool) -> None:
    if fits:
        assert in_range("1 to 3", 1, 3)(value) == value
        return
    with pytest.raises(ValidationError) as raised:
        in_range("1 to 3", 1, 3)(value)
    assert isinstance(raised.value.messages, list)
    assert raised.value.messages[0].code == "FIELD_RANGE"


@pytest.mark.parametrize(("text", "fits"), [("", False), ("a", True), ("ab", True), ("abc", False)])
def test_bounds_belong_to_the_length(text: str, fits: bool) -> None:
    if fits:
        assert of_length("1 or 2", min=1, max=2)(text) == text
        return
    with pytest.raises(ValidationError, match="1 or 2"):
        of_length("1 or 2", min=1, max=2)(text)
