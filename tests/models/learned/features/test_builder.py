"""Rules of features: what each column says, that none sees the future, and that company changes nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain import spans as spans_module
from models.domain.actions import Channel
from models.domain.history import DAY_MS, build_history, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Attribute, AttributeType, Journey
from models.errors import FeatureMismatchError, UnknownNameError
from models.learned.features import candidate as candidate_features
from models.learned.features import customer as customer_features
from models.learned.features.builder import FeatureBuilder, FeatureSpec, Situations, make_spec

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
Moment = tuple[int, datetime]  # customer, instant

EVENTS = st.builds(
    Interaction,
    occurred_at=st.integers(0, 60).map(lambda days: NOON + timedelta(days=days))
    | st.integers(0, 10**9).map(lambda ms: NOON + timedelta(milliseconds=ms)),
    channel=st.sampled_from([None, "web", "email"]),
    touchpoint=st.sampled_from(["visit", "quote", "order", "mail_sent", "unheard_of"]),
    kind=st.sampled_from([Kind.TOUCHPOINT, Kind.CONTACT]),
    action=st.sampled_from([None, "teaser", "offer", "care"]),
    value=st.sampled_from([0.0, 0.1, 19.99, 1e9]),
) | st.builds(
    Interaction,
    occurred_at=st.integers(0, 60).map(lambda days: NOON + timedelta(days=days)),
    channel=st.sampled_from([None, "web", "email"]),
    touchpoint=st.sampled_from(["clicked", "complained"]),
    kind=st.just(Kind.OUTCOME),
    action=st.sampled_from([None, "teaser", "offer"]),
)
LOGS = st.lists(st.lists(EVENTS, max_size=8), min_size=1, max_size=5)
INSTANTS = st.integers(-2, 70).map(lambda days: NOON + timedelta(days=days))
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "age": st.integers(18, 90) | st.floats(0, 100) | st.just("old"),
        "segment": st.sampled_from(["new", "old", "unheard_of"]),
        "vip": st.booleans(),
    },
)
ZONES = st.sampled_from([None, "UTC", "America/New_York", "Asia/Kathmandu"])


@pytest.fixture(scope="module")
def builder(tiny_journey: Journey) -> FeatureBuilder:
    return FeatureBuilder(make_spec(tiny_journey, windows_days=(0.5, 7, 40)), tiny_journey)


def situate(
    builder: FeatureBuilder,
    journey: Journey,
    per_customer: Sequence[Sequence[Interaction]],
    moments: Sequence[Moment],
    attributes: Sequence[dict[str, Any]] | None = None,
    zones: Sequence[str | None] | None = None,
    stated: Sequence[int] | None = None,
) -> Situations:
    return builder.situate(
        history=build_history(journey, per_customer),
        customer=np.array([customer for customer, _ in moments], dtype=np.int64),
        instant=np.array([to_ms(instant) for _, instant in moments], dtype=np.int64),
        attributes=builder.attribute_matrix(attributes or [{}] * len(per_customer)),
        time_zones=zones,
        stated_phase=None if stated is None else np.array(stated, dtype=np.int32),
    )


def matrices(
    builder: FeatureBuilder, journey: Journey, situations: Situations
) -> tuple[np.ndarray, np.ndarray]:
    """The customer columns, and those of every treatment for every situation: (n, T, G)."""
    n, n_treatments = len(situations), len(journey.treatments)
    row = np.repeat(np.arange(n), n_treatments)
    candidates = builder.candidate_features(situations, row, np.tile(np.arange(n_treatments), n))
    return builder.customer_features(situations), candidates.reshape(n, n_treatments, -1)


def named(
    builder: FeatureBuilder, journey: Journey, events: Sequence[Interaction], days: float
) -> dict[str, float]:
    """The customer's columns by name, for one customer."""
    situations = situate(builder, journey, [events], [(0, NOON + timedelta(days=days))])
    row = builder.customer_features(situations)[0].tolist()
    return dict(zip(builder.spec.customer_names, row, strict=True))


def event(days: float, touchpoint: str, channel: str | None = "web", **more: Any) -> Interaction:
    return Interaction(
        occurred_at=NOON + timedelta(days=days), channel=channel, touchpoint=touchpoint, **more
    )


def contact(days: float, action: str, channel: str) -> Interaction:
    return event(days, "contact", channel, action=action, kind=Kind.CONTACT)


# What the columns say, worked by hand.


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


