"""What a training starts from.

Tables that are checked, and rows with labels, parts and features.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from models.domain.journey import Journey
from models.errors import TrainingConfigError
from models.journey_file import parse_journey
from models.learned.features.builder import FeatureBuilder
from training.config import TrainingConfig
from training.data.encode import Log, encode
from training.data.load import load_tables
from training.data.validate import Validated, validate_tables
from training.fit.keep import Keep
from training.fit.prepared import Prepared, choose_spec, prepare
from training.rows.rows import make_rows
from training.rows.split import split_rows
from training.run.cache import Cache
from training.run.cache_keys import tables_key
from training.run.progress import Progress
from training.streams import Stream, generator

NO_CACHE: Final = Cache()


def read_tables(
    config: TrainingConfig, data: Path, progress: Progress, cache: Cache = NO_CACHE
) -> tuple[Journey, bytes, Validated]:
    """Journey, its bytes, and the four tables, checked; or the same tables from an earlier run.

    Raises:
        TrainingConfigError, JourneyFileError, TrainingDataError: a file is missing or wrong.
    """
    path = config.journey_path
    try:
        journey_bytes = path.read_bytes()
    except OSError as error:
        raise TrainingConfigError(
            f"cannot read the journey file {path}: {error.strerror}; correct `journey:` in {config.source}"
        ) from error
    journey = parse_journey(journey_bytes, str(path))

    def make() -> Validated:
        with progress.stage("load") as stage:
            raw = load_tables(config, data, say=progress.note)
            stage.rows = sum(table.num_rows for table in raw.values())
        with progress.stage("validate") as stage:
            validated = validate_tables(raw, journey, config.time_zone, config.reject_share)
            stage.rows = sum(validated.tables.counts.values())
        return validated

    key = tables_key(config, journey_bytes, data)
    validated, cached = cache.tables(key, make)
    if cached:
        with progress.stage("tables of an earlier run") as stage:
            stage.rows = sum(validated.tables.counts.values())
    return journey, journey_bytes, validated


def prepare_rows(
    config: TrainingConfig,
    journey: Journey,
    validated: Validated,
    seed: int,
    progress: Progress,
    keep: Keep = lambda make: make(),
) -> Prepared:
    """Rows with labels, parts and features."""
    with progress.stage("rows") as stage:
        log = encode(validated.tables, journey)
        builder = FeatureBuilder(choose_spec(journey, log, config.features), journey)
        trace = builder.machine.trace(log.history)
        rng = generator(seed, Stream.ROWS)
        reward = None if validated.tables.reward is None else validated.tables.reward.to_numpy()
        rows = make_rows(log, reward, journey, trace, config.rows, rng)
        split = split_rows(rows, customer_start(log), config.split, config.rows.purge)
        stage.rows = len(rows)
    with progress.stage("features") as stage:
        prepared = prepare(journey, builder, log, trace, split, keep)
        stage.rows = len(rows)
    return prepared


def customer_start(log: Log) -> Any:
    """First event of each customer, or the end of the log for those without any."""
    start, times = log.history.start, log.history.occurred_at
    first = np.append(times, log.end)[start[:-1]]
    return np.where(np.diff(start) > 0, first, log.end)
