"""Made-up customers stand at the edges of what the journey file allows."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.journey import Attribute, AttributeType, Journey
from nba_service.content.samples import Sample, _usual, made_up, read_customers


def journey_of(journey: Journey, *attributes: Attribute) -> Journey:
    return dataclasses.replace(journey, attributes=attributes)


def attribute(kind: AttributeType, **more: object) -> Attribute:
    return Attribute(**{"name": "a", "type": kind, "label": "A", **more})  # type: ignore[arg-type]


def values(journey: Journey, one: Attribute) -> dict[str, object]:
    """Sample → its value of the only attribute; samples without it are left out."""
    found = made_up(journey_of(journey, one))
    return {sample.name: sample.attributes["a"] for sample in found if sample.attributes}


def test_nothing_everything_edges_markup_and_each_gap(tiny_journey: Journey) -> None:
    samples = {sample.name: sample for sample in made_up(tiny_journey)}

    assert [*samples] == [
        "nothing known", "everything known", "all at their least", "all at their most", "markup in texts",
        "age not known", "segment not known", "vip not known", "first_name not known",
    ]  # fmt: skip
    assert samples["nothing known"].attributes == {}
    assert samples["everything known"].attributes == {
        "age": 37.5, "segment": "old", "vip": True, "first_name": "Ada",
    }  # fmt: skip
    least = {"age": 0, "segment": "new", "vip": False, "first_name": "A"}
    assert samples["all at their least"].attributes == least
    assert samples["all at their most"].attributes["age"] == 150
    assert "vip" not in samples["vip not known"].attributes
    assert [name for name, sample in samples.items() if not sample.usual] == [*samples][5:]


def test_markup_stands_in_texts_only(tiny_journey: Journey) -> None:
    (marked,) = [one for one in made_up(tiny_journey) if one.name == "markup in texts"]

    assert "onclick" in marked.attributes["first_name"]
    assert "{{" in marked.attributes["first_name"], "a template that customers type is not run"
    assert marked.attributes["segment"] == "old"


@pytest.mark.parametrize(
    ("bounds", "least", "usual", "most"),
    [
        ({}, -1e6, 25.0, 1e6),
        ({"minimum": 10}, 10, 35.0, 1e6),
        ({"maximum": 10}, -1e6, 2.5, 10),
        ({"maximum": -50}, -1e6, -125.0, -50),
        ({"minimum": 0.01, "maximum": 0.05}, 0.01, 0.02, 0.05),
    ],
)
def test_numbers_keep_within_their_bounds(
    tiny_journey: Journey, bounds: dict[str, float], least: float, usual: float, most: float
) -> None:
    found = values(tiny_journey, attribute(AttributeType.NUMBER, **bounds))

    assert found["all at their least"] == least
    assert found["everything known"] == pytest.approx(usual)
    assert found["all at their most"] == most


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.sampled_from(["minimum", "maximum", "both"]))
def test_a_usual_number_is_one_that_the_journey_file_allows(a: float, b: float, which: str) -> None:
    bounds = {"minimum": min(a, b), "maximum": max(a, b)}
    stated = {name: bound for name, bound in bounds.items() if which in (name, "both")}

    found = _usual(attribute(AttributeType.NUMBER, **stated))

    assert stated.get("minimum", found) <= found <= stated.get("maximum", found)


def test_a_text_whose_label_says_so_is_a_day(tiny_journey: Journey) -> None:
    found = values(tiny_journey, attribute(AttributeType.TEXT, label="Installed on (YYYY-MM-DD)"))

    assert found == {
        "everything known": "2026-03-09",
        "all at their least": "1999-01-01",
        "all at their most": "2099-12-31",
        "markup in texts": "2026-03-09",
    }


def test_categories_without_words_get_one(tiny_journey: Journey) -> None:
    found = values(tiny_journey, attribute(AttributeType.CATEGORY))

    assert set(found.values()) == {"word"}


def test_customers_of_ones_own_are_read() -> None:
    rows = [{"name": "Eve" * 40, "attributes": {"age": 44}}, {"attributes": {}}]

    first, second = read_customers(rows)

    assert (first.name, first.attributes, first.usual) == ("Eve" * 26 + "Ev", {"age": 44}, True)
    assert second == Sample("customer 1", {})


@pytest.mark.parametrize("row", ["Eve", {"name": "Eve"}, {"attributes": ["age"]}, None])
def test_customers_of_another_form_are_refused_with_their_place(row: object) -> None:
    with pytest.raises(ValueError, match="customer 1: expected name and attributes"):
        read_customers([{"attributes": {}}, row])
