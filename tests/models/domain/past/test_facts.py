"""Names counted, dropped and looked for are those of all events, folded or not."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.past import PastEvent, build_past, pack
from models.domain.past.facts import counts, last_times, without
from tests.models.domain.past.test_past import EVENTS, SORTS, event


@settings(deadline=None)
@given(EVENTS, st.integers(0, 55), st.integers(0, 60))
def test_names_are_counted_and_found_as_in_all_events(
    events: list[PastEvent], before: int, moment: int
) -> None:
    moment = max(before, moment)
    past = build_past(events).fold(before)
    known = [made for made in events if made.at < moment]
    names = {made.sort.name for made in events}
    assert counts(past, moment) == Counter(made.sort.name for made in known)
    assert last_times(past, names, moment) == {
        name: max(made.at for made in known if made.sort.name == name)
        for name in names
        if any(made.sort.name == name for made in known)
    }


@settings(deadline=None)
@given(EVENTS, st.integers(0, 55))
def test_what_is_dropped_never_happened(events: list[PastEvent], before: int) -> None:
    dropped = without(build_past(events).fold(before), {"page_view"})
    rest = [made for made in events if made.sort.name != "page_view"]
    expected = build_past(rest).fold(before)
    assert counts(dropped, 60) == counts(expected, 60)
    assert dropped.at.tolist() == expected.at.tolist()
    assert pack(without(expected, {"page_view"})) == pack(expected)


def test_counts_stand_in_the_order_of_first_times() -> None:
    past = build_past([event(1, 9), event(2, 3, SORTS[1]), event(3, 1, SORTS[2]), event(4, 2)]).fold(3)
    assert list(counts(past, 60).items()) == [("contact", 1), ("page_view", 2), ("order", 1)]
