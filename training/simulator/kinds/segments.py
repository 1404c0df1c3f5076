"""Customers of the benchmark worlds.

A segment and a score, which together explain a part of their warmth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.arrays import Floats
from training.simulator.world.world import World

SEGMENTS = ("a", "b", "c", "d")
SEGMENT_FIT = np.array([-1.2, -0.4, 0.4, 1.2])


class SegmentWorld(World):
    """A world for any journey that declares the attributes ``segment`` and ``score``."""

    def attributes(self, n: int, rng: np.random.Generator) -> tuple[Sequence[Mapping[str, Any]], Floats]:
        """Half of the fit's variance is the segment's, half the score's."""
        segment = rng.integers(0, len(SEGMENTS), n)
        score = rng.standard_normal(n)
        fit = np.sqrt(0.5) * (SEGMENT_FIT[segment] / SEGMENT_FIT.std() + score)
        rows = zip(segment.tolist(), score.round(3).tolist(), strict=True)
        return [{"segment": SEGMENTS[s], "score": value} for s, value in rows], fit
