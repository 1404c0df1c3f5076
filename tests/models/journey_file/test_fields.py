"""Kinds of values: exactly what they say, with every wrong part named and every right one kept."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError, fields

from models.journey_file.fields import Kind, Link, Named, Number, Several, Shape, Text


def refusal(kind: Kind, value: Any) -> Any:
    with pytest.raises(ValidationError) as caught:
        kind.deserialize(value)
    return caught.value


@pytest.mark.parametrize("value", [1, "1", True, None, float("nan"), float("inf"), 1.5, -1, 11])
def test_a_whole_number_in_a_range_is_that_and_nothing_like_it(value: Any) -> None:
    kind = Number(least=0, most=10, whole=True)

    if value == 1 and value is not True and not isinstance(value, str):
        assert kind.deserialize(value) == 1
    else:
        assert "expected" in str(refusal(kind, value))


def test_above_leaves_the_bound_out() -> None:
    assert Number(least=0, above=True).deserialize(0.1) == 0.1
    assert "above 0" in str(refusal(Number(least=0, above=True), 0))


@pytest.mark.parametrize("value", ["", "  ", 7, None, "x" * 201])
def test_a_text_is_a_text_with_something_in_it(value: Any) -> None:
    assert "a text" in str(refusal(Text(), value))
    assert Text(empty=True).deserialize("") == ""


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://a.example", True),
        ("tel:+49", True),
        ("/local", True),
        ("{{ facts.link }}", True),
        ("", True),
        ("javascript:alert(1)", False),
        (" https://a.example", False),
        ("data:text/html,x", False),
    ],
)
def test_a_link_is_never_a_script(address: str, fine: bool) -> None:
    if fine:
        assert Link().deserialize(address) == address
    else:
        assert "https://" in str(refusal(Link(), address))


def test_a_list_names_each_wrong_item_and_keeps_the_others() -> None:
    error = refusal(Several(Number(least=0)), [1, -1, 2, "x"])

    assert set(error.messages) == {1, 3}
    assert error.valid_data == [1, None, 2, None]
    assert "at most 2 entries, got 3" in str(refusal(Several(Number(), most=2), [1, 2, 3]))


def test_a_mapping_names_each_wrong_key_and_keeps_the_others() -> None:
    error = refusal(Named(Number(least=0)), {"good": 1, "Bad": 2, "low": -1})

    assert set(error.messages) == {"Bad", "low"}
    assert error.valid_data == {"good": 1, "low": None}
    assert "at least 1 entries, got 0" in str(refusal(Named(Number(), least=1), {}))


def test_a_field_that_does_not_exist_is_a_problem_with_the_nearest_that_does() -> None:
    class Section(Shape):
        channel = fields.String()

    with pytest.raises(ValidationError, match="did you mean channel"):
        Section().load({"chanel": "web"})
