"""The journey is the business as the journey file states it.

Knows the words of the business and how they hang together; knows nothing of YAML (see
``models/journey_file``), of learned numbers, or of a customer. Everything here is immutable and
validated by the loader, so the rest of the core may rely on it.

Terms: docs/glossary.md. The file itself: docs/reference/journey-file.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from models.domain.actions import (
    NOTHING,
    Action,
    Channel,
    ContactLimit,
    Content,
    Ownership,
    Policy,
    Treatment,
)
from models.domain.configurations import Configurator
from models.domain.objective import Gate, Objective

ACCOUNT: Final = "account."
ROLE: Final = f"{ACCOUNT}role"
"""What the models call a customer's role in their account; no attribute of a file can have this name."""

CONTACT_TOUCHPOINT: Final = "contact"
"""The touchpoint of a delivered decision: we reached out with its action on its channel."""


class AttributeType(StrEnum):
    """What kind of value a customer attribute has."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    CATEGORY = "category"  # a learned or stated set of words; becomes a categorical feature
    TEXT = "text"  # for content and rules only; never a feature


class Sentiment(StrEnum):
    """How an outcome counts: positive outcomes are what the response model predicts."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """The loop closes itself.

    Without activity for ``after_days`` the customer moves to ``to``.
    """

    after_days: float
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stage of the relation.

    ``value`` is EUR earned on entering it, the first time only if ``paid_once``.
    """

    name: str
    label: str
    value: float = 0.0
    paid_once: bool = False
    lapse: Lapse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRule:
    """A rule that moves a customer to another phase.

    To ``to``, when an interaction makes the CEL expression ``when`` true. Rules are tried in the order of the
    file and the first that holds wins. ``from_phases`` limits the rule to customers in those phases (empty:
    any phase).
    """

    when: str
    to: str
    from_phases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A typed attribute of customers, or property of events.

    ``feature``: whether the models may use it.
    """

    name: str
    type: AttributeType
    label: str
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    feature: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Touchpoint:
    """A named kind of contact.

    ``contact``: it is us reaching out (a mail sent, a call made).

    Contacts count for contact limits and fatigue and never count as the customer's activity.
    ``withdraws``: consents that the customer takes back by it (an unsubscription). ``channel``: of ours on
    which it happens; ``ownership``: whose it is, None: the channel's; ``actions``: of ours that lead there.
    ``properties``: what it tells, typed; rules and models know the last values and means.
    """

    name: str
    label: str
    contact: bool = False
    withdraws: tuple[str, ...] = ()
    channel: str | None = None
    ownership: Ownership | None = None
    actions: tuple[str, ...] = ()
    properties: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What can happen after a decision.

    ``value`` is EUR, on top of a value the outcome itself carries.

    ``withdraws``: consents that the customer takes back by it (a complaint).
    ``properties``: what it tells, typed, as of touchpoints.
    """

    name: str
    label: str
    sentiment: Sentiment = Sentiment.NEUTRAL
    final: bool = False
    value: float = 0.0
    withdraws: tuple[str, ...] = ()
    properties: tuple[Attribute, ...] = ()


