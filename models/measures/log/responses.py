"""What outcomes say of decisions.

When they were delivered, whether they were responded to, and what that was worth.

As training and the store count: a deferred decision is delivered when its first outcome says so, and an
outcome counts within the response window from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from models.domain.actions import NOTHING
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.measures.log.facts import DecisionFact, Facts, OutcomeFact

DELIVERED: Final = "delivered"
"""The outcome that says a deferred decision reached the customer; no response in itself."""


class Told(NamedTuple):
    """What outcomes say of a decision."""

    delivered: int | None
    until: int
    responded: bool
    value: float


class Responses:
    """Reads outcomes by one journey file."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self._worth = {outcome.name: outcome.value for outcome in journey.outcomes}

    def tell(self, facts: Facts) -> list[Told]:
        """What outcomes say of each decision."""
        place = {fact.decision_id: index for index, fact in enumerate(facts.decisions)}
        own: list[list[OutcomeFact]] = [[] for _ in facts.decisions]
        for outcome in facts.outcomes:
            if outcome.decision_id in place:  # else it came while the rest was read; the next time
                own[place[outcome.decision_id]].append(outcome)
        return [self._tell(fact, found) for fact, found in zip(facts.decisions, own, strict=True)]

    def _tell(self, fact: DecisionFact, found: Sequence[OutcomeFact]) -> Told:
        delivered = fact.delivered_at
        if delivered is None and found:
            named = [o.occurred_at for o in found if o.attribution is None]
            first = min(named, default=None)
            if first is not None and (fact.deliver_by is None or first <= fact.deliver_by):
                delivered = first
        window = self._window(fact.action)
        until = (fact.decided_at if delivered is None else delivered) + window
        counted = [o for o in found if o.outcome != DELIVERED and o.occurred_at <= until]
        positive = self._positive(fact.action)
        responded = any(o.outcome in positive for o in counted)
        value = sum((o.value or 0.0) + self._worth.get(o.outcome, 0.0) for o in counted)
        return Told(delivered, until, responded, value + (self._value(fact.action) if responded else 0.0))

    def _window(self, action: str) -> int:
        known = action == NOTHING or action in self._journey.action_index
        days = self._journey.response_window(action) if known else self._journey.response_window_days
        return round(days * DAY_MS)

    def _positive(self, action: str) -> frozenset[str]:
        return self._journey.positive_outcomes(action if action in self._journey.action_index else NOTHING)

    def _value(self, action: str) -> float:
        place = self._journey.action_index.get(action)
        return 0.0 if place is None else self._journey.actions[place].value
