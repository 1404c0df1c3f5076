"""What e-mail tools ask and get: one frozen dataclass each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class MailReason(StrEnum):
    """Why a mail shows what it shows."""

    DECIDED = "DECIDED"
    NOTHING = "NOTHING"  # doing nothing is best, or nothing is allowed: the default
    UNKNOWN_PLACEMENT = "UNKNOWN_PLACEMENT"
    REQUEST_INVALID = "REQUEST_INVALID"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCall:
    """Content for one recipient of one mail.

    Attributes:
        placement: a placement of the journey file, or a channel for the mail as a whole.
        recipient: id of the customer.
        message_id: of the mail; None: the day in the journey's time zone stands in.
        delivered: the tool says that the mail goes out with this answer.
    """

    placement: str
    recipient: str
    message_id: str | None = None
    locale: str | None = None
    delivered: bool = False
    attributes: Mapping[str, object] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail shows.

    Flat texts, empty where there is nothing to say.
    """

    decision_id: str = ""
    action: str = ""
    title: str = ""
    body: str = ""
    image_url: str = ""
    click_url: str = ""
    html: str = ""
    locale: str = ""
    open_image_url: str = ""
    open_click_url: str = ""
    reason: str = MailReason.DECIDED.value
