"""A decision holds all that is needed to judge it later.

``DecisionRequest`` holds everything known at decision time and nothing known later, so that
``decide(engine, request)`` is a pure function and a logged request can be replayed bit for bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.domain.account import AccountState
from models.domain.configurations import Configured
from models.domain.history import to_ms
from models.domain.interaction import Customer, Interaction
from models.domain.past import Past, event_of
from models.domain.past.facts import counts
from models.domain.past.facts import without as dropped


class Reason(StrEnum):
    """Why the first answer is what it is."""

    ARBITRATION = "ARBITRATION"  # the highest priority
    EXPLORATION = "EXPLORATION"  # drawn although another had the higher priority
    CONTROL_ARM = "CONTROL_ARM"  # the customer's arm has a policy of its own
    NOTHING_ELIGIBLE = "NOTHING_ELIGIBLE"  # only doing nothing was left
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"  # playbook order, for want of a bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequest:
    """One customer in one moment.

    ``interactions`` are all that is known of the customer's past (touchpoints, contacts, outcomes), in
    any order; what is not strictly before ``decided_at`` is ignored. ``past``: the same, kept in columns;
    then ``interactions`` is empty. ``channels`` None: all.
    ``placements``: one slot per placement, in that order. ``stated_phase`` wins over the history.
    ``context``: locale, device, and ``weights`` (action or group → factor on propensity × value).
    ``ahead``: contacts at or after ``decided_at`` that are known already; contact limits and repeats count
    them, nothing else sees them. ``rooms``: channel → contacts that its daily capacity has left.
    ``window``: when an outbound treatment may be delivered; the answer then carries the best time in it.
    ``withheld``: names of treatments that may not be chosen, because what could forbid them is not known.
    ``account``: the customer's, where the journey has accounts and the customer is in one.
    ``configured``: configurator → what of it can be delivered to the customer; None: nobody looked, as in
    training, and nothing is refused for it.
    """

    decision_id: str
    customer: Customer
    decided_at: datetime
    interactions: tuple[Interaction, ...] = ()
    channels: tuple[str, ...] | None = None
    placements: tuple[str, ...] | None = None
    limit: int = 1
    exclude: tuple[str, ...] = ()
    stated_phase: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    deferred: bool = False
    explain: bool = False
    ahead: tuple[Interaction, ...] = ()
    rooms: Mapping[str, int] = field(default_factory=dict)
    window: tuple[datetime, datetime] | None = None
    withheld: tuple[str, ...] = ()
    past: Past | None = None
    account: AccountState | None = None
    configured: Mapping[str, Configured] | None = None

    @property
    def unit(self) -> str:
        """Whose arm decides: the account, whose people hear of each other, or the customer alone."""
        return self.customer.customer_id if self.account is None else self.account.account_id

    def counts(self) -> dict[str, int]:
        """How often each touchpoint and outcome happened, in the order of their first times."""
        if self.past is not None:
            return counts(self.past, to_ms(self.decided_at))
        return dict(Counter(event.touchpoint for event in self.interactions))

    def with_events(
        self, added: tuple[Interaction, ...] = (), *, without: Collection[str] = ()
    ) -> DecisionRequest:
        """The request with more events, and as if some touchpoints or outcomes had never happened."""
        remaining = tuple(event for event in self.interactions if event.touchpoint not in without)
        if self.past is None:
            return replace(self, interactions=remaining + added)
        events = [event_of(event, f"added {number}") for number, event in enumerate(added)]
        return replace(self, past=dropped(self.past, without).add(events))


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseState:
    """Where the customer is.

    ``source``: ``stated``, ``account``, ``history`` or ``default`` (no history).
    """

    name: str
    source: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PropensityEstimate:
    """The propensity of a treatment, with its interval and evidence.

    ``value``: P(positive outcome within the response window); ``low`` and ``high``: of the 90 % interval;
    ``evidence``: rows.
    """

    value: float
    low: float
    high: float
    evidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Parts of the priority, in EUR.

    ``priority = immediate + journey - cost``. ``immediate``: propensity × value × weight × lever.
    ``journey``: discounted journey value of where the treatment leads, entry values included.
    ``over_nothing``: priority minus that of doing nothing, with its 90 % interval.
    """

    immediate: float
    journey: float
    cost: float
    priority: float
    over_nothing: float
    over_nothing_low: float
    over_nothing_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityFactors:
    """Every factor of a priority over doing nothing, as it counted.

    1 (or 0 EUR) is neutral.

    ``over_nothing = propensity × value × weight × lever - cost + journey_gain``, less what doing nothing is
    worth by its own response. ``share_price``: EUR taken off the rank alone, to meet a share bound.
    """

    propensity: float
    value: float
    weight: float
    lever: float
    cost: float
    journey_gain: float
    share_price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SatisfactionEffect:
    """What a treatment changes in the next score that the customer tells.

    ``fact``: the score. ``over_nothing``: points, with its 90 % interval. ``worth``: EUR put on the rank
    alone.
    """

    fact: str
    over_nothing: float
    low: float
    high: float
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedTreatment:
    """One chosen treatment of the answer."""

    rank: int
    placement: str | None
    action: str
    channel: str | None
    action_probability: float  # exact, of this slot, given the slots before it; in (0, 1]
    propensity: PropensityEstimate
    value: Value
    factors: PriorityFactors
    leads_to: Mapping[str, float]  # phase → probability at the horizon; sums to one
    reasons: tuple[str, ...]
    best_time: datetime | None = None  # outbound, and only if the request has a window
    satisfaction: SatisfactionEffect | None = None  # None: nobody asks, or the bundle does not know


@dataclass(frozen=True, slots=True, kw_only=True)
class DropOut:
    """A treatment that is no candidate.

    Which tier or limit said no, its reason code, and what it saw.
    """

    action: str
    channel: str | None
    tier: str  # a Tier, or "asked", "phase", "period", "consent", "contact", "repeat", ...
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredCandidate:
    """A candidate with its scores, chosen or not.

    What the log keeps for evaluation.
    """

    action: str
    channel: str | None
    action_probability: float  # in the first slot
    propensity: PropensityEstimate
    value: Value
    leads_to: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer, complete: the HTTP layer adds rendered content and nothing else."""

    decision_id: str
    customer_id: str
    decided_at: datetime
    expires_at: datetime
    phase: PhaseState
    actions: tuple[RankedTreatment, ...]  # never empty; doing nothing is an entry
    reason: Reason
    degraded: bool
    bundle: str
    policy: str
    arm: str
    currency: str
    journey: str = ""  # sha256 of the journey file's bytes
    rule_failures: tuple[str, ...] = ()  # policies whose rule failed while it ran, which refused
    candidates: Sequence[ScoredCandidate] = ()  # made when read; immutable
    drop_outs: tuple[DropOut, ...] = ()
    refusals: tuple[tuple[str, str, int], ...] = ()  # tier, code, how many treatments; always there
