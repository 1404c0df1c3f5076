"""Configurations as JSON: in the state of a decision, and in answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from models.domain.configurations import Change, Configured
from models.domain.history import from_ms


def encode_configured(configured: Mapping[str, Configured]) -> dict[str, object]:
    """As JSON; ``decode_configured`` gives them back."""
    return {name: asdict(one) for name, one in configured.items()}


def decode_configured(value: Mapping[str, Any]) -> dict[str, Configured]:
    """What ``encode_configured`` kept."""
    return {
        name: Configured(**{**kept, "changes": tuple(Change(**change) for change in kept["changes"])})
        for name, kept in value.items()
    }


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
