"""Segment's messages, read.

Shape, sender, age, and the id that each is stored under. The sender's clock is not believed: a message is as
old as the sender says that it was when it was sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import marshmallow as ma

from models.domain.history import DAY_MS, to_ms
from models.domain.ids import read_id, why_no_id
from nba_service.errors import Problem
from nba_service.http.body import describe
from nba_service.http.fields import parse_instant
from nba_service.http.json_body import HalfText

EVENTS: Final = ("track", "page", "screen")
TYPES: Final = (*EVENTS, "identify", "group", "alias")
OLDEST_MS: Final = 366 * DAY_MS
_EXPECTED: Final = "a time such as 2026-11-20T18:04:00Z"
_MESSAGE_ID: Final = re.compile(r"[\x21-\x7e]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of the right shape, with its time (ms).

    ``ignored``: what of its frame could not be used, and why.
    """

    id: str
    type: str
    customer_id: str
    at: int
    raw: Mapping[str, object]
    anonymous_id: str | None = None
    ignored: Mapping[str, str] = field(default_factory=dict)

    def part(self, name: str) -> Mapping[str, object]:
        """An object within the message; empty if there is none."""
        part = self.raw.get(name)
        return part if isinstance(part, dict) else {}

    @property
    def decision_id(self) -> str | None:
        """The decision that a ``track`` is an outcome of."""
        named = self.part("properties").get("decision_id") if self.type == "track" else None
        return read_id(named)

    @property
    def event_id(self) -> str:
        """The id that its interaction or outcome is stored under."""
        plain = f"segment/{self.id}"
        return read_id(plain) or f"segment/{hashlib.sha256(self.id.encode()).hexdigest()[:32]}"

    def id_in(self, name: str) -> str:
        """The id in a field of the message.

        Raises:
            Problem: there is none.
        """
        value = self.raw.get(name)
        named = read_id(value)
        if named is None:
            raise Problem("FIELD_REQUIRED", f"{name}: {why_no_id(value)}")
        return named


def read_message(raw: object, sent_at: object, now: datetime) -> Message:
    """A message, if it has the right shape.

    Args:
        sent_at: when the batch was sent, for messages that do not say so themselves.

    Raises:
        Problem: it has not; its time cannot be read; or it is older than a year.
    """
    if isinstance(raw, HalfText):
        raise raw.problem()
    if not isinstance(raw, dict):
        raise Problem("FIELD_TYPE", "Expected a message to be an object, got something else.")
    message_id, kind = raw.get("messageId"), raw.get("type")
    if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id):
        raise Problem("FIELD_REQUIRED", "Expected messageId to be 1 to 100 printable characters.")
    if not isinstance(kind, str) or kind not in TYPES:
        raise Problem(
            "FIELD_RANGE", f"Expected type to be one of {', '.join(TYPES)}, got {str(kind)[:60]!r}."
        )
    user, anonymous = read_id(raw.get("userId")), read_id(raw.get("anonymousId"))
    customer_id = user or anonymous
    if customer_id is None:
        raise Problem(
            "FIELD_REQUIRED",
            f"userId or anonymousId: {why_no_id(raw.get('userId') or raw.get('anonymousId'))}",
        )
    age, ignored = _age_ms(raw, sent_at, now)
    if raw.get("userId") is not None and user is None:
        ignored["userId"] = f"expected an id, got {describe(raw['userId'])}; anonymousId stands for it"
    if age > OLDEST_MS:
        raise Problem("FIELD_RANGE", "Expected a message of the last 366 days, got an older one.")
    return Message(
        id=message_id,
        type=kind,
        customer_id=customer_id,
        at=to_ms(now) - age,
        raw=raw,
        anonymous_id=anonymous,
        ignored=ignored,
    )


def _age_ms(raw: Mapping[str, object], sent_at: object, now: datetime) -> tuple[int, dict[str, str]]:
    """How old a message is, by the sender's own clock alone if it says when it was sent.

    Returns:
        The age (ms), and what could not be used. When it was sent only corrects the clock, so that may be
        wrong; when it happened is part of what happened, and may not.

    Raises:
        Problem: ``timestamp`` cannot be read.
    """
    if raw.get("timestamp") is None:
        return 0, {}
    try:
        happened = _instant(raw["timestamp"])
    except ma.ValidationError:
        detail = f"timestamp: expected {_EXPECTED}, got {describe(raw['timestamp'])}."
        raise Problem("TIME_INVALID", f"{detail} Without one the message happened when it came.") from None
    stated = raw.get("sentAt") or sent_at
    try:
        sent, ignored = (now if stated is None else _instant(stated)), dict[str, str]()
    except ma.ValidationError:
        sent, ignored = now, {"sentAt": f"expected {_EXPECTED}, got {describe(stated)}"}
    return max(0, to_ms(sent) - to_ms(happened)), ignored


def _instant(value: object) -> datetime:
    try:
        return parse_instant(value)
    except ma.ValidationError as error:
        if getattr(error.messages[0], "code", "") == "TIME_ZONE_MISSING":  # the clients' own is UTC
            return parse_instant(f"{value}Z")
        raise
