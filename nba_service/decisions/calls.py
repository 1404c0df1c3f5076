"""What callers ask, validated: one frozen dataclass per call.

Times are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from models.domain.actions import Policy
from nba_service.clock import Clock

FULL: Final = "full"
DETAILS: Final = ("short", FULL)
"""How much an explanation tells: short leaves what was not asked for at a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A customer as the caller describes them.

    ``role``: in the account. ``aliases``: other ids of theirs; only when it is put.
    """

    account_id: str | None = None
    role: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    locale: str | None = None
    time_zone: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionCall:
    """One interaction to store, or one that a decision shall know of.

    ``occurred_at`` None: now. ``customer_id`` is empty within a decision.
    """

    touchpoint: str
    customer_id: str = ""
    interaction_id: str | None = None
    occurred_at: datetime | None = None
    channel: str | None = None
    action: str | None = None
    phase: str | None = None
    value: float | None = None
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCall:
    """When a treatment may be delivered. ``begin`` None: from the decision on."""

    until: datetime
    begin: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenCall:
    """What a caller did itself, without us.

    ``probability``: with which it chose that; None: it does not say.
    """

    action: str
    channel: str | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasesCall:
    """Other ids of a customer."""

    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCall:
    """One decision to make.

    ``decided_at`` None: now. ``when`` "asked": with the best time in ``window``. ``taken``: the caller has
    decided already; the decision says what we would have done. ``account_id``:
    for one of the people of an account, whom the decision names; ``customer_id`` is empty then.
    """

    customer_id: str = ""
    phase: str | None = None
    channels: tuple[str, ...] | None = None
    placements: tuple[str, ...] | None = None
    limit: int = 1
    profile: Profile | None = None
    interactions: tuple[InteractionCall, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    decision_id: str | None = None
    deferred: bool = False
    explain: bool = False
    decided_at: datetime | None = None
    when: str | None = None
    window: WindowCall | None = None
    taken: TakenCall | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCall:
    """An account to put."""

    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCall:
    """Somebody to put into an account."""

    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesCall:
    """Policies to leave out, by code, and policies to put in."""

    without: tuple[str, ...] = ()
    put: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesCall:
    """What is changed in a what-if.

    ``without``: touchpoints that never happened; ``rules``: policies out (``without``, codes) and in
    (``put``).
    """

    phase: str | None = None
    profile: Profile | None = None
    interactions: tuple[InteractionCall, ...] = ()
    without: tuple[str, ...] = ()
    time: datetime | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    rules: RulesCall | None = None
    bundle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationCall:
    """A decision to explain: a hypothetical one, or ``of`` a stored one.

    ``text``: ``en`` or ``de``. ``detail``: ``full`` lists what was not asked for, too.
    """

    decision: DecisionCall
    of: str | None = None
    text: str | None = None
    contributions: str | None = None
    detail: str | None = None
    changes: ChangesCall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCall:
    """What came of a decision. ``occurred_at`` None: now.

    A source that does not know the decision names customer, action and channel instead.
    """

    outcome: str
    decision_id: str | None = None
    customer_id: str | None = None
    action: str | None = None
    channel: str | None = None
    outcome_id: str | None = None
    value: float | None = None
    occurred_at: datetime | None = None
    properties: Mapping[str, object] = field(default_factory=dict)


def time_of(call: DecisionCall, clock: Clock) -> datetime:
    """When a call is decided: in UTC, in whole milliseconds, as the store keeps times."""
    moment = (call.decided_at or clock()).astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
