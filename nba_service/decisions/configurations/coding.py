"""Configurations as answers tell them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from models.domain.configurations import Configured
from models.domain.history import from_ms


def configuration_answer(configured: Configured) -> dict[str, Any]:
    """What a caller is told: what was chosen, and why not what was wished."""
    return {
        "configurator": configured.configurator,
        "region": configured.region or None,
        "choices": dict(configured.choices),
        "wish": dict(configured.wish),
        "changes": [asdict(change) for change in configured.changes],
        "distance": configured.distance,
        "price": configured.price if configured.choices else None,
        "deliverable_on": configured.deliverable_on or None,
        "code": configured.code or None,
        "detail": configured.detail or None,
        "availability_as_of": from_ms(configured.as_of) if configured.as_of else None,
        "exact": configured.exact,
    }
