"""Every part of a training draws from a stream of its own, the same one in every run."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np

import training
from training.streams import Stream, generator

SOURCE = Path(training.__file__).parent


def test_streams_of_one_seed_differ() -> None:
    first = [generator(7, stream).random() for stream in Stream]

    assert len(set(first)) == len(Stream) == len(Stream.__members__)


def test_the_numbers_behind_the_names_stay() -> None:
    """Another number would give another bundle for the same seed."""
    assert generator(20261120, Stream.FITS).random() == np.random.default_rng([20261120, 1]).random()
    assert {stream.name: stream.value for stream in Stream} == {
        "ROWS": 0, "FITS": 1, "EVALUATION": 2, "GATE": 3, "SHADOW_PRICES": 4, "DRIFT_REFERENCE": 5,
        "REPORT": 6, "TUNING": 9, "REFIT": 10, "COMPARISON": 11,
            "BACKTEST": 12, "LATER_ROWS": 13, "EVALUATION_AGAIN": 14, "LEARNING_CURVE": 15,
    }  # fmt: skip


def test_no_two_parts_share_a_stream() -> None:
    """Rows by shards are those of the whole log, so they are drawn from its stream."""
    sources = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if path.name != "streams.py"]
    used = Counter(name for text in sources for name in re.findall(r"\bStream\.([A-Z_]+)\b", text))

    assert used == Counter([*Stream.__members__, "ROWS"])
