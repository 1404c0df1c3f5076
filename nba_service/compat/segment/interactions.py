"""From an event of Segment to an interaction.

Its touchpoint, channel, value and properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import marshmallow as ma

from models.domain.field_values import attribute_expected
from models.domain.journey import Attribute, Journey
from nba_service.compat.names import slug
from nba_service.compat.segment.messages import Message
from nba_service.errors import Problem
from nba_service.http.body import describe
from nba_service.http.fields import MAX_AMOUNT, Properties
from nba_service.store.rows import InteractionRow

_PAGES: Final = ("page_view", "page_viewed", "page", "visit", "website_visit")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_VALUES: Final = ("value", "revenue", "total", "price")


def interaction_of(journey: Journey, message: Message) -> InteractionRow:
    """The interaction that an event stands for.

    Raises:
        Problem: the journey file has no touchpoint of that name.
    """
    properties = message.part("properties")
    channel = properties.get("channel")
    usual = _page_channel(journey) if message.type != "track" else None
    touchpoint = _touchpoint(journey, message)
    return InteractionRow(
        interaction_id=message.event_id,
        customer_id=message.customer_id,
        occurred_at=message.at,
        touchpoint=touchpoint,
        channel=channel if isinstance(channel, str) and channel in journey.channel_index else usual,
        value=value_of(properties),
        properties=_typed(journey, touchpoint, _usable(properties)),
        timed=False,
    )


def value_of(properties: Mapping[str, object]) -> float | None:
    """What an event is worth, under the first of the usual names that has an amount."""
    amounts = (_amount(properties.get(name)) for name in _VALUES)
    return next((amount for amount in amounts if amount is not None), None)


def unusable_properties(journey: Journey, message: Message) -> dict[str, str]:
    """What of the properties is not used as it was meant, and why; empty if all of it is."""
    properties, given = message.raw.get("properties"), message.part("properties")
    ignored: dict[str, str] = {}
    try:
        Properties().deserialize({} if properties is None else properties)
    except ma.ValidationError as error:
        ignored["properties"] = f"expected {error.messages[0]}"
    for name in _VALUES:
        if given.get(name) is not None and _amount(given[name]) is None:
            expected = f"an amount from {-MAX_AMOUNT:g} to {MAX_AMOUNT:g} such as 12.5"
            ignored[name] = f"expected {expected}, got {describe(given[name])}"
    channel = given.get("channel")
    if channel is not None and not (isinstance(channel, str) and channel in journey.channel_index):
        ignored["channel"] = f"expected a channel of the journey file, got {describe(channel)}"
    touchpoint = _touchpoint(journey, message) if message.decision_id is None else ""
    for name, expected in _misfits(journey.event_properties.get(touchpoint, {}), _usable(given)).items():
        ignored[f"properties.{name}"] = f"expected {expected}, got {describe(given[name])}"
    return ignored


def _amount(value: object) -> float | None:
    """An amount of money: a number, or a text that is one, as Segment's own revenue rule reads it."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MAX_AMOUNT:
        return None
    return float(value)


def _touchpoint(journey: Journey, message: Message) -> str:
    known = {touchpoint.name: touchpoint.name for touchpoint in journey.touchpoints}
    known |= {slug(point.label): point.name for point in reversed(journey.touchpoints)} | known
    wanted = list(_wanted(message))
    for name in wanted:
        if name in known:
            return known[name]
    tried = ", ".join(repr(name[:60]) for name in wanted) or "nothing"
    raise Problem(
        "UNKNOWN_NAME",
        f"Expected an event that the journey file has as a touchpoint, got {tried}."
        f" There are {', '.join(point.name for point in journey.touchpoints)[:500]}.",
    )


def _wanted(message: Message) -> Iterator[str]:
    """The names that a touchpoint may have for it, the best first."""
    if message.type == "track":
        event = message.raw.get("event")
        if isinstance(event, str):
            yield event
            yield slug(event)
        return
    name, category = message.raw.get("name"), message.raw.get("category")
    parts = [part for part in (category, name) if isinstance(part, str) and part]
    if parts:
        yield slug(" ".join(parts))
        yield slug(parts[-1])
    yield from _PAGES


def _page_channel(journey: Journey) -> str | None:
    return next((channel.name for channel in journey.channels if channel.placements), None)


def _misfits(typed: Mapping[str, Attribute], properties: Mapping[str, object]) -> dict[str, str]:
    """Typed properties of other values, each with what was expected."""
    wanted = {name: attribute_expected(typed[name], properties[name]) for name in typed if name in properties}
    return {name: expected for name, expected in wanted.items() if expected is not None}


def typed_properties(journey: Journey, event: str, message: Message) -> Mapping[str, Any]:
    """Those that the journey file types and whose values it allows; of an outcome no others are kept."""
    types = journey.event_properties.get(event, {})
    fitting = _typed(journey, event, _usable(message.part("properties")))
    return {name: value for name, value in fitting.items() if name in types}


def _typed(journey: Journey, touchpoint: str, properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties without those that do not fit their types."""
    misfits = _misfits(journey.event_properties.get(touchpoint, {}), properties)
    return {name: value for name, value in properties.items() if name not in misfits}


def _usable(properties: Mapping[str, object]) -> Mapping[str, Any]:
    try:
        usable: Mapping[str, Any] = Properties().deserialize(properties)
    except ma.ValidationError:
        return {}
    return usable
