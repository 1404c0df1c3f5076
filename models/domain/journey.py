"""The journey: phases, channels, actions, policies and the objective, as the journey file states them.

Knows the words of the business and how they hang together; knows nothing of YAML (see
``models/journey_file/``), of learned numbers, or of a customer. Everything here is immutable and
validated by the loader, so the rest of the core may rely on it.

Terms: docs/glossary.md. The file itself: docs/reference/journey-file.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

NOTHING: Final = "nothing"
"""The action of doing nothing: always eligible, never capped, treatment 0 of every journey."""

CONTACT_TOUCHPOINT: Final = "contact"
"""The touchpoint of a delivered decision: we reached out with its action on its channel."""


class Purpose(StrEnum):
    """Why an action exists; consent and objection apply to marketing only."""

    MARKETING = "marketing"
    SERVICE = "service"


class Ownership(StrEnum):
    """Whose touchpoints a channel has."""

    OWNED = "owned"
    PAID = "paid"
    EARNED = "earned"


class Tier(StrEnum):
    """The three questions a policy can ask, in the order they are asked."""

    ELIGIBILITY = "eligibility"  # may we?
    APPLICABILITY = "applicability"  # does it make sense now?
    SUITABILITY = "suitability"  # is it good for the customer?


class AttributeType(StrEnum):
    """What kind of value a customer attribute has."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    CATEGORY = "category"  # a learned or stated set of words; becomes a categorical feature
    TEXT = "text"  # for content and rules only; never a feature


class ChannelKind(StrEnum):
    """What kind of text a channel carries; the texts' form, length and links follow from it."""

    WEB = "web"
    EMAIL = "email"
    APP = "app"
    SMS = "sms"
    PHONE = "phone"
    LETTER = "letter"

    @property
    def shows_html(self) -> bool:
        """Whether contents of the channel have a form in HTML beside their plain texts."""
        return self in (ChannelKind.WEB, ChannelKind.EMAIL)

    @property
    def can_dial(self) -> bool:
        """Whether a ``tel:`` link makes sense there."""
        return self in (ChannelKind.APP, ChannelKind.SMS, ChannelKind.PHONE)


