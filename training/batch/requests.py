"""What is asked for each customer of a bucket.

With the past that the tables tell. Knows histories in codes and decision requests; knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Ints
from models.domain.decision import DecisionRequest
from models.domain.history import History, from_ms, to_ms
from models.domain.interaction import Customer, Interaction, Kind
from models.domain.journey import Journey
from training.data.encode import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """What holds for everybody of an audience.

    ``run_id``: the same run decides the same again. ``decided_at``: aware; later events are not looked at.
    """

    run_id: str
    channel: str
    decided_at: datetime

    def decision_id(self, customer_id: str) -> str:
        """One decision a customer and run."""
        return f"{self.run_id}/{customer_id}"


def requests_of(log: Log, audience: Sequence[str], mailing: Mailing) -> list[DecisionRequest]:
    """One a customer, in the order of ``audience``.

    Their pasts stay in the log (``positions_of``); nothing is known of whom the log does not know.
    """
    places = positions_of(log, audience).tolist()
    return [_request(log, at, customer, mailing) for at, customer in zip(places, audience, strict=True)]


def positions_of(log: Log, audience: Sequence[str]) -> Ints:
    """Where customers stand in a log, shape (n,); -1: it does not know them."""
    found = pc.index_in(pa.array([*audience], pa.string()), value_set=log.customer_ids)
    places: Ints = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return places


def _request(log: Log, at: int, customer_id: str, mailing: Mailing) -> DecisionRequest:
    customer = Customer(customer_id=customer_id)
    if at >= 0:
        customer = Customer(
            customer_id=customer_id,
            attributes=log.attributes_at(at, to_ms(mailing.decided_at)),
            consent=log.consents[at],
            time_zone=log.time_zones[at],
        )
    return DecisionRequest(
        decision_id=mailing.decision_id(customer_id),
        customer=customer,
        decided_at=mailing.decided_at,
        channels=(mailing.channel,),
        deferred=True,
    )


def with_past(journey: Journey, log: Log, request: DecisionRequest) -> DecisionRequest:
    """The request with its past as interactions: what ``decide`` takes alone."""
    return with_past_at(journey, log, request, int(positions_of(log, [request.customer.customer_id])[0]))


def with_past_at(journey: Journey, log: Log, request: DecisionRequest, at: int) -> DecisionRequest:
    """The same for a customer whose position in the log is known; -1: it does not know them."""
    return request if at < 0 else replace(request, interactions=tuple(events_of(journey, log.history, at)))


def events_of(journey: Journey, history: History, customer: int) -> list[Interaction]:
    """What a history holds of one customer, as interactions in order."""
    first, last = history.start[customer : customer + 2].tolist()
    properties = history.properties
    return [
        Interaction(
            occurred_at=from_ms(at),
            kind=Kind(kind),
            channel=None if channel < 0 else journey.channels[channel].name,
            touchpoint=history.touchpoints[touchpoint],
            action=None if action < 0 else journey.actions[action].name,
            phase=None if phase < 0 else journey.phases[phase].name,
            value=cents / 100,
            properties={} if properties is None else properties[event],
        )
        for event, at, kind, channel, touchpoint, action, phase, cents in zip(
            range(first, last),
            *(
                column[first:last].tolist()
                for column in (
                    history.occurred_at, history.kind, history.channel, history.touchpoint, history.action,
                    history.phase, history.value_cents,
                )
            ),
            strict=True,
        )
    ]  # fmt: skip
