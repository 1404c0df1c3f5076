"""A decision for a placement becomes the flags that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.domain.actions import NOTHING
from models.domain.decision import Reason
from models.domain.journey import Journey
from nba_service.decisions.made import AnsweredDecision

PARTS: Final = ("action", "body", "click_url", "html", "image_url", "title")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a placement shows.

    ``parts``: the flag's value, empty if nothing is shown.
    """

    action: str
    reason: str
    metadata: Mapping[str, object]
    parts: Mapping[str, str]

    def flag(self, key: str, part: str) -> dict[str, object]:
        """The flag ``key``: the whole, or one of its ``PARTS``; without a value the default counts."""
        flag: dict[str, object] = {
            "key": key,
            "variant": self.action,
            "reason": self.reason,
            "metadata": dict(self.metadata),
        }
        if not self.parts:
            return flag
        return {**flag, "value": self.parts[part] if part else dict(self.parts)}


def shown_of(decision: AnsweredDecision, placement: str, journey: Journey, *, page: bool) -> Shown:
    """What a placement shows by a decision; to a page without what the decision was made by."""
    answer = decision.answer
    first = answer["actions"][0]
    action, content = first["action"], first["content"] or {}
    metadata: dict[str, object] = {
        "decision_id": answer["decision_id"],
        "placement": placement,
        "degraded": answer["degraded"],
    }
    if not page:
        metadata |= {
            "decision_reason": answer["reason"],
            "action_probability": first["action_probability"],
            "bundle": answer["bundle"],
        }
    if action == NOTHING:
        return Shown(action, "DEFAULT", metadata, {})
    outcome = journey.response_outcome(action)
    return Shown(
        action=action,
        reason="SPLIT" if not page and answer["reason"] == Reason.EXPLORATION.value else "TARGETING_MATCH",
        metadata=metadata | ({"outcome": outcome} if outcome else {}),
        parts={"action": action, **{name: content.get(name, "") for name in PARTS[1:]}},
    )
