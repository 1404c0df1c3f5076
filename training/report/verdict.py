"""The first sentence: whether a simpler policy is as good.

In plain English, for somebody who reads nothing else. Knows differences; computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from training.evaluation.off_policy.policies import EXPLORED, LOGGING

NOT_SIMPLER: Final = (LOGGING, EXPLORED, "random")
"""What was done, ours itself, and what nobody would choose."""


def first_sentence(values: Mapping[str, Any], floor: str | None = None) -> str:
    """What the simple policies of the report have to do with this bundle.

    Args:
        values: ``policy_value`` of the metrics.
        floor: the simple policy that the bundle is, because it is surely better than what was learned.
    """
    if floor is not None:
        return (
            f"A simpler policy is better, so the bundle is that policy: {floor!r}; later decisions show that "
            "it surely earns more than what was learned from this log."
        )
    if not values["identifiable"]:
        return (
            "Whether a simpler policy would be as good cannot be told: the log has no action probabilities."
        )
    minus = {name: each for name, each in values.get("ours_minus", {}).items() if name not in NOT_SIMPLER}
    if not minus:
        return "Whether a simpler policy would be as good cannot be told from this log."
    hardest = min(minus, key=lambda name: minus[name]["low"])
    found = minus[hardest]
    unit = values["unit"]
    told = f"{found['value']:+.2f} {unit}, 95 % interval {found['low']:+.2f} to {found['high']:+.2f}"
    if found["low"] > 0:
        return f"No simpler policy is as good: it earns more than each, least more than {hardest!r} ({told})."
    best = min(minus, key=lambda name: minus[name]["high"])
    if minus[best]["high"] < 0:
        lost = minus[best]
        return (
            f"A simpler policy is better: {best!r} earns {-lost['value']:.2f} {unit} more (95 % interval "
            f"{-lost['high']:.2f} to {-lost['low']:.2f})."
        )
    same = [name for name, each in minus.items() if each["low"] <= 0]
    others = (
        ""
        if len(same) == 1
        else ", nor than another"
        if len(same) == 2
        else f", nor than {len(same) - 1} others"
    )
    return (
        "A simpler policy may be as good: the log does not show that this bundle earns more than "
        f"{hardest!r} does (difference {told}){others}."
    )
