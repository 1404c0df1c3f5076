"""One check for each kind of value."""

from __future__ import annotations

import math

import pytest

from models.domain.field_values import attribute_expected, is_locale, is_time_zone
from models.domain.journey import Attribute, AttributeType

AGE = Attribute(name="age", type=AttributeType.NUMBER, label="Age", minimum=0, maximum=150)
FREE = Attribute(name="free", type=AttributeType.NUMBER, label="Free")
KIND = Attribute(name="kind", type=AttributeType.CATEGORY, label="Kind", values=("old", "new"))


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        (AGE, 150, None),
        (AGE, None, None),
        (AGE, 151, "a number from 0 up to 150"),
        (AGE, "40", "a number from 0 up to 150"),
        (AGE, True, "a number from 0 up to 150"),
        (FREE, math.nan, "a number"),
        (FREE, -1e300, None),
        (KIND, "new", None),
        (KIND, "x", "one of old, new"),
        (KIND, 1, "a text"),
    ],
)
def test_attributes(attribute: Attribute, value: object, expected: str | None) -> None:
    assert attribute_expected(attribute, value) == expected


def test_languages_and_time_zones() -> None:
    assert [is_locale(text) for text in ("de", "de-AT", "de_AT", "", "German!", "x" * 36)] == [
        *(True, True, True),
        *(False, False, False),
    ]
    assert [is_time_zone(text) for text in ("Europe/Vienna", "UTC", "Wien", "localtime", "../etc")] == [
        *(True, True),
        *(False, False, False),
    ]
