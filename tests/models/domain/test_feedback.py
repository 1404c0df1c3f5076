"""What customers told last, and on average: the same from all events, a kept past and millions at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.feedback import (
    Value,
    code_of,
    column,
    folded_value,
    last_value,
    mean,
    mean_column,
    means,
    thousandths,
    told,
    usable,
    window_name,
)
from models.domain.history import History, build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Fact, Journey
from models.domain.past import build_past, event_of, pack, unpack
from models.domain.past.reading import PastReader
from models.domain.phases import PhaseMachine

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "score": st.sampled_from([1, 2.5, 3.3, 5, 9, "x"]),
        "severity": st.sampled_from(["low", "critical", "none"]),
        "solved": st.booleans(),
        "hours": st.sampled_from([0.1, 2, 1e6]),
        "note": st.just("x" * 100),
    },
)
EVENTS = st.builds(
    Interaction,
    occurred_at=st.integers(0, 100).map(lambda days: NOON + timedelta(days=days)),
    channel=st.just("web"),
    touchpoint=st.sampled_from(["csat", "ticket", "visit"]),
    properties=PROPERTIES,
)
LOG = st.lists(EVENTS, max_size=12, unique_by=lambda event: event.occurred_at)


def fact(journey: Journey, name: str) -> Fact:
    return next(each for each in journey.facts if each.name == name)


def at(day: float) -> int:
    return to_ms(NOON + timedelta(days=day))


def event(day: float, touchpoint: str = "csat", **properties: object) -> Interaction:
    moment = NOON + timedelta(days=day)
    return Interaction(occurred_at=moment, channel="web", touchpoint=touchpoint, properties=properties)


def test_facts_are_called_by_event_and_property_or_the_event_alone(told_journey: Journey) -> None:
    names = [each.name for each in told_journey.facts]
    assert names == ["csat", "ticket.severity", "ticket.solved", "ticket.hours", "ticket.words"]
    assert window_name(90) == "d90"


def test_the_last_value_that_fits_and_means_within_days(told_journey: Journey) -> None:
    """(2 + 5) / 2 within 30 days of day 40; day 1 lies further back, and day 40 itself does not count."""
    log = [event(d, score=s) for d, s in ((1, 1), (15, 2), (38, 5), (39, 77), (40, 1))]
    history = build_history(told_journey, [log])
    csat = fact(told_journey, "csat")
    assert last_value(told_journey, history, csat, 0, 4) == 5.0
    assert means(told_journey, history, csat, 0, 4, at(40)) == {7: 5.0, 30: 3.5, 90: 8 / 3, 365: 8 / 3}
    assert last_value(told_journey, history, csat, 0, 0) is None
    assert told(told_journey, history, csat).event.tolist() == [0, 1, 2, 4]
    assert means(told_journey, history, csat, 0, 0, at(0)) == {}


def test_numbers_are_summed_as_thousandths() -> None:
    assert thousandths([0.1, 0.2]).tolist() == [100, 200]
    assert mean(300, 2) == 0.15


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *[("csat", 4, 4.0), ("csat", 6, None), ("csat", True, None)],
        *[("ticket.severity", "low", "low"), ("ticket.severity", "odd", None)],
        *[("ticket.solved", False, False), ("ticket.solved", 1, None)],
    ],
)
def test_what_does_not_fit_its_type_was_not_told(
    told_journey: Journey, name: str, value: object, expected: Value | None
) -> None:
    assert usable(fact(told_journey, name), value) == expected


def test_values_as_numbers(told_journey: Journey) -> None:
    severity = fact(told_journey, "ticket.severity")
    assert code_of(severity, ("low", "critical"), "critical") == 1.0
    assert np.isnan(code_of(severity, ("low",), "critical"))
    assert np.isnan(code_of(severity, ("low",), None))
    assert code_of(fact(told_journey, "ticket.solved"), (), True) == 1.0


@settings(deadline=None)
@given(st.lists(LOG, min_size=1, max_size=4), st.integers(0, 101))
def test_one_customer_alone_is_all_at_once_bit_for_bit(
    told_journey: Journey, logs: list[list[Interaction]], day: int
) -> None:
    together = build_history(told_journey, logs)
    n = len(logs)
    customer, instant = np.arange(n), np.full(n, at(day))
    for each in told_journey.facts:
        words = each.typed.values
        every = _columns(told_journey, together, each, customer, instant)
        for number, log in enumerate(logs):
            alone = build_history(told_journey, [log])
            own = _columns(told_journey, alone, each, np.zeros(1, dtype=np.int64), instant[:1])
            assert own.tobytes() == every[:, number : number + 1].tobytes()
            end = int(alone.ends(np.zeros(1, dtype=np.int64), instant[:1])[0])
            value = last_value(told_journey, alone, each, 0, end)
            if words:
                assert np.array_equal(own[0, 0], code_of(each, words, value), equal_nan=True)
            if each.typed.type == "number":
                found = means(told_journey, alone, each, 0, end, at(day)).get(90, np.nan)
                assert np.array_equal(own[1, 0], found, equal_nan=True)


def _columns(
    journey: Journey, history: History, fact: Fact, customer: np.ndarray, instant: np.ndarray
) -> np.ndarray:
    end, begin = history.ends(customer, instant), history.start[customer]
    if fact.typed.type == "text":
        return np.zeros((2, len(customer)))
    last = column(journey, history, fact, fact.typed.values, end, begin)
    if fact.typed.type != "number":
        return np.stack([last, last])
    since = np.maximum(history.ends(customer, instant - 90 * 86_400_000), begin)
    return np.stack([last, mean_column(journey, history, fact, end, since)])


@settings(deadline=None)
@given(LOG, st.integers(0, 101), st.integers(0, 101))
def test_a_kept_past_tells_what_all_events_tell(
    told_journey: Journey, log: list[Interaction], before: int, day: int
) -> None:
    """Folded or not; windows reach no further back than what was folded."""
    reader = PastReader(told_journey, PhaseMachine(told_journey))
    log = [one for one in log if all(v not in (9, "x", "none") for v in one.properties.values())]
    past = build_past(event_of(one, str(number)) for number, one in enumerate(log))
    whole = reader.history(past)
    instant = max(day, before)
    kept = reader.history(unpack(pack(past.fold(at(before)))))
    for each in told_journey.facts:
        ends = [int(h.occurred_at.searchsorted(at(instant))) for h in (whole, kept)]
        values = [last_value(told_journey, h, each, 0, e) for h, e in zip((whole, kept), ends, strict=True)]
        assert values[0] == values[1]
        if instant - before >= 90 and each.typed.type == "number":
            found = [
                means(told_journey, h, each, 0, e, at(instant)).get(90)
                for h, e in zip((whole, kept), ends, strict=True)
            ]
            assert found[0] == found[1]


def test_what_was_folded_is_told_until_something_newer_is(told_journey: Journey) -> None:
    reader = PastReader(told_journey, PhaseMachine(told_journey))
    past = build_past([event_of(event(1, score=2), "1"), event_of(event(5, "ticket", severity="low"), "2")])
    history = reader.history(past.fold(at(3)))
    assert folded_value(history, fact(told_journey, "csat")) == 2
    assert last_value(told_journey, history, fact(told_journey, "csat"), 0, 1) == 2.0
    newer = reader.history(past.fold(at(3)).add([event_of(event(6, score=4), "3")]))
    assert last_value(told_journey, newer, fact(told_journey, "csat"), 0, 2) == 4.0
