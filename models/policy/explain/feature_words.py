"""Features are put into the customer's terms.

Knows the names and codes of the feature spec and the labels of the journey file; knows nothing of models.
The labels are in the language of the journey file; everything around them is in the asked one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from models.domain.journey import AttributeType, Journey
from models.learned.features.spec import FEEDBACK_DAYS, AttributeColumn, FeatureSpec, FeedbackColumn
from models.policy.explain.translations import ENGLISH, Words

_WINDOW: Final = re.compile(r"^(?P<name>.+)[._](?P<days>[0-9.]+)d$")


class FeatureWords:
    """Puts one feature and its value into words."""

    __slots__ = ("_channels", "_journey", "_spec", "_told", "_touchpoints", "_words")

    def __init__(self, journey: Journey, spec: FeatureSpec, words: Words = ENGLISH) -> None:
        self._words = words
        self._journey = journey
        self._spec = spec
        self._touchpoints = {t.name: t.label for t in journey.touchpoints}
        self._touchpoints |= {o.name: o.label for o in journey.outcomes}
        self._channels = {c.name: c.label for c in journey.channels}
        self._told = dict(self._feedback())

    def _feedback(self) -> Iterator[tuple[str, tuple[str, FeedbackColumn]]]:
        """Columns of what customers told, with what they are called."""
        facts = {fact.name: fact for fact in self._journey.facts}
        for column in self._spec.feedback:
            if (fact := facts.get(column.name)) is not None:
                event = self._touchpoint(fact.event)
                label = event if fact.alone else f"{event} ({fact.typed.label})"
                forms = (self._words.last.format(label), self._words.average.format(label, FEEDBACK_DAYS))
                yield from ((name, (form, column)) for name, form in zip(column.columns, forms, strict=False))

    def describe(self, name: str, value: float) -> str:
        """A short phrase.

        Args:
            name: of a column of the spec.
            value: as the models see it; nan is missing or never.
        """
        if name.startswith("attribute."):
            return self._attribute(name.removeprefix("attribute."), value)
        if name in self._told:
            return self._typed(*self._told[name], value)
        if name.startswith("days_since."):
            label = self._touchpoint(name.removeprefix("days_since."))
            if math.isnan(value):
                return self._words.never.format(label)
            return self._words.days_ago.format(label, self._words.number(f"{value:.1f}"))
        if name in self._words.phases:
            return f"{self._words.phases[name]}: {self._code('phases', value)}"
        if name in self._words.codes:
            return f"{self._words.codes[name]}: {self._code(f'{name}s', value)}"
        return self._number(name, value)

    def _number(self, name: str, value: float) -> str:
        words = self._words
        if name in words.days:
            since, never = words.days[name]
            return never if math.isnan(value) else words.days_of.format(words.number(f"{value:.1f}"), since)
        if math.isnan(value):
            return f"{name.replace('_', ' ')}: {words.unknown}"
        if name in words.times:
            return f"{words.times[name]}: {self._times(value)}"
        if name == "weekday":
            return words.weekdays[int(value)]
        if name == "hour":
            return words.hour.format(f"{value:.0f}")
        if name == "month":
            return f"{words.month}: {value:.0f}"
        windowed = _WINDOW.match(name)
        if windowed is not None:
            return self._in_window(windowed["name"], windowed["days"], value)
        return f"{name.replace('_', ' ')}: {words.number(f'{value:g}')}"

    def _in_window(self, name: str, days: str, value: float) -> str:
        if name == "value":
            amount = self._words.number(f"{value:z.2f}")
            return self._words.in_days.format(amount, self._journey.currency, days).replace(":", "", 1)
        if name.startswith("touchpoint."):
            words = self._touchpoint(name.removeprefix("touchpoint."))
        elif name.startswith("channel."):
            channel = name.removeprefix("channel.")
            words = self._words.active_on.format(self._channels.get(channel, channel))
        else:
            words = self._words.times.get(name, name.replace("_", " "))
        return self._words.in_days.format(words, self._times(value), days)

    def _attribute(self, name: str, value: float) -> str:
        label = next((a.label for a in self._journey.known_attributes if a.name == name), name)
        return self._typed(label, next((c for c in self._spec.attributes if c.name == name), None), value)

    def _typed(self, label: str, column: AttributeColumn | FeedbackColumn | None, value: float) -> str:
        if column is None or math.isnan(value):
            return f"{label}: {self._words.unknown}"
        if column.type is AttributeType.CATEGORY:
            return f"{label}: {self._word(column.values, value)}"
        if column.type is AttributeType.BOOLEAN:
            return f"{label}: {self._words.yes if value else self._words.no}"
        return f"{label}: {self._words.number(f'{value:g}')}"

    def _code(self, of: str, value: float) -> str:
        return self._words.none if math.isnan(value) else self._word(getattr(self._spec, of), value)

    def _touchpoint(self, name: str) -> str:
        return self._touchpoints.get(name, name)

    def _word(self, words: tuple[str, ...], value: float) -> str:
        code = int(value)
        return words[code] if 0 <= code < len(words) else self._words.unknown

    def _times(self, value: float) -> str:
        return self._words.once if value == 1.0 else self._words.often.format(f"{value:.0f}")
