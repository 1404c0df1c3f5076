"""What became of a message.

Accepted, a duplicate, or rejected with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nba_service.compat.segment.messages import Message
from nba_service.errors import Problem
from nba_service.http.json_body import HalfText, can_be_said


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What became of a message.

    ``ignored``: what of it could not be used, and why.
    """

    message_id: str | None
    type: str | None
    status: str
    code: str | None = None
    message: str | None = None
    ignored: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """As it stands in the answer; what says nothing is left out."""
        always: dict[str, object] = {
            "messageId": self.message_id,
            "type": self.type,
            "status": self.status,
        }
        optional = {"code": self.code, "message": self.message, "ignored": dict(self.ignored)}
        return always | {name: value for name, value in optional.items() if value}


def taken(message: Message, *, new: bool, ignored: Mapping[str, str] | None = None) -> Item:
    """A message that was taken, now or before."""
    status = "accepted" if new else "duplicate"
    unused = {**message.ignored, **(ignored or {})}
    return Item(message_id=message.id, type=message.type, status=status, ignored=unused)


def rejected(raw: object, problem: Problem) -> Item:
    """A message that was not taken; of one that is no object, little can be said."""
    whole = raw.raw if isinstance(raw, HalfText) else raw
    fields = whole if isinstance(whole, dict) else {}
    message_id, kind = fields.get("messageId"), fields.get("type")
    return Item(
        message_id=message_id if can_be_said(message_id) else None,
        type=kind if can_be_said(kind) else None,
        status="rejected",
        code=problem.kind,
        message=str(problem),
    )
