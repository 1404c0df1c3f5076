"""The variables ``last`` and ``mean`` of policies: what customers told.

Knows which of them rules read; what a fact is stands in ``models/domain/feedback.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.domain.feedback import last_value, means, window_name
from models.domain.journey import AttributeType, Fact, Journey
from models.learned.features.situations import Situations


class FeedbackVariables:
    """Builds them for one situation; events that no rule names cost nothing."""

    __slots__ = ("_journey", "_last", "_mean", "read")

    def __init__(self, journey: Journey, read: Mapping[str, Mapping[str, Any]]) -> None:
        """``read``: variable → member → …: what rules read; an empty mapping stands for all below it."""
        self._journey = journey
        self._last = facts_read(journey, read.get("last"))
        numbers = facts_read(journey, read.get("mean"))
        self._mean = tuple(fact for fact in numbers if fact.typed.type is AttributeType.NUMBER)
        self.read = tuple(name for name in ("last", "mean") if name in read)

    def variables(self, situations: Situations) -> dict[str, Any]:
        """Those that rules read; what was never told, or not within a window, is missing."""
        facts: dict[str, Any] = {name: {} for name in self.read}
        if not self.read:
            return facts
        history, journey = situations.history, self._journey
        begin, end = int(history.start[int(situations.customer[0])]), int(situations.end[0])
        for fact in self._last:
            put(facts["last"], fact, last_value(journey, history, fact, begin, end))
        for fact in self._mean:
            found = means(journey, history, fact, begin, end, int(situations.instant[0]))
            put(facts["mean"], fact, {window_name(days): value for days, value in found.items()})
        return facts


def facts_read(journey: Journey, read: Mapping[str, Any] | None) -> tuple[Fact, ...]:
    """The facts of a variable that rules read; None: they do not read it."""
    if read is None:
        return ()
    return tuple(fact for fact in journey.facts if not read or fact.event in read)


def put(facts: dict[str, Any], fact: Fact, value: object) -> None:
    """Under the event's name, or under that of its property."""
    if fact.alone:
        if value is not None:
            facts[fact.event] = value
        return
    own = facts.setdefault(fact.event, {})
    if value is not None:
        own[fact.typed.name] = value
