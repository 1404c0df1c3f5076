"""Sorts a tool's free words into what decisions can use.

Names that the journey file has as attributes become the profile, a few names have a meaning of their own,
the rest is named as ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from marshmallow import ValidationError

from models.domain.ids import read_id
from models.domain.journey import Journey
from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.decisions.checks import usable_attributes
from nba_service.engine.names import Names
from nba_service.http.fields import Locale

Adapt = Callable[[DecisionCall], DecisionCall]
"""What the headers of a request change in a decision call."""

CUSTOMER: Final = ("customer_id", "customerId", "userId", "user_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a decision can use; ``ignored``: names that it cannot, sorted."""

    customer_id: str | None = None
    phase: str | None = None
    channels: tuple[str, ...] | None = None
    placements: tuple[str, ...] | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def profile(self) -> Profile | None:
        return Profile(attributes=self.attributes) if self.attributes else None


def read_features(names: Names, said: Mapping[str, object]) -> Features:
    """Sort flat features by what they mean here."""
    attributes = usable_attributes(names, said)
    customer = next((key for key in CUSTOMER if read_id(_text(said.get(key))) is not None), None)
    phase, channel, placement = (_text(said.get(name)) for name in ("phase", "channel", "placement"))
    locale = said.get("locale")
    usable = {
        "phase": phase in names.phase,
        "channel": channel in names.channel,
        "placement": placement in names.placement,
        "locale": _is_locale(locale),
    }
    known = {name for name, is_usable in usable.items() if is_usable} | set(attributes) | {customer}
    return Features(
        customer_id=None if customer is None else read_id(_text(said[customer])),
        phase=phase if usable["phase"] else None,
        channels=(channel,) if usable["channel"] else None,
        placements=(placement,) if usable["placement"] else None,
        attributes=attributes,
        context={"locale": locale} if usable["locale"] else {},
        ignored=tuple(sorted(set(said) - known)),
    )


def flatten(features: object, depth: int = 2) -> Iterator[tuple[str, object]]:
    """Names and values of objects and lists of objects, namespaces left out."""
    if isinstance(features, list):
        for item in features:
            yield from flatten(item, depth)
    elif isinstance(features, dict):
        for name, value in features.items():
            if not isinstance(value, dict | list):
                yield name, value
            elif depth:
                yield from flatten(value, depth - 1)


def shown_channels(journey: Journey) -> tuple[str, ...] | None:
    """The channels of a tool that shows at once what it is answered: inbound ones; None: there are none."""
    return tuple(channel.name for channel in journey.channels if channel.inbound) or None


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if type(value) is int else ""


def _is_locale(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(Locale().deserialize(value))
    except ValidationError:
        return False
