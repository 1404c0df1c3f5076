"""Each event has its places in the running counts: kind, touchpoint, channel, positive response."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from models.domain.history import build_history
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.learned.features.choose_columns import make_spec
from models.learned.features.event_columns import CONTACTS, TOUCHPOINTS, EventColumns

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def event(touchpoint: str, kind: Kind, channel: str | None = None, action: str | None = None) -> Interaction:
    return Interaction(occurred_at=NOON, channel=channel, touchpoint=touchpoint, kind=kind, action=action)


def test_places_by_kind_touchpoint_channel_and_response(tiny_journey: Journey) -> None:
    spec = make_spec(tiny_journey)
    columns = EventColumns(spec, tiny_journey)
    history = build_history(
        tiny_journey,
        [
            [
                event("visit", Kind.TOUCHPOINT, "web"),
                event("unheard_of", Kind.TOUCHPOINT),
                event("mail_sent", Kind.CONTACT, "email", "teaser"),
                event("clicked", Kind.OUTCOME, "email", "teaser"),
                event("complained", Kind.OUTCOME, "email", "teaser"),
            ]
        ],
    )

    kind, named, channel, positive = columns.places(history, slice(0, 5)).tolist()

    nowhere = columns.nowhere
    assert kind == [TOUCHPOINTS, TOUCHPOINTS, CONTACTS, nowhere, nowhere]
    assert named[:2] == [TOUCHPOINTS + 1 + spec.touchpoints.index("visit"), nowhere]
    assert channel == [columns.channels + spec.channels.index("web"), nowhere, nowhere, nowhere, nowhere]
    assert positive == [nowhere, nowhere, nowhere, columns.positives, nowhere]


def test_look_ups_are_made_once_for_a_list_of_names(tiny_journey: Journey) -> None:
    columns = EventColumns(make_spec(tiny_journey), tiny_journey)

    first = columns.lookups(("visit", "clicked"))

    assert columns.lookups(("visit", "clicked")) is first
    assert not np.array_equal(columns.lookups(("clicked", "visit")).named, first.named)
