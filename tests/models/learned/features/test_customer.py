"""What each of the customer's columns says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.history import DAY_MS, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder, FeatureSpec
from tests.models.learned.features.situations import (
    INSTANTS,
    LOGS,
    NOON,
    ZONES,
    contact,
    event,
    situate,
)


def named(
    builder: FeatureBuilder, journey: Journey, events: Sequence[Interaction], days: float
) -> dict[str, float]:
    """The customer's columns by name, for one customer."""
    situations = situate(builder, journey, [events], [(0, NOON + timedelta(days=days))])
    row = builder.customer_features(situations)[0].tolist()
    return dict(zip(builder.spec.customer_names, row, strict=True))


def test_counts_and_recencies_of_a_short_history(builder: FeatureBuilder, tiny_journey: Journey) -> None:
    events = [
        event(0, "visit", value=2.5),
        contact(3, "teaser", "email"),
        event(4, "clicked", "email", kind=Kind.OUTCOME, action="teaser"),
        event(4, "quote", value=0.25),
        event(10, "visit"),
        event(20, "visit"),
    ]
    columns = named(builder, tiny_journey, events, 10.25)

    assert columns["events_total"] == 5
    assert columns["tenure_days"] == 10.25
    assert (columns["contacts_7d"], columns["contacts_30d"], columns["contacts_total"]) == (0, 1, 1)
    assert columns["positives_total"] == 1
    assert (columns["days_since_contact"], columns["days_since_touchpoint"]) == (7.25, 0.25)
    assert (columns["days_since.visit"], columns["days_since.quote"]) == (0.25, 6.25)
    assert np.isnan(columns["days_since.order"])
    assert [columns[f"touchpoints_{w}"] for w in ("0.5d", "7d", "40d")] == [1, 2, 3]
    assert [columns[f"touchpoint.visit.{w}"] for w in ("0.5d", "7d", "40d")] == [1, 1, 2]
    assert [columns[f"channel.web.{w}"] for w in ("0.5d", "7d", "40d")] == [1, 2, 3]
    assert [columns[f"value_{w}"] for w in ("0.5d", "7d", "40d")] == [0, 0.25, 2.75]
    assert columns["channel.email.40d"] == 0, "contacts and outcomes are not what the customer did there"


def test_a_window_holds_its_first_instant_and_not_the_present(
    builder: FeatureBuilder, tiny_journey: Journey
) -> None:
    events = [event(0, "visit"), event(7, "visit")]

    assert named(builder, tiny_journey, events, 7)["touchpoints_7d"] == 1
    assert named(builder, tiny_journey, events, 7 + 1 / DAY_MS)["touchpoints_7d"] == 1
    assert named(builder, tiny_journey, events, 6.9)["events_total"] == 1


def test_phase_columns_follow_the_history(builder: FeatureBuilder, tiny_journey: Journey) -> None:
    """stranger, interested on day 2, lapsed to stranger on day 32, customer on day 60."""
    events = [event(1, "visit"), event(2, "quote"), event(60, "order")]
    columns = named(builder, tiny_journey, events, 62.5)

    assert [columns[name] for name in ("phase", "phase_lag_1", "phase_lag_2")] == [2, 0, 1]
    assert (columns["dwell_days"], columns["phases_entered"]) == (2.5, 3)


def test_a_stated_phase_wins_and_counts_as_entered_now(
    builder: FeatureBuilder, tiny_journey: Journey
) -> None:
    moments = [(0, NOON + timedelta(days=3))] * 3
    situations = situate(builder, tiny_journey, [[event(1, "quote")]], moments, stated=[2, 1, -1])

    assert situations.phase.tolist() == [2, 1, 1]
    assert situations.phase_since.tolist() == [to_ms(NOON + timedelta(days=d)) for d in (3, 1, 1)]
    assert situations.phase_lags.tolist() == [[1, 0], [0, -1], [0, -1]]
    assert situations.phases_entered.tolist() == [2, 1, 1]


def test_a_stranger_has_no_history_and_no_error(builder: FeatureBuilder, tiny_journey: Journey) -> None:
    columns = named(builder, tiny_journey, [], 0)

    assert columns["phase"] == 0
    assert columns["dwell_days"] == columns["events_total"] == columns["value_40d"] == 0
    assert np.isnan([columns[name] for name in ("tenure_days", "days_since_contact", "phase_lag_1")]).all()


