"""What a page says, validated: one frozen dataclass per call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch:
    """Events of a visitor, each still to be looked at.

    Times are milliseconds of the browser's own clock.
    """

    visitor: str
    sent_at: int | None = None
    events: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCall:
    """One event in a page.

    A touchpoint of the visitor (``track``), or what came of a decision (``outcome``).
    """

    id: str
    type: str
    at: int | None = None
    touchpoint: str | None = None
    channel: str | None = None
    properties: Mapping[str, object] = field(default_factory=dict)
    decision_id: str | None = None
    outcome: str | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsCall:
    """The slots of a page to fill.

    ``visit`` names the visit, within which answers hold.
    """

    batch: EventBatch
    visit: str
    placements: tuple[str, ...]
    attributes: Mapping[str, object] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCall:
    """A token to make, for ``minutes``."""

    customer_id: str
    minutes: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyCall:
    """A visitor who shows a token."""

    visitor: str
    token: str
