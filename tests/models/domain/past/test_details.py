"""Numbers, true or false and short words are kept; of the rest the name is."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.domain.past.details import (
    EVERYTHING,
    MOST_PROPERTIES,
    NO_DETAIL,
    Detail,
    EventProperties,
    Last,
    detail_of,
    detail_of_text,
    is_plain,
    lasts_of,
    later,
    named,
    used,
    values_of,
)

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text(max_size=80), st.lists(st.integers())
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=30))
def test_each_property_is_kept_or_named(properties: dict[str, object]) -> None:
    detail = detail_of(properties)
    kept = values_of(detail.text)
    assert len(kept) <= MOST_PROPERTIES
    assert all(is_plain(properties[name]) and properties[name] == value for name, value in kept.items())
    assert kept.keys() | detail.unkept == {name for name, value in properties.items() if value is not None}
    assert not kept.keys() & detail.unkept


def test_a_row_says_the_same_as_its_object() -> None:
    properties = {"severity": "critical", "score": 4.0, "note": "x" * 65, "solved": False, "gone": None}
    detail = Detail('{"score":4.0,"severity":"critical","solved":false}', frozenset({"note"}))
    assert detail_of(properties) == detail == detail_of_text(json.dumps(properties))
    assert detail_of({}) is NO_DETAIL is detail_of_text(None)


def test_too_many_names_are_everything_and_stay_it() -> None:
    many = named(f"n{number}" for number in range(65))
    assert many == EVERYTHING == named(many | {"note"})
    assert named(["a", "b"]) == {"a", "b"}


def test_properties_of_events_are_read_one_by_one_or_in_part() -> None:
    read = EventProperties(("", '{"a":1}'), np.array([1, 0, 1], dtype=np.uint32))
    assert list(read) == [{"a": 1}, {}, {"a": 1}]
    assert list(read[1:]) == [{}, {"a": 1}]
    assert len(read) == 3


def test_of_two_values_the_later_holds() -> None:
    early, late = Last(1, 0, 9, "low"), Last(2, 0, 3, "critical")
    which = ("ticket", "severity")
    assert later({which: early}, {which: late}) == {which: late} == later({which: late}, {which: early})
    assert later({which: early}, {}) == {which: early}
    told = [("ticket", 2, 0, 3, '{"severity":"critical"}'), ("ticket", 1, 0, 9, '{"severity":"low"}')]
    assert lasts_of(told) == {which: late}


def test_only_texts_that_events_have_are_left() -> None:
    texts, codes = used(("", "a", "b"), np.array([2, 2], dtype=np.uint32))
    assert texts == ("", "b")
    assert codes.tolist() == [1, 1]
