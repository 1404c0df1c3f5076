"""The same sorts of events give the same table, whoever came first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.past import vocabulary as module
from models.domain.past.vocabulary import Sort, parse_vocabulary, vocabulary_of
from models.errors import PastError

NAMES = st.sampled_from(["", "a", "b", "ä"])
OPTIONAL = st.none() | st.sampled_from(["a", "b"])
SORTS = st.lists(
    st.builds(
        Sort,
        kind=st.integers(0, 2),
        name=NAMES.filter(bool),
        channel=OPTIONAL,
        action=OPTIONAL,
        phase=OPTIONAL,
    )
)


@settings(deadline=None)
@given(SORTS, SORTS)
def test_joining_in_any_order_gives_the_same_table(one: list[Sort], other: list[Sort]) -> None:
    joined = vocabulary_of(one).joined(other)
    assert joined.text == vocabulary_of(other).joined(one).text == vocabulary_of([*one, *other]).text
    assert parse_vocabulary(joined.text).sorts == joined.sorts
    codes = vocabulary_of(one).codes_in(joined).tolist()
    assert [joined.sorts[code] for code in codes] == list(vocabulary_of(one).sorts)


def test_more_sorts_than_can_be_numbered_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SORTS", 2)
    with pytest.raises(PastError, match="expected at most 2"):
        vocabulary_of([Sort(0, name) for name in "abc"])
