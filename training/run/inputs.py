"""What a training starts from.

Tables that are checked, and rows with labels, parts and features.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from models.domain.journey import Journey
from models.errors import TrainingConfigError
from models.journey_file import parse_journey
from training.config import TrainingConfig
from training.data.encode import encode
from training.data.load import load_tables
from training.data.validate import Validated, validate_tables
from training.fit.keep import Keep
from training.fit.prepared import Prepared, make_builder, prepare
from training.rows.rows import make_rows
from training.rows.split import customer_start, split_rows
from training.run.cache import Cache
from training.run.cache_keys import tables_key
from training.run.progress import Progress
from training.streams import Stream, generator

NO_CACHE: Final = Cache()


def read_journey(config: TrainingConfig) -> tuple[Journey, bytes]:
    """The journey file that the configuration names, and its bytes.

    Raises:
        TrainingConfigError, JourneyFileError: it is missing or wrong.
    """
    path = config.journey_path
    try:
        journey_bytes = path.read_bytes()
    except OSError as error:
        raise TrainingConfigError(
            f"cannot read the journey file {path}: {error.strerror}; correct `journey:` in {config.source}"
        ) from error
    return parse_journey(journey_bytes, str(path)), journey_bytes


def read_tables(
    config: TrainingConfig, data: Path, progress: Progress, cache: Cache = NO_CACHE
) -> tuple[Journey, bytes, Validated]:
    """Journey, its bytes, and the four tables, checked; or the same tables from an earlier run.

    Raises:
        TrainingConfigError, JourneyFileError, TrainingDataError: a file is missing or wrong.
    """
    journey, journey_bytes = read_journey(config)

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
        builder = make_builder(journey, log, config.features)
        trace = builder.machine.trace(log.history)
        rng = generator(seed, Stream.ROWS)
        reward = None if validated.tables.reward is None else validated.tables.reward.to_numpy()
        rows = make_rows(log, reward, journey, trace, config.rows, rng)
        split = split_rows(
            rows,
            customer_start(log.history, log.end),
            config.split,
            config.rows.purge,
            config.rows.early_labels,
        )
        stage.rows = len(rows)
    with progress.stage("features") as stage:
        prepared = prepare(journey, builder, log, trace, split, keep)
        stage.rows = len(rows)
    return prepared
