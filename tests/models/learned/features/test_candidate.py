"""What each of a candidate's columns says."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from hypothesis import given, settings

from models.domain.history import DAY_MS, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.learned.features.builder import FeatureBuilder
from tests.models.learned.features.situations import (
    INSTANTS,
    LOGS,
    NOON,
    contact,
    event,
    matrices,
    situate,
)


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
