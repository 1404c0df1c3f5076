"""A past kept step by step is the past of all events, whatever the order they arrive in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.past import NO_PAST, Checkpoint, Past, PastEvent, Sort, build_past, key_of, pack
from models.domain.past.details import detail_of, values_of
from models.domain.past.past import event_texts

NONE: Final[Mapping[str, object]] = {}
SORTS = [
    Sort(0, "page_view", "website"),
    Sort(0, "order", "shop", None, "customer"),
    Sort(1, "contact", "email", "guide"),
    Sort(2, "declined", "email", "guide"),
]


PROPERTIES = [
    {},
    {"score": 4},
    {"score": 2.5, "severity": "critical"},
    {"severity": "low", "solved": True},
    {"note": "x" * 100, "score": 1},
    {"answers": [1, 2]},
]


def event(
    number: int, at: int, sort: Sort = SORTS[0], cents: int = 0, properties: Mapping[str, object] = NONE
) -> PastEvent:
    return PastEvent(at, sort, cents, key_of(sort.kind, str(number)), detail_of(properties))


EVENTS = st.lists(
    st.builds(
        event,
        number=st.integers(0, 10_000),
        at=st.integers(0, 50),
        sort=st.sampled_from(SORTS),
        cents=st.integers(-5, 5),
        properties=st.sampled_from(PROPERTIES),
    ),
    max_size=30,
    unique_by=lambda made: made.key,
)


@settings(deadline=None)
@given(EVENTS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_order_of_arrival_and_repeats_change_nothing(
    events: list[PastEvent], random: st.Random, step: int
) -> None:
    arrived = [*events, *events[: len(events) // 2]]
    random.shuffle(arrived)
    kept = NO_PAST
    for first in range(0, len(arrived), step):
        kept = kept.add(arrived[first : first + step])
    assert pack(kept) == pack(build_past(events))


@settings(deadline=None)
@given(EVENTS, st.lists(st.integers(0, 55), max_size=3), st.data())
def test_what_is_folded_between_arrivals_is_what_is_folded_at_the_end(
    events: list[PastEvent], moments: list[int], data: st.DataObject
) -> None:
    """Late events, older than what has been folded, are counted in the totals."""
    kept = NO_PAST
    rest = data.draw(st.permutations(events))
    for before in moments:
        part = data.draw(st.integers(0, len(rest)))
        kept = kept.add(rest[:part]).fold(before)
        rest = rest[part:]
    kept = kept.add(rest)
    assert pack(kept) == pack(build_past(events).fold(max(moments, default=NO_PAST.folded_before)))


@settings(deadline=None)
@given(EVENTS, EVENTS, st.integers(0, 55), st.integers(0, 55))
def test_merging_is_having_had_all_events(
    mine: list[PastEvent], theirs: list[PastEvent], one: int, other: int
) -> None:
    own = {made.key for made in mine}
    theirs = [made for made in theirs if made.key not in own]
    merged = build_past(mine).fold(one).merge(build_past(theirs).fold(other))
    assert pack(merged) == pack(build_past([*mine, *theirs]).fold(max(one, other)))
    assert pack(merged) == pack(build_past(theirs).fold(other).merge(build_past(mine).fold(one)))


@settings(deadline=None)
@given(EVENTS, st.integers(0, 55))
def test_totals_and_events_together_say_what_all_events_say(events: list[PastEvent], before: int) -> None:
    past = build_past(events).fold(before)
    for code, sort in enumerate(past.vocabulary.sorts):
        of_sort = [made for made in events if made.sort == sort]
        total = past.totals.sort == code
        mine = past.sort == code
        assert past.totals.count[total].sum() + mine.sum() == len(of_sort)
        assert past.totals.cents[total].sum() + past.cents[mine].sum() == sum(e.cents for e in of_sort)
        times = [*past.totals.first[total], *past.totals.last[total], *past.at[mine]]
        assert (min(times), max(times)) == (min(e.at for e in of_sort), max(e.at for e in of_sort))


@settings(deadline=None)
@given(EVENTS, st.integers(0, 55))
def test_the_last_value_of_each_property_outlives_folding(events: list[PastEvent], before: int) -> None:
    past = build_past(events).fold(before)
    found = {which: last.value for which, last in past.lasts.items()}
    for code, text in zip(past.sort.tolist(), event_texts(past), strict=True):
        name = past.vocabulary.sorts[code].name
        found |= {(name, prop): value for prop, value in values_of(text).items()}
    expected: dict[tuple[str, str], object] = {}
    for one in sorted(events, key=lambda made: (made.at, made.sort.kind, made.key)):
        expected |= {(one.sort.name, prop): value for prop, value in values_of(one.detail.text).items()}
    assert found == expected
    assert past.unkept == {name for one in events for name in one.detail.unkept}


def test_events_of_one_instant_stand_as_training_has_them() -> None:
    """Touchpoints before contacts before outcomes."""
    past = build_past([event(1, 5, SORTS[3]), event(2, 5, SORTS[2]), event(3, 5), event(4, 4, SORTS[3])])
    kinds = [past.vocabulary.sorts[code].kind for code in past.sort.tolist()]
    assert kinds == [2, 0, 1, 2]
    assert past.at.tolist() == [4, 5, 5, 5]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_checkpoints_that_of_the_later_move_holds(turned: bool) -> None:
    early = Checkpoint("visitor", 1, (None, None), 0, 1, 1, {})
    late = Checkpoint("customer", 7, ("visitor", None), 1, 9, 1, {"guide": 2})
    mine, theirs = NO_PAST.fold(20, early), build_past([event(1, 30)]).fold(10, late)
    merged: Past = theirs.merge(mine) if turned else mine.merge(theirs)
    assert merged.checkpoint == late
    far = early._replace(phase="owner", reached=("buyer",))
    both = build_past([]).fold(5, far).merge(build_past([]).fold(5, late)).checkpoint
    assert both is not None
    assert both.all_reached() == {"owner", "buyer", "customer", "visitor"}
    assert both.phase == "customer"
    assert merged.folded_before == 20
    assert np.array_equal(merged.at, [30])
