"""Configurations as JSON, as a decision keeps what it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from models.domain.configurations import Change, Configured


def encode_configured(configured: Mapping[str, Configured]) -> dict[str, object]:
    """As JSON; ``decode_configured`` gives them back."""
    return {name: asdict(one) for name, one in configured.items()}


def decode_configured(value: Mapping[str, Any]) -> dict[str, Configured]:
    """What ``encode_configured`` kept."""
    return {
        name: Configured(**{**kept, "changes": tuple(Change(**change) for change in kept["changes"])})
        for name, kept in value.items()
    }
