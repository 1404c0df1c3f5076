"""One thing that somebody should know of their data before they train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sentence with its numbers.

    Attributes:
        name: stable, for programs.
        warning: whether figures of a training may mislead because of it; else it is good to know.
        sentence: what was found, what it means and what to do.
        examples: the worst of it, as JSON values.
    """

    name: str
    warning: bool
    sentence: str
    examples: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "name": self.name,
            "warning": self.warning,
            "sentence": self.sentence,
            "examples": [dict(each) for each in self.examples],
        }