def test_the_calendar_is_the_customers(builder: FeatureBuilder, tiny_journey: Journey) -> None:
    """2026-05-01 20:30 UTC is Friday evening in Berlin and Saturday morning in Kathmandu (UTC+5:45)."""
    moments = [(i, datetime(2026, 5, 1, 20, 30, tzinfo=UTC)) for i in range(3)]
    situations = situate(builder, tiny_journey, [[], [], []], moments, zones=[None, "Asia/Kathmandu", "UTC"])
    first = builder.spec.customer_names.index("hour")

    assert builder.customer_features(situations)[:, first : first + 3].tolist() == [
        [22, 4, 5],
        [2, 5, 5],
        [20, 4, 5],
    ]


def test_attributes_are_numbers_flags_and_codes_and_never_text(
    builder: FeatureBuilder, tiny_journey: Journey
) -> None:
    rows = builder.attribute_matrix(
        [
            {"age": 40, "segment": "old", "vip": True, "first_name": "Ada", "shoe_size": 38},
            {"age": "40", "segment": "unheard_of", "vip": 1},
            {"age": float("inf"), "segment": ["old"], "vip": None},
            {"age": True},
            {"age": 10**400},
        ]
    )

    assert [column.name for column in builder.spec.attributes] == ["age", "segment", "vip"]
    assert rows[0].tolist() == [40, 1, 1]
    assert np.isnan(rows[1:]).all()


def count_columns(
    spec: FeatureSpec, journey: Journey, events: Sequence[Interaction], now: datetime
) -> dict[str, float]:
    """The customer's counted columns, one by one."""
    past = sorted((each for each in events if each.occurred_at < now), key=lambda each: each.occurred_at)
    contacts = [e for e in past if e.kind == Kind.CONTACT or (e.kind == 0 and e.touchpoint == "mail_sent")]
    own = [e for e in past if e.kind == Kind.TOUCHPOINT and e.touchpoint != "mail_sent"]

    def within(chosen: Sequence[Interaction], days: float) -> int:
        return sum(e.occurred_at >= now - timedelta(days=days) for e in chosen)

    def since(chosen: Sequence[Interaction]) -> float:
        return np.float32((to_ms(now) - to_ms(chosen[-1].occurred_at)) / DAY_MS) if chosen else np.nan

    columns: dict[str, float] = {
        "events_total": len(past),
        "contacts_7d": within(contacts, 7),
        "contacts_30d": within(contacts, 30),
        "contacts_total": len(contacts),
        "positives_total": sum(e.kind == Kind.OUTCOME and e.touchpoint == "clicked" for e in past),
        "tenure_days": since(past[:1]),
        "days_since_contact": since(contacts),
        "days_since_touchpoint": since(own),
    }
    for name in spec.touchpoints:
        columns[f"days_since.{name}"] = since([e for e in past if e.touchpoint == name])
    for days in spec.windows_days:
        columns[f"touchpoints_{days:g}d"] = within(own, days)
        for name in spec.touchpoints:
            columns[f"touchpoint.{name}.{days:g}d"] = within([e for e in past if e.touchpoint == name], days)
        for name in spec.channels:
            columns[f"channel.{name}.{days:g}d"] = within([e for e in own if e.channel == name], days)
        recent = [e for e in past if e.occurred_at >= now - timedelta(days=days)]
        columns[f"value_{days:g}d"] = np.float32(sum(round(e.value * 100) for e in recent) / 100)
    return columns


@settings(max_examples=100, deadline=None)
@given(LOGS, st.lists(INSTANTS, min_size=1, max_size=3), ZONES)
def test_every_counted_column_agrees_with_plain_counting(
    builder: FeatureBuilder,
    tiny_journey: Journey,
    log: list[list[Interaction]],
    instants: list[datetime],
    zone: str,
) -> None:
    moments = [(customer, instant) for instant in instants for customer in range(len(log))]
    situations = situate(builder, tiny_journey, log, moments, zones=[zone] * len(log))
    matrix = builder.customer_features(situations)
    for row, (customer, instant) in zip(matrix, moments, strict=True):
        found = dict(zip(builder.spec.customer_names, row.tolist(), strict=True))
        local = instant.astimezone(ZoneInfo(zone or tiny_journey.time_zone))
        expected = count_columns(builder.spec, tiny_journey, log[customer], instant)
        expected |= {"hour": local.hour, "weekday": local.weekday(), "month": local.month}
        np.testing.assert_equal({name: found[name] for name in expected}, expected)
