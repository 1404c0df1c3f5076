"""What a page sees of a decision.

What to show, and nothing that it was chosen by.

Everybody can read what a page is answered, competitors included, and can ask as often as they like. So no
money, no propensity, and nothing that they could be worked out from: action probabilities, the reasons of a
choice, the arm of an experiment, the phase that the company thinks somebody is in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_DECISION: Final = ("decision_id", "customer_id", "decided_at", "expires_at", "degraded", "degraded_by")
_ACTION: Final = ("rank", "placement", "action", "channel", "content", "best_time")


def page_answer(answer: Mapping[str, Any]) -> dict[str, object]:
    """The parts of a decision's answer that a publishable key gets."""
    actions = [{name: action[name] for name in _ACTION if name in action} for action in answer["actions"]]
    return {**{name: answer[name] for name in _DECISION}, "actions": actions}
