"""Which features a bundle was trained with.

Declarative, as JSON, with a hash of its own. Knows the names and the order of columns; ``choose_columns.py``
chooses them, ``builder.py`` computes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

from models.domain.journey import AttributeType, Journey
from models.errors import FeatureMismatchError

FORMAT: Final = 1
"""Raised whenever a column of the same name would be computed differently."""


FEEDBACK_DAYS: Final = 90
"""The window of means of what customers told."""

CONTACT_WINDOWS_DAYS: Final = (7.0, 30.0)
"""Windows of the contact counts (fatigue); journey value moves these columns forward by name."""


_LEADING: Final = (
    "phase",
    "phase_lag_1",
    "phase_lag_2",
    "dwell_days",
    "phases_entered",
    "events_total",
    "contacts_7d",
    "contacts_30d",
    "contacts_total",
    "positives_total",
)


_RECENCY: Final = ("tenure_days", "days_since_contact", "days_since_touchpoint")
_CALENDAR: Final = ("hour", "weekday", "month")
_CANDIDATE: Final = (
    "action",
    "channel",
    "group",
    "action_value",
    "channel_cost",
    "action_contacts_total",
    "action_contacts_7d",
    "action_contacts_30d",
    "action_positives_total",
    "channel_contacts_7d",
    "channel_contacts_30d",
    "channel_positives_total",
    "days_since_action",
    "days_since_channel_contact",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeColumn:
    """A customer attribute as a column.

    A number, 0 or 1, or the position of its word in ``values``.
    """

    name: str
    type: AttributeType
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackColumn:
    """A fact as columns.

    Its last value, and of a number its mean within ``FEEDBACK_DAYS``.
    """

    name: str
    type: AttributeType
    values: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        last = f"last.{self.name}"
        return (last, f"mean.{self.name}.{FEEDBACK_DAYS}d") if self.type is AttributeType.NUMBER else (last,)


@dataclass(frozen=True, kw_only=True)
class FeatureSpec:
    """Everything that decides which columns there are and what their codes mean.

    ``phases``, ``channels``, ``actions``, ``groups``: the words behind the categorical codes.
    ``touchpoints``: those that have columns of their own. ``windows_days``: ascending; fractions of days
    for fast journeys. ``feedback``: what customers told by typed properties of events.
    """

    phases: tuple[str, ...]
    channels: tuple[str, ...]
    actions: tuple[str, ...]
    groups: tuple[str, ...]
    touchpoints: tuple[str, ...]
    windows_days: tuple[float, ...]
    attributes: tuple[AttributeColumn, ...]
    feedback: tuple[FeedbackColumn, ...] = ()

    @cached_property
    def customer_names(self) -> tuple[str, ...]:
        """Names of the customer's columns, in order."""
        since = [f"days_since.{name}" for name in self.touchpoints]
        attributes = [f"attribute.{column.name}" for column in self.attributes]
        windows = [name for window in self.windows_days for name in self._window_names(window)]
        told = [name for column in self.feedback for name in column.columns]
        return (*_LEADING, *_RECENCY, *since, *windows, *_CALENDAR, *attributes, *told)

    def _window_names(self, window: float) -> list[str]:
        label = f"{window:g}d"
        return [
            f"touchpoints_{label}",
            *(f"touchpoint.{name}.{label}" for name in self.touchpoints),
            *(f"channel.{name}.{label}" for name in self.channels),
            f"value_{label}",
        ]

    @property
    def candidate_names(self) -> tuple[str, ...]:
        """Names of a candidate's columns, in order."""
        return _CANDIDATE

    @cached_property
    def customer_categorical(self) -> tuple[int, ...]:
        """Positions of the customer's columns that hold codes."""
        codes = {f"attribute.{c.name}" for c in self.attributes if c.type is AttributeType.CATEGORY}
        codes |= {"phase", "phase_lag_1", "phase_lag_2"}
        codes |= {c.columns[0] for c in self.feedback if c.type is AttributeType.CATEGORY}
        return tuple(i for i, name in enumerate(self.customer_names) if name in codes)

    @property
    def candidate_categorical(self) -> tuple[int, ...]:
        """Positions of a candidate's columns that hold codes."""
        return (0, 1, 2)

    @cached_property
    def sha256(self) -> str:
        """Stable over processes and machines; two specs with one hash build the same columns."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Deterministic text; ``from_json`` is its inverse."""
        stored = {
            "format": FORMAT,
            **asdict(self),
            "customer_names": self.customer_names,
            "candidate_names": self.candidate_names,
        }
        if not self.feedback:  # so a spec from before there were any has the hash it had
            del stored["feedback"]
        return json.dumps(stored, indent=1, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> FeatureSpec:
        """Read a spec back.

        Raises:
            FeatureMismatchError: this code builds other columns than the spec was written with.
        """
        stored: dict[str, Any] = json.loads(text)
        if stored.get("format") != FORMAT:
            raise FeatureMismatchError(
                f"the bundle's features have format {stored.get('format')}, this code builds {FORMAT}. "
                "Retrain, or serve the bundle with the code that matches it."
            )
        spec = cls(
            **{
                name: tuple(stored[name])
                for name in ("phases", "channels", "actions", "groups", "touchpoints")
            },
            windows_days=tuple(float(window) for window in stored["windows_days"]),
            attributes=tuple(AttributeColumn(**_column(each)) for each in stored["attributes"]),
            feedback=tuple(FeedbackColumn(**_column(each)) for each in stored.get("feedback", ())),
        )
        spec._compare("customer", stored["customer_names"], spec.customer_names)
        spec._compare("candidate", stored["candidate_names"], spec.candidate_names)
        return spec

    @staticmethod
    def _compare(what: str, trained: Sequence[str], built: Sequence[str]) -> None:
        if list(trained) == list(built):
            return
        gone = sorted(set(trained) - set(built))
        new = sorted(set(built) - set(trained))
        raise FeatureMismatchError(
            f"the bundle was trained with the {what} features {gone or 'in another order'}, "
            f"but this code builds {new or 'the same ones'}. Retrain, or serve the bundle that matches "
            "this code."
        )

    def check(self, journey: Journey) -> None:
        """Whether columns of this spec can be built for that journey file.

        New actions, new touchpoints and new attributes are no obstacle: they have no code yet.

        Raises:
            FeatureMismatchError: phases differ, or a channel or an attribute is gone or of another type.
        """
        phases = tuple(phase.name for phase in journey.phases)
        if phases != self.phases:
            raise _mismatch("the phases", self.phases, phases)
        missing = [name for name in self.channels if name not in journey.channel_index]
        if missing:
            raise _mismatch("the channels", missing, tuple(journey.channel_index))
        types = {attribute.name: attribute.type for attribute in journey.known_attributes}
        facts = {fact.name: fact.typed.type for fact in journey.facts}
        wanted = [("attribute", each.name, each.type, types) for each in self.attributes]
        wanted += [("property", each.name, each.type, facts) for each in self.feedback]
        for what, name, kind, known in wanted:
            present = known.get(name)
            if present is not kind:
                raise _mismatch(f"the {what} {name!r} as", kind.value, present and present.value)


def _mismatch(what: str, trained: object, present: object) -> FeatureMismatchError:
    return FeatureMismatchError(
        f"the bundle was trained with {what} {trained}, but the journey file has {present}. "
        "Retrain with this journey file, or serve the one the bundle was trained with."
    )


def _column(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": stored["name"],
        "type": AttributeType(stored["type"]),
        "values": tuple(stored["values"]),
    }
