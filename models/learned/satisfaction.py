"""What treatments change in the next score that customers tell.

A table: points over doing nothing, by phase and treatment, with standard errors. Knows numbers; knows nothing
of how they were learned (``training/fit/satisfaction.py``) or of what a point is worth. Plain arrays on disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.arrays import Floats
from models.errors import BundleError
from models.learned.files import array_bytes, json_bytes, read_array, read_json

FILE: Final = "satisfaction.json"
EFFECT_FILE: Final = "satisfaction_effect.npy"
ERROR_FILE: Final = "satisfaction_error.npy"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SatisfactionModel:
    """Effects on the next score, relative to doing nothing.

    Attributes:
        fact: the score, as rules call it. window_days: in which it counts.
        scores: how many were learned from.
        effect, error: shape (P, T). Points, and their standard error; 0 for doing nothing.
    """

    fact: str
    window_days: float
    scores: int
    effect: Floats
    error: Floats

    def to_files(self) -> dict[str, bytes]:
        """Name → bytes."""
        about = {
            "format": FORMAT,
            "fact": self.fact,
            "window_days": self.window_days,
            "scores": self.scores,
        }
        return {
            FILE: json_bytes(about),
            EFFECT_FILE: array_bytes(self.effect),
            ERROR_FILE: array_bytes(self.error),
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> SatisfactionModel | None:
        """What ``to_files`` gave; None: nothing was learned of satisfaction.

        Raises:
            BundleError: of another format, or its tables do not fit together.
        """
        if FILE not in files:
            return None
        about = read_json(files, FILE)
        if about.get("format") != FORMAT:
            raise BundleError(
                f"{FILE}: expected format {FORMAT}, got {about.get('format')!r}. "
                "Serve it with the version that trained it, or train again."
            )
        effect, error = read_array(files, EFFECT_FILE), read_array(files, ERROR_FILE)
        if effect.ndim != 2 or effect.shape != error.shape:
            raise BundleError(
                f"{EFFECT_FILE}: expected a table as large as that of errors {error.shape}, got"
                f" {effect.shape}. Publish the bundle again."
            )
        return cls(
            fact=str(about["fact"]),
            window_days=float(about["window_days"]),
            scores=int(about["scores"]),
            effect=effect,
            error=error,
        )