def test_a_candidates_columns_are_the_record_with_its_action_and_channel(
    builder: FeatureBuilder, tiny_journey: Journey
) -> None:
    events = [
        contact(0, "teaser", "email"),
        contact(20, "teaser", "web"),
        contact(26, "offer", "email"),
        event(27, "clicked", "email", kind=Kind.OUTCOME, action="offer"),
        event(28, "complained", "email", kind=Kind.OUTCOME, action="teaser"),
        contact(31, "teaser", "email"),
    ]
    situations = situate(builder, tiny_journey, [events], [(0, NOON + timedelta(days=31))])
    wanted = [
        tiny_journey.treatment_index[pair]
        for pair in (("teaser", "email"), ("offer", "email"), ("care", "web"))
    ]
    matrix = builder.candidate_features(situations, np.zeros(3, int), np.array(wanted))
    teaser, offer, care = (
        dict(zip(builder.spec.candidate_names, row.tolist(), strict=True)) for row in matrix
    )

    assert [teaser[f"action_contacts_{w}"] for w in ("7d", "30d", "total")] == [0, 1, 2]
    assert [teaser[f"channel_contacts_{w}"] for w in ("7d", "30d")] == [1, 1]
    assert (teaser["action_positives_total"], offer["action_positives_total"]) == (0, 1)
    assert (teaser["channel_positives_total"], care["channel_positives_total"]) == (1, 0)
    assert (teaser["days_since_action"], teaser["days_since_channel_contact"]) == (11, 5)
    assert (offer["days_since_action"], offer["action_value"]) == (5, 10)
    assert np.isnan(care["days_since_action"])
    assert care["days_since_channel_contact"] == 11
    assert teaser["channel_cost"] == np.float32(0.1)
    assert (builder.spec.actions[int(teaser["action"])], builder.spec.groups[int(teaser["group"])]) == (
        "teaser",
        "awareness",
    )
    assert np.isnan(care["group"])


def test_doing_nothing_has_no_codes_and_zeros(builder: FeatureBuilder, tiny_journey: Journey) -> None:
    events = [contact(0, "teaser", "email"), event(0, "contact", None, kind=Kind.CONTACT)]
    situations = situate(builder, tiny_journey, [events], [(0, NOON + timedelta(days=1))])

    row = builder.candidate_features(situations, np.array([0]), np.array([0]))[0]

    assert np.isnan(row[:3]).all()
    assert (row[3:] == 0).all()


# Against an oracle that counts with plain loops.


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


@settings(max_examples=60, deadline=None)
@given(LOGS, INSTANTS)
def test_every_candidate_column_agrees_with_plain_counting(
    builder: FeatureBuilder, tiny_journey: Journey, log: list[list[Interaction]], now: datetime
) -> None:
    situations = situate(builder, tiny_journey, log, [(c, now) for c in range(len(log))])
    _, candidates = matrices(builder, tiny_journey, situations)
    for customer, events in enumerate(log):
        past = sorted((e for e in events if e.occurred_at < now), key=lambda e: e.occurred_at)
        contacts = [
            e for e in past if e.kind == Kind.CONTACT or (e.kind == 0 and e.touchpoint == "mail_sent")
        ]
        positives = [e for e in past if e.kind == Kind.OUTCOME and e.touchpoint == "clicked"]
        for code, treatment in enumerate(tiny_journey.treatments[1:], start=1):
            by_action = [e for e in contacts if e.action == treatment.action]
            by_channel = [e for e in contacts if e.channel == treatment.channel]
            found = dict(zip(builder.spec.candidate_names, candidates[customer, code].tolist(), strict=True))
            week, month = now - timedelta(days=7), now - timedelta(days=30)
            expected = {
                "action_contacts_total": len(by_action),
                "action_contacts_7d": sum(e.occurred_at >= week for e in by_action),
                "action_contacts_30d": sum(e.occurred_at >= month for e in by_action),
                "channel_contacts_7d": sum(e.occurred_at >= week for e in by_channel),
                "channel_contacts_30d": sum(e.occurred_at >= month for e in by_channel),
                "action_positives_total": sum(e.action == treatment.action for e in positives),
                "channel_positives_total": sum(e.channel == treatment.channel for e in positives),
            }
            for name, chosen in (
                ("days_since_action", by_action),
                ("days_since_channel_contact", by_channel),
            ):
                last = (to_ms(now) - to_ms(chosen[-1].occurred_at)) / DAY_MS if chosen else np.nan
                expected[name] = float(np.float32(last))
            np.testing.assert_equal({name: found[name] for name in expected}, expected)


# What must never matter.


