"""What is asked for each customer of a bucket.

With the past that the tables tell. Knows histories in codes and decision requests; knows nothing of engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.domain.decision import DecisionRequest
from models.domain.history import History, from_ms
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


def requests_of(
    journey: Journey, log: Log, audience: Sequence[str], mailing: Mailing
) -> list[DecisionRequest]:
    """One a customer; of those whom the log does not know, without a past."""
    position = {customer: at for at, customer in enumerate(log.customer_ids.to_pylist())}
    return [_request(journey, log, position.get(customer), customer, mailing) for customer in audience]


def _request(
    journey: Journey, log: Log, at: int | None, customer_id: str, mailing: Mailing
) -> DecisionRequest:
    customer = Customer(customer_id=customer_id)
    past: tuple[Interaction, ...] = ()
    if at is not None:
        customer = Customer(
            customer_id=customer_id,
            attributes=log.attributes[at],
            consent=log.consents[at],
            time_zone=log.time_zones[at],
        )
        past = tuple(_events(journey, log.history, at))
    return DecisionRequest(
        decision_id=mailing.decision_id(customer_id),
        customer=customer,
        decided_at=mailing.decided_at,
        interactions=past,
        channels=(mailing.channel,),
        deferred=True,
    )


def _events(journey: Journey, history: History, customer: int) -> list[Interaction]:
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
