"""Streams of random numbers.

One for each part of a training, by name. Parts never share a stream, so a part that draws more or less
changes nothing elsewhere.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """Who draws.

    The numbers are fixed: with others the same seed would give another bundle.
    """

    ROWS = 0
    FITS = 1
    EVALUATION = 2
    GATE = 3
    SHADOW_PRICES = 4
    DRIFT_REFERENCE = 5
    REPORT = 6
    TUNING = 9
    REFIT = 10
    COMPARISON = 11
    BACKTEST = 12
    LATER_ROWS = 13
    EVALUATION_AGAIN = 14
    LEARNING_CURVE = 15


def generator(seed: int, stream: Stream) -> np.random.Generator:
    """A generator of its own for one part of the training with this seed.

    Example:
        >>> bool(generator(7, Stream.GATE).random() == generator(7, Stream.GATE).random())
        True
    """
    return np.random.default_rng([seed, int(stream)])
