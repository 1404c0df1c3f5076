"""A customer, and what has happened with them.

One ``Interaction`` is one row of a customer's past as the edge hands it to the core. The columnar form
that features are built from is ``models/domain/history.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any


class Kind(IntEnum):
    """What sort of event an interaction is."""

    TOUCHPOINT = 0  # something the customer did, or that happened between customer and company
    CONTACT = 1  # we reached out or showed something: a delivered decision, a mail sent
    OUTCOME = 2  # the answer to a decision; ``touchpoint`` is then the outcome's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One event of a customer's past. ``occurred_at`` is timezone-aware; ``value`` is EUR."""

    occurred_at: datetime
    channel: str | None
    touchpoint: str
    kind: Kind = Kind.TOUCHPOINT
    action: str | None = None
    phase: str | None = None  # stated by the source; wins over the rules
    value: float = 0.0
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who it is.

    ``attributes`` are typed in the journey file; missing ones are simply absent.
    """

    customer_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    locale: str | None = None
    time_zone: str | None = None
