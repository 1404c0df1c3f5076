"""Rows that a bundle did not learn from.

Prepared with the bundle's own journey file and features, so that it sees the log as the service would. Knows
times; judges nothing.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from models.domain.history import from_ms, to_ms
from models.errors import TrainingDataError
from models.policy.engine import Engine
from training.data.encode import encode
from training.fit.prepared import Prepared, prepare
from training.rows.rows import make_rows
from training.rows.split import Part, SplitRows
from training.run.dataset import Dataset
from training.streams import Stream, generator


def later_rows(dataset: Dataset, engine: Engine, since: datetime | None) -> Prepared:
    """Every row of the log; those decided after ``since`` are the test part, earlier ones the training part.

    Args:
        engine: whose journey file and features; that of a bundle.
        since: aware; None takes all rows.

    Raises:
        TrainingDataError: no decision is later.
        NBAError: the log has names that the bundle's journey file does not know.
    """
    journey = engine.journey
    log = encode(dataset.tables, journey)
    trace = engine.builder.machine.trace(log.history)
    reward = None if dataset.tables.reward is None else dataset.tables.reward.to_numpy()
    rng = generator(dataset.config.seed, Stream.LATER_ROWS)
    rows = make_rows(log, reward, journey, trace, dataset.config.rows, rng)
    first = int(rows.decided_at.min()) if since is None else to_ms(since) + 1
    later = rows.decided_at >= first
    if not later.any():
        raise TrainingDataError(
            f"no decision of the log is later than {from_ms(first - 1):%Y-%m-%d %H:%M} UTC, until when was "
            f"learned; the last one is of {from_ms(int(rows.decided_at.max())):%Y-%m-%d %H:%M} UTC. Take "
            "newer data, or state an earlier start: models are then judged on what they learned from."
        )
    split = SplitRows(
        rows=rows,
        part=np.where(later, Part.TEST, Part.TRAIN).astype(np.int8),
        calibrate_from=first,
        test_from=first,
        purged=0,
        whole=rows,
    )
    return prepare(journey, engine.builder, log, trace, split)