SCORE: Final = "score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What an event tells by a property.

    ``alone``: it is the event's only property and its score, so that the event's name says it all.
    """

    event: str
    typed: Attribute
    alone: bool

    @property
    def name(self) -> str:
        """As rules and columns call it: ``csat``, or ``support_ticket.severity``."""
        return self.event if self.alone else f"{self.event}.{self.typed.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What somebody is to an account: user, buyer, decider."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Customers who are people of an account.

    ``phase_rules``: the account is in the phase of the first that holds (over ``account`` alone); its people
    are decided for in it. Empty: people have phases of their own.
    """

    roles: tuple[Role, ...]
    attributes: tuple[Attribute, ...] = ()
    phase_rules: tuple[PhaseRule, ...] = ()

    @property
    def known_attributes(self) -> tuple[Attribute, ...]:
        """What models may know of a customer's account: its attributes, and their role in it."""
        own = (replace(each, name=f"{ACCOUNT}{each.name}") for each in self._told)
        words = tuple(role.name for role in self.roles)
        role = Attribute(name=ROLE, type=AttributeType.CATEGORY, label="Role in the account", values=words)
        return (*own, role)

    @property
    def _told(self) -> Iterator[Attribute]:
        """Models know no attribute that is called as the role is."""
        return (each for each in self.attributes if f"{ACCOUNT}{each.name}" != ROLE)

    def known(self, role: str, attributes: Mapping[str, object]) -> dict[str, object]:
        """What models know of an account, by their names, in training and serving alike."""
        names = [each.name for each in self._told if each.name in attributes]
        return {**{f"{ACCOUNT}{name}": attributes[name] for name in names}, ROLE: role}

    def attributes_in(self, known: Mapping[str, object]) -> dict[str, object]:
        """The attributes in what ``known`` told, by the names of the file."""
        names = ((each.name, f"{ACCOUNT}{each.name}") for each in self._told)
        return {own: known[name] for own, name in names if name in known}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What e-mail tools need besides decisions.

    ``links``: hosts to which a click may lead, exactly as they stand in addresses. ``defaults``: placement or
    channel → locale → what a mail shows where there is no decision.
    """

    links: tuple[str, ...] = ()
    defaults: Mapping[str, Mapping[str, Content]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Journey:
    """The whole business configuration, validated.

    Codes of things are their positions in these tuples.
    """

    company: str
    currency: str
    time_zone: str
    default_locale: str
    phases: tuple[Phase, ...]
    phase_rules: tuple[PhaseRule, ...]
    channels: tuple[Channel, ...]
    actions: tuple[Action, ...]  # without "nothing"
    touchpoints: tuple[Touchpoint, ...] = ()
    policies: tuple[Policy, ...] = ()
    contact_limits: tuple[ContactLimit, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    default_outcome: str = "no_response"
    response_window_days: float = 14.0
    attributes: tuple[Attribute, ...] = ()
    accounts: Accounts | None = None  # None: customers are nobody but themselves
    consents: tuple[str, ...] = ()  # the flags that channels and rules may ask for
    profile_consent: str | None = None  # the flag without which nothing known of a customer is used
    delivery_window_days: float = 7.0  # a deferred decision that is not delivered by then is closed
    objective: Objective = field(default_factory=Objective)
    gate: Gate = field(default_factory=Gate)
    mail: Mail = field(default_factory=Mail)
    configurators: tuple[Configurator, ...] = ()
    playbook: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # phase → actions, best first
    sha256: str = ""  # of the file's bytes

    @cached_property
    def phases_paid_once(self) -> tuple[int, ...]:
        """Codes of phases whose value is earned the first time a customer enters them only."""
        return tuple(code for code, phase in enumerate(self.phases) if phase.paid_once and phase.value)

    @cached_property
    def treatments(self) -> tuple[Treatment, ...]:
        """Doing nothing first, then every action on each of its channels, sorted by name.

        Sorted, so that the order of actions in the file changes no decision.
        """
        pairs = sorted((action.name, channel) for action in self.actions for channel in action.channels)
        return (
            Treatment(action=NOTHING, channel=None),
            *(Treatment(action=action, channel=channel) for action, channel in pairs),
        )

    @cached_property
    def known_attributes(self) -> tuple[Attribute, ...]:
        """What models may know of a customer: attributes, the account's, and the role in it."""
        if self.accounts is None:
            return self.attributes
        return (*self.attributes, *self.accounts.known_attributes)

    @cached_property
    def configured_actions(self) -> Mapping[str, tuple[str, ...]]:
        """Configurator → the actions whose texts speak of its configurations."""
        used = [action for action in self.actions if action.configuration is not None]
        return {
            each.name: tuple(action.name for action in used if action.configuration == each.name)
            for each in self.configurators
        }

    @cached_property
    def phase_index(self) -> Mapping[str, int]:
        return {phase.name: index for index, phase in enumerate(self.phases)}

    @cached_property
    def channel_index(self) -> Mapping[str, int]:
        return {channel.name: index for index, channel in enumerate(self.channels)}

    @cached_property
    def action_index(self) -> Mapping[str, int]:
        return {action.name: index for index, action in enumerate(self.actions)}

    @cached_property
    def treatment_index(self) -> Mapping[tuple[str, str | None], int]:
        return {(t.action, t.channel): index for index, t in enumerate(self.treatments)}

    @cached_property
    def outcome_index(self) -> Mapping[str, int]:
        return {outcome.name: index for index, outcome in enumerate(self.outcomes)}

    @cached_property
    def touchpoint_names(self) -> tuple[str, ...]:
        """What an event can be called: declared touchpoints, outcomes, and a delivered decision's contact."""
        declared = [touchpoint.name for touchpoint in self.touchpoints]
        return tuple(dict.fromkeys([*declared, *(o.name for o in self.outcomes), CONTACT_TOUCHPOINT]))

    @cached_property
    def touchpoint_index(self) -> Mapping[str, int]:
        return {name: index for index, name in enumerate(self.touchpoint_names)}

    @cached_property
    def placement_channel(self) -> Mapping[str, str]:
        """Placement → the channel it belongs to."""
        return {placement: c.name for c in self.channels for placement in c.placements}

    @cached_property
    def withdrawals(self) -> Mapping[str, tuple[str, ...]]:
        """Touchpoint or outcome → the consents that a customer takes back by it."""
        return {event.name: event.withdraws for event in self._named_events if event.withdraws}

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What events tell by typed properties, in the order of the file."""
        return tuple(
            Fact(event=event.name, typed=each, alone=[p.name for p in event.properties] == [SCORE])
            for event in self._named_events
            for each in event.properties
        )

    @cached_property
    def event_properties(self) -> Mapping[str, Mapping[str, Attribute]]:
        """Event → its typed properties by name; events without are missing."""
        return {e.name: {p.name: p for p in e.properties} for e in self._named_events if e.properties}

    @property
    def _named_events(self) -> tuple[Touchpoint | Outcome, ...]:
        return (*self.touchpoints, *self.outcomes)  # no two have one name

    @cached_property
    def contact_touchpoints(self) -> frozenset[str]:
        """Touchpoints that are us reaching out."""
        return frozenset(t.name for t in self.touchpoints if t.contact)

    def ownership_of(self, touchpoint: Touchpoint) -> Ownership:
        """Whose a touchpoint is: as it says, else as its channel says, else ours."""
        if touchpoint.ownership is not None or touchpoint.channel is None:
            return touchpoint.ownership or Ownership.OWNED
        return self.channels[self.channel_index[touchpoint.channel]].ownership

    def positive_outcomes(self, action: str) -> frozenset[str]:
        """The outcomes that count as a positive response to ``action`` (``nothing`` included)."""
        if action != NOTHING:
            own = self.actions[self.action_index[action]].positive_outcomes
            if own:
                return frozenset(own)
        return frozenset(o.name for o in self.outcomes if o.sentiment is Sentiment.POSITIVE)

    def response_outcome(self, action: str) -> str | None:
        """The outcome that a click on ``action`` is: the first that is a positive response to it.

        None where there is no such outcome or no such action; doing nothing cannot be clicked.
        """
        if action not in self.action_index:
            return None
        positive = self.positive_outcomes(action)
        return next((outcome.name for outcome in self.outcomes if outcome.name in positive), None)

    def response_window(self, action: str) -> float:
        """Days in which an outcome of ``action`` counts as a response to it."""
        if action == NOTHING:
            return self.response_window_days
        own = self.actions[self.action_index[action]].response_window_days
        return self.response_window_days if own is None else own
