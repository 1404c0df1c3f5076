"""Features in the customer's terms: "Used the savings calculator: 3 times in 7 days".

Knows the names and codes of the feature spec and the labels of the journey file; knows nothing of models.
"""

from __future__ import annotations

import math
import re
from typing import Final

from models.domain.journey import AttributeType, Journey
from models.learned.feature_spec import FeatureSpec

_WINDOW: Final = re.compile(r"^(?P<name>.+)[._](?P<days>[0-9.]+)d$")
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_TIMES: Final = {
    "phases_entered": "moved between phases",
    "events_total": "all that happened so far",
    "contacts_total": "contacted by us so far",
    "positives_total": "answered with a yes so far",
    "contacts": "contacted by us",
    "touchpoints": "did something",
    "action_contacts": "contacted with this action",
    "action_contacts_total": "contacted with this action so far",
    "action_positives_total": "said yes to this action so far",
    "channel_contacts": "contacted on this channel",
    "channel_positives_total": "said yes on this channel so far",
}
_DAYS: Final = {
    "dwell_days": ("in this phase", "in this phase: not known"),
    "tenure_days": ("since the first event", "nothing has happened yet"),
    "days_since_contact": ("since our last contact", "never contacted by us"),
    "days_since_touchpoint": ("since the customer last did something", "the customer never did anything"),
    "days_since_action": ("since the last contact with this action", "never contacted with this action"),
    "days_since_channel_contact": (
        "since the last contact on this channel",
        "never contacted on this channel",
    ),
}
_PHASES: Final = {
    "phase": "phase",
    "phase_lag_1": "came from phase",
    "phase_lag_2": "before that in phase",
}


class FeatureWords:
    """Puts one feature and its value into words."""

    __slots__ = ("_channels", "_journey", "_spec", "_touchpoints")

    def __init__(self, journey: Journey, spec: FeatureSpec) -> None:
        self._journey = journey
        self._spec = spec
        self._touchpoints = {t.name: t.label for t in journey.touchpoints}
        self._touchpoints |= {o.name: o.label for o in journey.outcomes}
        self._channels = {c.name: c.label for c in journey.channels}

    def describe(self, name: str, value: float) -> str:
        """A short phrase.

        Args:
            name: of a column of the spec.
            value: as the models see it; nan is missing or never.
        """
        if name.startswith("attribute."):
            return self._attribute(name.removeprefix("attribute."), value)
        if name.startswith("days_since."):
            label = self._touchpoint(name.removeprefix("days_since."))
            return f"{label}: never" if math.isnan(value) else f"{label}: {value:.1f} days ago"
        if name in _PHASES:
            return f"{_PHASES[name]}: {self._code('phases', value)}"
        if name in ("action", "channel", "group"):
            return f"{name}: {self._code(f'{name}s', value)}"
        return self._number(name, value)

    def _number(self, name: str, value: float) -> str:
        if name in _DAYS:
            words, never = _DAYS[name]
            return never if math.isnan(value) else f"{value:.1f} days {words}"
        if math.isnan(value):
            return f"{name.replace('_', ' ')}: not known"
        if name in _TIMES:
            return f"{_TIMES[name]}: {_times(value)}"
        if name == "weekday":
            return _WEEKDAYS[int(value)]
        if name == "hour":
            return f"{value:.0f} o'clock"
        found = _WINDOW.match(name)
        if found is not None:
            return self._in_window(found["name"], found["days"], value)
        return f"{name.replace('_', ' ')}: {value:g}"

    def _in_window(self, name: str, days: str, value: float) -> str:
        if name == "value":
            return f"{value:.2f} {self._journey.currency} in {days} days"
        if name.startswith("touchpoint."):
            words = self._touchpoint(name.removeprefix("touchpoint."))
        elif name.startswith("channel."):
            channel = name.removeprefix("channel.")
            words = f"active on {self._channels.get(channel, channel)}"
        else:
            words = _TIMES.get(name, name.replace("_", " "))
        return f"{words}: {_times(value)} in {days} days"

    def _attribute(self, name: str, value: float) -> str:
        label = next((a.label for a in self._journey.attributes if a.name == name), name)
        column = next((c for c in self._spec.attributes if c.name == name), None)
        if column is None or math.isnan(value):
            return f"{label}: not known"
        if column.type is AttributeType.CATEGORY:
            return f"{label}: {_word(column.values, value)}"
        if column.type is AttributeType.BOOLEAN:
            return f"{label}: {'yes' if value else 'no'}"
        return f"{label}: {value:g}"

    def _code(self, of: str, value: float) -> str:
        return "none" if math.isnan(value) else _word(getattr(self._spec, of), value)

    def _touchpoint(self, name: str) -> str:
        return self._touchpoints.get(name, name)


def _word(words: tuple[str, ...], value: float) -> str:
    code = int(value)
    return words[code] if 0 <= code < len(words) else "not known"


def _times(value: float) -> str:
    return "once" if value == 1.0 else f"{value:.0f} times"
