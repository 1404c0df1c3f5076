"""People's facts become one history.

Touchpoints, our contacts and outcomes, as decisions see them: of one instant contacts come first, then
touchpoints, then outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from models.domain.actions import NOTHING
from models.domain.history import CONTACT, OUTCOME, TOUCHPOINT, History
from models.domain.journey import CONTACT_TOUCHPOINT, Journey
from models.measures.log.facts import Facts
from models.measures.log.responses import DELIVERED, Told


class Past:
    """Makes histories by one journey file."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self._reads_properties = any("properties" in rule.when for rule in journey.phase_rules)

    def history(self, facts: Facts, place: Mapping[str, int], told: Sequence[Told]) -> History:
        """Columns of all events; ``place``: of each person."""
        rows = [*self._touchpoints(facts, place), *self._contacts(facts, place, told)]
        rows += self._outcomes(facts, place)
        columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 10
        owner, at, rank = (np.array(columns[i], dtype=np.int64) for i in range(3))
        order = np.lexsort((rank, at, owner))
        names = {name: code for code, name in enumerate(self._journey.touchpoint_names)}
        touchpoint = [names.setdefault(name, len(names)) for name in columns[5]]
        properties = [columns[9][row] for row in order.tolist()] if self._reads_properties else None
        return History(
            start=np.searchsorted(owner[order], np.arange(len(place) + 1)).astype(np.int64),
            occurred_at=at[order],
            kind=np.array(columns[3], dtype=np.int8)[order],
            channel=np.array(columns[4], dtype=np.int32)[order],
            touchpoint=np.array(touchpoint, dtype=np.int32)[order],
            action=np.array(columns[6], dtype=np.int32)[order],
            phase=np.array(columns[7], dtype=np.int32)[order],
            value_cents=np.array(columns[8], dtype=np.int64)[order],
            touchpoints=tuple(names),
            properties=properties,
        )

    def _touchpoints(self, facts: Facts, place: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
        channels, actions, phases = (
            self._journey.channel_index,
            self._journey.action_index,
            self._journey.phase_index,
        )
        ours = self._journey.contact_touchpoints
        for fact in facts.interactions:
            yield (
                place[fact.customer_id],
                fact.occurred_at,
                1,
                CONTACT if fact.touchpoint in ours else TOUCHPOINT,
                channels.get(fact.channel or "", -1),
                fact.touchpoint,
                actions.get(fact.action or "", -1),
                phases.get(fact.phase or "", -1),
                round((fact.value or 0.0) * 100),
                orjson.loads(fact.properties) if self._reads_properties and fact.properties else {},
            )

    def _contacts(
        self, facts: Facts, place: Mapping[str, int], told: Sequence[Told]
    ) -> Iterator[tuple[Any, ...]]:
        channels, actions = self._journey.channel_index, self._journey.action_index
        for fact, what in zip(facts.decisions, told, strict=True):
            if what.delivered is not None and fact.action != NOTHING:
                channel, action = channels.get(fact.channel or "", -1), actions.get(fact.action, -1)
                owner = place[fact.customer_id]
                yield owner, what.delivered, 0, CONTACT, channel, CONTACT_TOUCHPOINT, action, -1, 0, {}

    def _outcomes(self, facts: Facts, place: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
        decisions = {fact.decision_id: fact for fact in facts.decisions}
        channels, actions = self._journey.channel_index, self._journey.action_index
        for outcome in facts.outcomes:
            fact = decisions.get(outcome.decision_id)
            if outcome.outcome != DELIVERED and fact is not None:
                channel, action = channels.get(fact.channel or "", -1), actions.get(fact.action, -1)
                cents = round((outcome.value or 0.0) * 100)
                owner = place[fact.customer_id]
                yield owner, outcome.occurred_at, 2, OUTCOME, channel, outcome.outcome, action, -1, cents, {}
