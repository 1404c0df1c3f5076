"""What a tool says of a customer in free words, sorted into what a decision can use.

Names that the journey file has as attributes become the profile, a few names have a meaning of their own,
the rest is told back as ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import ValidationError

from models.domain.journey import Journey
from nba_service.decisions.calls import Profile
from nba_service.decisions.checks import usable_attributes
from nba_service.engine.names import Names
from nba_service.http.fields import Locale, is_id

CUSTOMER: Final = ("customer_id", "customerId", "userId", "user_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a decision can use; ``ignored``: names that it cannot, sorted."""

    customer_id: str | None = None
    phase: str | None = None
    channels: tuple[str, ...] | None = None
    placements: tuple[str, ...] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def profile(self) -> Profile | None:
        return Profile(attributes=self.attributes) if self.attributes else None


def read_features(names: Names, told: Mapping[str, Any]) -> Features:
    """Sort flat features by what they mean here."""
    attributes = usable_attributes(names, told)
    customer = next((key for key in CUSTOMER if is_id(_text(told.get(key)))), None)
    used = {
        "phase": _text(told.get("phase")) in names.phase,
        "channel": _text(told.get("channel")) in names.channel,
        "placement": _text(told.get("placement")) in names.placement,
        "locale": _is_locale(told.get("locale")),
    }
    known = {key for key, usable in used.items() if usable} | set(attributes) | {customer}
    return Features(
        customer_id=None if customer is None else _text(told[customer]),
        phase=told["phase"] if used["phase"] else None,
        channels=(told["channel"],) if used["channel"] else None,
        placements=(told["placement"],) if used["placement"] else None,
        attributes=attributes,
        context={"locale": told["locale"]} if used["locale"] else {},
        ignored=tuple(sorted(set(told) - known)),
    )


def flatten(features: Any, depth: int = 2) -> Iterator[tuple[str, Any]]:
    """Names and values of objects and lists of objects, namespaces left out."""
    if isinstance(features, list):
        for one in features:
            yield from flatten(one, depth)
    elif isinstance(features, dict):
        for name, value in features.items():
            if not isinstance(value, dict | list):
                yield name, value
            elif depth:
                yield from flatten(value, depth - 1)


def shown_channels(journey: Journey) -> tuple[str, ...] | None:
    """The channels of a tool that shows what it is told at once: inbound ones; None: there are none."""
    return tuple(channel.name for channel in journey.channels if channel.inbound) or None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if type(value) is int else ""


def _is_locale(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(Locale().deserialize(value))
    except ValidationError:
        return False
