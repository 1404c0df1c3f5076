"""What may be done, over which channel, and under which rules.

Everything here is immutable and validated by the loader. The file itself: docs/reference/journey-file.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Final

NOTHING: Final = "nothing"
"""The action of doing nothing: always eligible, never capped, treatment 0 of every journey."""


MOST_VARIANTS: Final = 10
"""Variants of an action's texts, at most: each needs responses of its own."""


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
    """The three questions that policies ask, in their order."""

    ELIGIBILITY = "eligibility"  # may we?
    APPLICABILITY = "applicability"  # does it make sense now?
    SUITABILITY = "suitability"  # is it good for the customer?


class ChannelKind(StrEnum):
    """What kind of text a channel carries.

    The texts' form, length and links follow from it.
    """

    WEB = "web"
    EMAIL = "email"
    APP = "app"
    SMS = "sms"
    PHONE = "phone"
    LETTER = "letter"
    VOICE = "voice"

    @property
    def shows_html(self) -> bool:
        """Whether contents of the channel have a form in HTML besides their plain texts."""
        return self in (ChannelKind.WEB, ChannelKind.EMAIL)

    @property
    def can_dial(self) -> bool:
        """Whether a ``tel:`` link makes sense there."""
        return self in (ChannelKind.APP, ChannelKind.SMS, ChannelKind.PHONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """No outbound contact from ``start`` to ``end``, local time of the customer.

    May span midnight.
    """

    start: time
    end: time


class LimitOf(StrEnum):
    """Whose contacts a limit counts."""

    CUSTOMER = "customer"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLimit:
    """At most ``count`` delivered contacts in any ``window_days``. Empty filters mean all.

    ``per``: into one customer, or into the customer's whole account; who has none is not limited by it.
    """

    code: str
    count: int
    window_days: float
    per: LimitOf = LimitOf.CUSTOMER
    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A medium.

    ``cost`` is EUR per contact; ``consent`` names the consent flag it needs, if any. ``inbound``: the
    customer is there already (website, app), so showing something is no disturbance and quiet hours do not
    apply. ``placements``: the named slots of an inbound channel. ``daily_capacity``: contacts a day over all
    customers; ``shadow_price``: EUR that one of them is worth to the next best customer, taken off the
    priority (None: what training found, else 0). ``kind``: what kind of text it carries. ``tel_links``:
    contents may link to ``tel:`` numbers. ``max_characters``: longest rendered body (None: what the kind
    allows).
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
    """Texts of an action on a channel in one locale.

    Liquid templates, rendered at the edge. ``title``, ``body`` and ``button`` are plain text; ``html`` is
    markup for channels that show it. ``button``: what stands on the link; empty: the page's own words.
    """

    title: str
    body: str
    image_url: str = ""
    click_url: str = ""
    html: str = ""
    button: str = ""


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
    """Something we may do.

    ``value`` is EUR of a positive response. Empty ``phases``: all phases. ``roles``: of people in an account
    whom it is for; empty: everybody, in an account or not. ``configuration``: the configurator whose nearest
    deliverable configuration its texts speak of; without one the action is not a candidate.
    """

    name: str
    label: str
    channels: tuple[str, ...]
    phases: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
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
    variants: Mapping[str, Mapping[str, Mapping[str, Content]]] = field(default_factory=dict)
    """Name → as ``content``, complete, where they differ; one of them is then shown instead of it."""
    fallback: Mapping[str, Content] = field(default_factory=dict)
    """Locale → texts without templates, for when the others fail."""
    configuration: str | None = None

    def texts(self, variant: str | None) -> Mapping[str, Mapping[str, Content]]:
        """Its contents, with those of a variant in their place."""
        return self.content if variant is None else {**self.content, **self.variants.get(variant, {})}

    def key_of(self, channel: str | None, placement: str | None) -> str:
        """Under which key of ``content`` the texts of a place stand: the placement's, else the channel's."""
        return next((key for key in (placement, channel) if key and self.content.get(key)), "")

    def variants_on(self, channel: str | None, placement: str | None) -> tuple[str, ...]:
        """Names of the variants between which is drawn there, in the order of the file."""
        return self._variants_at(self.key_of(channel, placement))

    def shown_texts(self) -> Iterator[tuple[str, str, str, Content]]:
        """Variant (empty: none), place, locale and content of all texts that may be shown."""
        for key in self.content:
            for variant in self._variants_at(key) or ("",):
                for locale, content in self.texts(variant or None)[key].items():
                    yield variant, key, locale, content

    def _variants_at(self, key: str) -> tuple[str, ...]:
        return tuple(name for name, texts in self.variants.items() if key in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A rule that must hold for an action to be a candidate.

    ``when`` (CEL) true means allowed. Applies to the named actions, groups and purposes; all empty means
    every action. ``code`` is the reason that answers and explanations carry. Doing nothing is never subject
    to a policy.
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
class Treatment:
    """An action on a channel: what is actually chosen.

    Doing nothing has no channel.
    """

    action: str
    channel: str | None

    @property
    def name(self) -> str:
        return self.action if self.channel is None else f"{self.action}@{self.channel}"