class Sentiment(StrEnum):
    """How an outcome counts: positive outcomes are what the response model predicts."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class ExplorationMethod(StrEnum):
    """How a policy spreads its choice; all of them have exact probabilities."""

    INVERSE_GAP = "inverse_gap"
    THOMPSON = "thompson"
    NONE = "none"


class ArmPolicy(StrEnum):
    """What the customers of an arm get."""

    DEFAULT = "default"  # the learned policy
    RANDOM = "random"  # uniform over the eligible treatments
    PLAYBOOK = "playbook"  # the marketer's order
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """The loop closes itself: without activity for ``after_days`` the customer moves to ``to``."""

    after_days: float
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stage of the relation. ``value`` is EUR earned on entering it."""

    name: str
    label: str
    value: float = 0.0
    lapse: Lapse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRule:
    """Moves a customer to ``to`` when an interaction makes the CEL expression ``when`` true.

    Rules are tried in the order of the file and the first that holds wins. ``from_phases`` limits
    the rule to customers in those phases (empty: any phase).
    """

    when: str
    to: str
    from_phases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Touchpoint:
    """A named kind of contact. ``contact``: it is us reaching out (a mail sent, a call made).

    Contacts count for contact limits and fatigue and never count as the customer's activity.
    ``withdraws``: consents that the customer takes back by it (an unsubscription).
    """

    name: str
    label: str
    contact: bool = False
    withdraws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """No outbound contact from ``start`` to ``end``, local time of the customer; may span midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLimit:
    """At most ``count`` delivered contacts in any ``window_days``. Empty filters mean all."""

    code: str
    count: int
    window_days: float
    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A medium. ``cost`` is EUR per contact; ``consent`` names the consent flag it needs, if any.

    ``inbound``: the customer is there already (website, app), so showing something is no disturbance
    and quiet hours do not apply. ``placements``: the named slots of an inbound channel.
    ``daily_capacity``: contacts a day over all customers; ``shadow_price``: EUR that one of them is worth
    to the next best customer, taken off the priority (None: what training found, else 0).
    ``kind``: what kind of text it carries. ``tel_links``: contents may link to ``tel:`` numbers.
    ``max_characters``: longest rendered body (None: what the kind allows).
    """

    name: str
    label: str
    cost: float = 0.0
    consent: str | None = None
    inbound: bool = False
    ownership: Ownership = Ownership.OWNED
    placements: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    daily_capacity: int | None = None
    shadow_price: float | None = None
    kind: ChannelKind = ChannelKind.WEB
    tel_links: bool = False
    max_characters: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Texts of an action on a channel in one locale: Liquid templates, rendered at the edge.

    ``title`` and ``body`` are plain text; ``html`` is markup for channels that show it.
    """

    title: str
    body: str
    image_url: str = ""
    click_url: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What the marketer believes before there is data, as pseudo-observations.

    ``propensity``: chance of a positive response in (0, 1). ``moves``: phase → odds multiplier relative
    to doing nothing (2.0: twice the odds of being there at the horizon). ``weight``: how many
    observations the belief is worth.
    """

    propensity: float | None = None
    moves: Mapping[str, float] = field(default_factory=dict)
    weight: float = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something we may do. ``value`` is EUR of a positive response. Empty ``phases``: all phases."""

    name: str
    label: str
    channels: tuple[str, ...]
    phases: tuple[str, ...] = ()
    group: str | None = None
    purpose: Purpose = Purpose.MARKETING
    value: float = 0.0
    positive_outcomes: tuple[str, ...] = ()  # empty: every outcome whose sentiment is positive
    response_window_days: float | None = None  # None: the journey's
    repeat_after_days: float | None = None
    stop_after_positive: bool = False
    stop_after_ignored: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    prior: Prior = field(default_factory=Prior)
    content: Mapping[str, Mapping[str, Content]] = field(default_factory=dict)
    """Channel or placement → locale → texts; a placement's are complete."""
    fallback: Mapping[str, Content] = field(default_factory=dict)
    """Locale → texts without templates, for when the others fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A rule that must hold for an action to be a candidate: ``when`` (CEL) true means allowed.

    Applies to the named actions, groups and purposes; all empty means every action. ``code`` is the
    reason that answers and explanations carry. Doing nothing is never subject to a policy.
    """

    code: str
    tier: Tier
    when: str
    message: str = ""
    actions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What can happen after a decision. ``value`` is EUR, on top of a value the outcome itself carries.

    ``withdraws``: consents that the customer takes back by it (a complaint).
    """

    name: str
    label: str
    sentiment: Sentiment = Sentiment.NEUTRAL
    final: bool = False
    value: float = 0.0
    withdraws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A typed customer attribute. ``feature``: whether the models may use it."""

    name: str
    type: AttributeType
    label: str
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    feature: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTreatments:
    """How much is tried of treatments that hardly anything is known of yet.

    A treatment with n decisions behind it is new by ``1 - n / until``, at least 0 (``until`` is the median
    treatment's number where that is less). ``share``: what all new
    ones of a decision get together while they are wholly new, neither less nor more, in [0, 0.5].
    """

    share: float = 0.05
    until: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """How much is tried that is not thought best.

    ``gamma``: per EUR; inverse gap weighting costs less than 1/gamma EUR a decision by the model's own
    account (docs/adr/0004-exploration-probabilities.md).
    ``floor``: uniform share over all eligible treatments, in [0, 1).
    ``at_most``: upper bound of the probability of all that is not thought best, in [0, 1].
    """

    method: ExplorationMethod = ExplorationMethod.INVERSE_GAP
    gamma: float = 1.0
    floor: float = 0.02
    at_most: float = 1.0
    new: NewTreatments = field(default_factory=NewTreatments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """How outcomes move propensities between two trainings.

    ``half_life_days``: after so long a decision counts half. ``evidence``: at most so many decisions is the
    model's own propensity worth against them; more is slower and calmer.
    """

    half_life_days: float = 14.0
    evidence: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """Which factors of the priority count; one that is switched off is neutral (1, or 0 EUR)."""

    propensity: bool = True
    value: bool = True
    weight: bool = True
    lever: bool = True
    cost: bool = True
    journey: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBound:
    """In which share of the decisions an action may come first, in expectation.

    ``price``: EUR taken off the action's rank (negative: put on), worked out by ``nba rehearse`` so that
    the bounds are met; a number in the file, so every decision says what it was.
    """

    at_least: float = 0.0
    at_most: float = 1.0
    price: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the business asks for beyond EUR, of marketing actions; neutral when unset.

    ``minimum_propensity``: below it an action does not compete. ``minimum_gain``: the same, in EUR over
    doing nothing; None: no bound. ``shares``: action → bound.
    """

    minimum_propensity: float = 0.0
    minimum_gain: float | None = None
    shares: Mapping[str, ShareBound] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A share of the customers, by salted hash, who get ``policy``."""

    name: str
    share: float
    policy: ArmPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is maximised. ``horizon_days`` None means ``next``: the next phase entered, whenever.

    ``discount_per_year``: what one EUR in a year is worth today, in (0, 1]. ``levers``: action or
    group → factor on propensity × value.
    """

    horizon_days: float | None = 14.0
    discount_per_year: float = 0.9
    levers: Mapping[str, float] = field(default_factory=dict)
    factors: Factors = field(default_factory=Factors)
    bounds: Bounds = field(default_factory=Bounds)
    exploration: Exploration = field(default_factory=Exploration)
    updates: Updates = field(default_factory=Updates)
    arms: tuple[Arm, ...] = (Arm(name="treatment", share=1.0, policy=ArmPolicy.DEFAULT),)
    arm_salt: str = "nba"


class Unknown(StrEnum):
    """What the gate does with a question that the log cannot answer."""

    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105 - a word, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenDecision:
    """A customer for whom the right answer is known; every bundle has to give it.

    ``expect``: one of them must rank first; empty: anything. ``never``: none of them may be a candidate.
    ``nothing`` is an action here. ``channels`` empty: all.
    """

    name: str
    phase: str
    channels: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    expect: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a bundle must show before it may decide.

    Attributes:
        calibration_propensity: largest expected calibration error on later decisions, all phases.
        calibration_next_phase: the same of the next phase.
        phase_factor: how many times as much is allowed in a single phase.
        phase_rows: phases with fewer later decisions are not judged on their own.
        gain_tolerance: how much less than the champion a bundle may earn, EUR per decision: the lower
            bound of the difference must be at least minus this.
        phase_tolerance: the same within a phase, where the upper bound must be at least minus this.
        when_unknown: what happens where the log cannot tell the gain.
        coverage_share: least share of customers with an eligible action, relative to the champion's.
        coverage_least: least share of them at all.
        drift_scores, drift_features: largest population stability index between training and later rows.
        golden_decisions: customers for whom the right answer is known.
    """

    calibration_propensity: float = 0.01
    calibration_next_phase: float = 0.02
    phase_factor: float = 2.0
    phase_rows: int = 1_000
    gain_tolerance: float = 0.0
    phase_tolerance: float = 0.0
    when_unknown: Unknown = Unknown.REFUSE
    coverage_share: float = 0.8
    coverage_least: float = 0.05
    drift_scores: float = 0.25
    drift_features: float = 0.5
    golden_decisions: tuple[GoldenDecision, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """An action on a channel: what is actually chosen. Doing nothing has no channel."""

    action: str
    channel: str | None

    @property
    def name(self) -> str:
        return self.action if self.channel is None else f"{self.action}@{self.channel}"


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
    """The whole business configuration, validated. Codes of things are their positions in these tuples."""

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
    consents: tuple[str, ...] = ()  # the flags that channels and rules may ask for
    profile_consent: str | None = None  # the flag without which nothing known of a customer is used
    delivery_window_days: float = 7.0  # a deferred decision that is not delivered by then is closed
    objective: Objective = field(default_factory=Objective)
    gate: Gate = field(default_factory=Gate)
    mail: Mail = field(default_factory=Mail)
    playbook: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # phase → actions, best first
    sha256: str = ""  # of the file's bytes

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
        events: tuple[Touchpoint | Outcome, ...] = (*self.touchpoints, *self.outcomes)
        return {event.name: event.withdraws for event in events if event.withdraws}

    @cached_property
    def contact_touchpoints(self) -> frozenset[str]:
        """Touchpoints that are us reaching out."""
        return frozenset(t.name for t in self.touchpoints if t.contact)

    def positive_outcomes(self, action: str) -> frozenset[str]:
        """The outcomes that count as a positive response to ``action`` (``nothing`` included)."""
        if action != NOTHING:
            own = self.actions[self.action_index[action]].positive_outcomes
            if own:
                return frozenset(own)
        return frozenset(o.name for o in self.outcomes if o.sentiment is Sentiment.POSITIVE)

    def response_window(self, action: str) -> float:
        """Days in which an outcome of ``action`` counts as a response to it."""
        if action == NOTHING:
            return self.response_window_days
        own = self.actions[self.action_index[action]].response_window_days
        return self.response_window_days if own is None else own
