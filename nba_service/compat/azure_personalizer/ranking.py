"""A ranking as Azure's clients read it.

From the action chosen and the probability of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict

from nba_service.compat.azure_personalizer.schemas import RankCall
from nba_service.http.json_body import canonical_json


def ranking(
    call: RankCall, event_id: str, chosen: str, probability: Mapping[str, float]
) -> dict[str, object]:
    """Excluded actions keep their places; of the others the chosen one leads, then the likelier one."""
    listed = listed_actions(call)
    ordered = sorted(listed, key=lambda name: (name != chosen, -probability.get(name, 0.0)))
    places = iter(ordered)
    order = [name if name in call.excluded else next(places) for name in call.actions]
    return {
        "ranking": [{"id": name, "probability": probability.get(name, 0.0)} for name in order],
        "eventId": event_id,
        "rewardActionId": chosen if chosen in listed else None,
    }


def listed_actions(call: RankCall) -> list[str]:
    """The actions that may be chosen, in the order of the call."""
    return [name for name in call.actions if name not in call.excluded]


def fingerprint(call: RankCall) -> str:
    """The same for the same request, whatever the order of what is excluded."""
    fields = {**asdict(call), "excluded": sorted(call.excluded)}
    return hashlib.sha256(canonical_json(fields).encode()).hexdigest()