@settings(max_examples=100, deadline=None)
@given(
    LOGS, st.lists(INSTANTS, min_size=1, max_size=4), st.lists(ATTRIBUTES, min_size=5, max_size=5), st.data()
)
def test_one_at_a_time_equals_all_at_once_bit_for_bit(
    builder: FeatureBuilder,
    tiny_journey: Journey,
    log: list[list[Interaction]],
    instants: list[datetime],
    attributes: list[dict[str, Any]],
    data: st.DataObject,
) -> None:
    moments = [(customer, instant) for instant in instants for customer in range(len(log))]
    zones = data.draw(st.lists(ZONES, min_size=len(log), max_size=len(log)))
    stated = data.draw(st.lists(st.integers(-1, 2), min_size=len(moments), max_size=len(moments)))
    together = situate(builder, tiny_journey, log, moments, attributes[: len(log)], zones, stated)
    x, candidates = matrices(builder, tiny_journey, together)
    for i, (customer, instant) in enumerate(moments):
        alone = situate(
            builder,
            tiny_journey,
            [log[customer]],
            [(0, instant)],
            [attributes[customer]],
            [zones[customer]],
            [stated[i]],
        )
        own_x, own_candidates = matrices(builder, tiny_journey, alone)
        assert own_x.tobytes() == x[i].tobytes()
        assert own_candidates.tobytes() == candidates[i].tobytes()
        taken = replace(together, customer_x=x).take(np.array([i]))
        assert taken.customer_x is not None
        assert taken.customer_x.tobytes() == x[i].tobytes()
        assert matrices(builder, tiny_journey, taken)[1].tobytes() == candidates[i].tobytes()


@settings(max_examples=60, deadline=None)
@given(LOGS, st.lists(INSTANTS, min_size=1, max_size=4), st.integers(1, 6), st.integers(1, 4))
def test_the_size_of_a_chunk_changes_no_bit(
    builder: FeatureBuilder,
    tiny_journey: Journey,
    log: list[list[Interaction]],
    instants: list[datetime],
    events: int,
    rows: int,
) -> None:
    moments = [(customer, instant) for instant in instants for customer in range(len(log))]

    def build() -> tuple[bytes, bytes]:
        x, candidates = matrices(builder, tiny_journey, situate(builder, tiny_journey, log, moments))
        return x.tobytes(), candidates.tobytes()

    whole = build()
    small = partial(spans_module.spans, events=events, rows=rows)
    with pytest.MonkeyPatch.context() as patch:
        for module in (spans_module, customer_features, candidate_features):
            patch.setattr(module, "spans", small)
        assert build() == whole


@settings(max_examples=100, deadline=None)
@given(LOGS, LOGS, INSTANTS)
def test_no_feature_changes_with_anything_at_or_after_its_moment(
    builder: FeatureBuilder,
    tiny_journey: Journey,
    log: list[list[Interaction]],
    other: list[list[Interaction]],
    instant: datetime,
) -> None:
    """The same past with one future, with another, and with none."""
    past = [[each for each in events if each.occurred_at < instant] for events in log]
    future = [[each for each in events if each.occurred_at >= instant] for events in log]
    strange = [[replace(e, occurred_at=instant + (e.occurred_at - NOON)) for e in events] for events in other]
    strange += [[]] * len(log)
    moments = [(customer, instant) for customer in range(len(log))]
    bits = set()
    for later in (future, strange, [[]] * len(log)):
        histories = [early + late for early, late in zip(past, later, strict=False)]
        x, candidates = matrices(builder, tiny_journey, situate(builder, tiny_journey, histories, moments))
        bits.add(x.tobytes() + candidates.tobytes())

    assert len(bits) == 1


# Which columns there are.


def test_a_spec_survives_json_and_its_hash_tells_specs_apart(solar_journey: Journey) -> None:
    spec = make_spec(solar_journey)
    again = FeatureSpec.from_json(spec.to_json())

    assert again == spec
    assert again.sha256 == spec.sha256
    assert make_spec(solar_journey, windows_days=(1, 7)).sha256 != spec.sha256
    assert len(set(spec.customer_names)) == len(spec.customer_names)


def test_categorical_columns_are_those_that_hold_codes(tiny_journey: Journey) -> None:
    spec = make_spec(tiny_journey)

    assert [spec.customer_names[i] for i in spec.customer_categorical] == [
        "phase",
        "phase_lag_1",
        "phase_lag_2",
        "attribute.segment",
    ]
    assert [spec.candidate_names[i] for i in spec.candidate_categorical] == ["action", "channel", "group"]


def test_touchpoints_are_the_declared_ones_and_then_the_most_frequent(tiny_journey: Journey) -> None:
    rare, often = [event(1, "blue_moon")], [event(i, "newsletter_read") for i in range(3)]
    outcome = [event(9, "clicked", kind=Kind.OUTCOME, action="offer")] * 9
    history = build_history(tiny_journey, [rare, often, outcome])

    assert make_spec(tiny_journey, history).touchpoints == (
        *("visit", "quote", "order", "mail_sent"),
        *("newsletter_read", "blue_moon"),
    )
    assert make_spec(tiny_journey, history, max_touchpoints=5).touchpoints[-1] == "newsletter_read"


