"""What e-mail tools ask and get: one frozen dataclass each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class MailReason(StrEnum):
    """Why a mail shows what it shows."""

    DECIDED = "DECIDED"
    NOTHING = "NOTHING"  # doing nothing is best, or nothing is allowed: the default
    UNKNOWN_PLACEMENT = "UNKNOWN_PLACEMENT"
    REQUEST_INVALID = "REQUEST_INVALID"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"


class QueryText(str):
    """A value of a query or form: always a text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCall:
    """Content for one recipient of one mail.

    Attributes:
        placement: a placement of the journey file, or a channel for the mail as a whole.
        recipient: id of the customer.
        message_id: of the mail; None: the day in the journey's time zone stands in.
        context: what rules may read; a ``QueryText`` takes the type that they give it.
        ignored: parameters that cannot be used.
        delivered: the tool says that the mail goes out with this answer.
        at: RFC 3339, of the decision; None: now.
        phase: stated by the caller; None: it is derived.
    """

    placement: str
    recipient: str
    message_id: str | None = None
    locale: str | None = None
    delivered: bool = False
    attributes: Mapping[str, object] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    at: str | None = None
    phase: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a mail shows.

    Flat texts, empty where there is nothing to say. ``ignored``: names of parameters
    that could not be used, with commas between them. ``blocked_by``: the code of what took
    the last treatments from a decision that is nothing; for lists, in no answer.
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
    ignored: str = ""
    blocked_by: str = ""

    def to_json(self) -> dict[str, str]:
        """As it stands in an answer; ``ignored`` only where something is."""
        texts = {name: text for name, text in asdict(self).items() if name != "blocked_by"}
        return {name: text for name, text in texts.items() if name != "ignored" or text}
