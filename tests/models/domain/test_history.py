"""Rules of histories: order, codes, exact times and amounts, and where a moment lies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.history import History, build_history, history_from_columns, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.errors import HistoryError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def event(days: float, touchpoint: str, **more: object) -> Interaction:
    return Interaction(occurred_at=NOON + timedelta(days=days), channel=None, touchpoint=touchpoint, **more)  # type: ignore[arg-type]


def columns(journey: Journey, **changed: object) -> History:
    """Three events of two customers, not in order."""
    given = {
        "n_customers": 2,
        "customer": np.array([1, 0, 1]),
        "occurred_at": np.array([50, 70, 20]),
        "kind": np.array([0, 1, 2]),
        "channel": np.array([0, 1, -1]),
        "touchpoint": np.array([0, 1, 0]),
        "action": np.array([-1, 0, 1]),
        "touchpoints": ("quote", "mail_sent"),
        **changed,
    }
    return history_from_columns(journey=journey, **given)  # type: ignore[arg-type]


def test_interactions_are_put_in_order_and_those_of_one_instant_keep_theirs(tiny_journey: Journey) -> None:
    history = build_history(
        tiny_journey, [[event(2, "order"), event(1, "visit"), event(2, "quote")], [], [event(0, "visit")]]
    )

    assert history.start.tolist() == [0, 3, 3, 4]
    assert [history.touchpoints[code] for code in history.touchpoint] == ["visit", "order", "quote", "visit"]


def test_codes_are_positions_in_the_journey_and_unknown_words_are_none(tiny_journey: Journey) -> None:
    known = event(0, "visit", action="offer", phase="customer", kind=Kind.CONTACT)
    strange = event(1, "seance", action="levitation", phase="nirvana")

    history = build_history(tiny_journey, [[known, strange]])

    assert history.action.tolist() == [tiny_journey.action_index["offer"], -1]
    assert history.phase.tolist() == [tiny_journey.phase_index["customer"], -1]
    assert history.kind.tolist() == [Kind.CONTACT, Kind.TOUCHPOINT]
    assert history.touchpoints == (*tiny_journey.touchpoint_names, "seance")


def test_a_touchpoint_declared_as_contact_is_one(tiny_journey: Journey) -> None:
    assert build_history(tiny_journey, [[event(0, "mail_sent")]]).kind.tolist() == [Kind.CONTACT]
    assert columns(tiny_journey, kind=np.zeros(3, int)).kind.tolist() == [Kind.CONTACT, 0, 0]


def test_times_are_exact_milliseconds_and_values_exact_cents(tiny_journey: Journey) -> None:
    moment = datetime(2026, 3, 29, 3, 0, 0, 999_999, tzinfo=UTC)

    history = build_history(
        tiny_journey, [[Interaction(occurred_at=moment, channel="web", touchpoint="order", value=19.99)]]
    )

    assert history.occurred_at.tolist() == [
        int(datetime(2026, 3, 29, 3, tzinfo=UTC).timestamp()) * 1000 + 999
    ]
    assert history.value_cents.tolist() == [1999]


@given(st.datetimes(timezones=st.just(UTC)))
def test_to_ms_is_the_inverse_of_adding_milliseconds(moment: datetime) -> None:
    back = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=to_ms(moment))

    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, -1e14])
def test_a_value_that_is_no_sensible_amount_is_refused(tiny_journey: Journey, value: float) -> None:
    with pytest.raises(HistoryError, match="'order' at 2026-05-01"):
        build_history(tiny_journey, [[event(0, "order", value=value)]])


def test_a_time_without_zone_is_refused(tiny_journey: Journey) -> None:
    naive = Interaction(occurred_at=datetime(2026, 1, 1), channel=None, touchpoint="visit")  # noqa: DTZ001

    with pytest.raises(HistoryError, match="no time zone"):
        build_history(tiny_journey, [[naive]])


def test_columns_in_any_order_become_the_history_of_the_same_interactions(tiny_journey: Journey) -> None:
    history = columns(tiny_journey, properties=[{"n": 0}, {"n": 1}, {"n": 2}])

    assert history.start.tolist() == [0, 1, 3]
    assert history.occurred_at.tolist() == [70, 20, 50]
    assert [history.touchpoints[code] for code in history.touchpoint] == ["mail_sent", "quote", "quote"]
    assert history.action.tolist() == [0, 1, -1]
    assert history.properties == [{"n": 1}, {"n": 2}, {"n": 0}]


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("customer", np.array([0, 1, 2])),
        ("channel", np.array([0, 1, 2])),
        ("action", np.array([0, -2, 1])),
        ("kind", np.array([0, 1, 3])),
        ("touchpoint", np.array([0, 1])),
        ("occurred_at", np.array([0, 1, 2**60])),
        ("value_cents", np.array([0, 0, 2**60])),
    ],
)
def test_a_column_out_of_range_is_named(tiny_journey: Journey, column: str, wrong: np.ndarray) -> None:
    with pytest.raises(HistoryError, match=f"column {column} "):
        columns(tiny_journey, **{column: wrong})