def test_words_of_a_category_come_from_the_file_or_else_from_the_data(tiny_journey: Journey) -> None:
    town = Attribute(name="town", type=AttributeType.CATEGORY, label="Town")
    journey = replace(tiny_journey, attributes=(*tiny_journey.attributes, town))
    seen = [{"town": "Graz"}, {"town": "Wien"}, {"town": "Wien", "segment": "odd"}, {"town": 7}, {}]

    columns = {column.name: column.values for column in make_spec(journey, attributes=seen).attributes}

    assert columns["town"] == ("Wien", "Graz")
    assert columns["segment"] == ("new", "old")


@pytest.mark.parametrize("windows", [(), (0, 7), (7, 7.0), (-1,)])
def test_windows_must_be_different_and_above_zero(tiny_journey: Journey, windows: tuple[float, ...]) -> None:
    with pytest.raises(FeatureMismatchError, match="windows_days"):
        make_spec(tiny_journey, windows_days=windows)


def test_a_spec_written_by_other_code_is_refused_with_both_sides(tiny_journey: Journey) -> None:
    stored = json.loads(make_spec(tiny_journey).to_json())
    stored["customer_names"][3] = "opens_30d"

    with pytest.raises(FeatureMismatchError, match=r"opens_30d.*dwell_days"):
        FeatureSpec.from_json(json.dumps(stored))
    with pytest.raises(FeatureMismatchError, match="format 0"):
        FeatureSpec.from_json(json.dumps({**stored, "format": 0}))


def test_a_spec_fits_only_a_journey_with_its_phases_channels_and_attributes(tiny_journey: Journey) -> None:
    spec = make_spec(tiny_journey)
    vip = Attribute(name="vip", type=AttributeType.NUMBER, label="VIP")
    retyped = tuple(vip if each.name == "vip" else each for each in tiny_journey.attributes)
    wrong = {
        "phases": replace(tiny_journey, phases=tiny_journey.phases[::-1]),
        "channels": replace(tiny_journey, channels=tiny_journey.channels[:1]),
        "'vip'": replace(tiny_journey, attributes=retyped),
        "'age'": replace(tiny_journey, attributes=tiny_journey.attributes[1:]),
    }
    for what, journey in wrong.items():
        with pytest.raises(FeatureMismatchError, match=what):
            spec.check(journey)


def test_a_journey_may_grow_without_a_new_spec(tiny_journey: Journey) -> None:
    """A new action on a new channel has no code yet: it is built as unknown, not refused."""
    new = replace(tiny_journey.actions[0], name="aaa", channels=("post",), group="unheard_of")
    journey = replace(
        tiny_journey,
        actions=(new, *tiny_journey.actions),
        channels=(Channel(name="post", label="Post"), *tiny_journey.channels),
    )
    builder = FeatureBuilder(make_spec(tiny_journey), journey)
    events = [contact(0, "aaa", "post"), event(0, "visit", "web")]
    situations = situate(builder, journey, [events], [(0, NOON + timedelta(days=1))])
    row = builder.candidate_features(
        situations, np.array([0]), np.array([journey.treatment_index["aaa", "post"]])
    )[0]
    found = dict(zip(builder.spec.candidate_names, row.tolist(), strict=True))

    assert np.isnan([found[name] for name in ("action", "channel", "group")]).all()
    assert (found["action_contacts_7d"], found["days_since_action"]) == (1, 1)
    assert builder.customer_features(situations)[0, builder.spec.customer_names.index("channel.web.7d")] == 1


def test_a_history_may_number_its_touchpoints_as_it_likes(
    builder: FeatureBuilder, tiny_journey: Journey
) -> None:
    """Columns go by the names in the history, not by the order of its codes, and need no outcome there."""
    moment = [(0, NOON + timedelta(days=3))]
    situations = situate(builder, tiny_journey, [[event(1, "visit"), event(2, "quote")]], moment)
    own = replace(
        situations.history, touchpoint=np.array([1, 0], dtype=np.int32), touchpoints=("quote", "visit")
    )

    same = builder.customer_features(replace(situations, history=own))

    assert same.tobytes() == builder.customer_features(situations).tobytes()


def test_an_unknown_time_zone_is_named(builder: FeatureBuilder, tiny_journey: Journey) -> None:
    with pytest.raises(UnknownNameError, match="Atlantis"):
        situate(builder, tiny_journey, [[]], [(0, NOON)], zones=["Europe/Atlantis"])
