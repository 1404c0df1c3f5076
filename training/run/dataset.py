"""What a training starts from.

A journey and the four tables, checked, from files or from data frames. Knows how both come to be; knows
nothing of rows, features or models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.domain.journey import Journey
from models.errors import TrainingConfigError
from models.journey_file import parse_journey
from models.learned.trees.network import Network
from training.config import TABLES, TrainingConfig
from training.data.frames import Frame, to_arrow
from training.data.tables import Tables, data_sha256
from training.data.validate import Validated, validate_tables
from training.fit.fit import chosen_estimators, tree_parameters
from training.fit.prepared import Prepared
from training.run.cache import Cache
from training.run.cache_keys import tables_key
from training.run.inputs import NO_CACHE, read_tables
from training.run.progress import Progress
from training.shards.mapped_columns import MappedColumns

FRAMES: Final = "data frames"
"""What errors call the configuration where none was read."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MadeRows:
    """Rows and features that were made bucket after bucket.

    Attributes:
        seed: of the moments that were drawn.
        fingerprint: SHA-256 of the tables.
        network: grows trees where ``trees.networked``.
        mapped: what of them lies in files.
    """

    prepared: Prepared
    seed: int
    fingerprint: str
    network: Network
    mapped: tuple[MappedColumns, ...] = ()

    def release(self) -> None:
        """Give back the memory of what a stage looked at."""
        for each in self.mapped:
            each.release()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """A journey and its four tables, checked.

    Attributes:
        config: how rows are made of them, and how models are fitted.
        journey_bytes: the journey file; part of every bundle.
        validated: the tables, the rows that are not in them, and why.
        key: of the cache; everything that the tables depend on.
        notes: what was found while reading.
        made: rows and features, where they came with the tables, bucket after bucket.
    """

    config: TrainingConfig
    journey: Journey
    journey_bytes: bytes
    validated: Validated
    key: str
    notes: tuple[str, ...] = ()
    made: MadeRows | None = None

    @property
    def tables(self) -> Tables:
        return self.validated.tables


def load_dataset(config: TrainingConfig, data: Path, progress: Progress, cache: Cache = NO_CACHE) -> Dataset:
    """Read the tables that ``config`` makes of the files in ``data``.

    Raises:
        TrainingConfigError, JourneyFileError, TrainingDataError: a file, a setting or a row is wrong.
    """
    tree_parameters(config)  # a wrong size is told before anything is read
    chosen_estimators(config)
    before = len(progress.notes)
    journey, journey_bytes, validated = read_tables(config, data, progress, cache)
    return Dataset(
        config=config,
        journey=journey,
        journey_bytes=journey_bytes,
        validated=validated,
        key=tables_key(config, journey_bytes, data),
        notes=tuple(progress.notes[before:]),
    )


def dataset_of_frames(config: TrainingConfig, journey_bytes: bytes, frames: Mapping[str, Frame]) -> Dataset:
    """Take the tables from data frames.

    Args:
        frames: table name → rows, with the columns of docs/reference/tables.md; missing tables are empty.

    Raises:
        TrainingConfigError: a table is not one of the four.
        JourneyFileError, TrainingDataError: the journey file or a row is wrong.
    """
    unknown = sorted(set(frames) - set(TABLES))
    if unknown:
        raise TrainingConfigError(
            f"expected tables named {', '.join(TABLES)}, got {', '.join(unknown)}; rename them."
        )
    tree_parameters(config)
    chosen_estimators(config)
    journey = parse_journey(journey_bytes, config.journey or FRAMES)
    raw: dict[str, Any] = {name: to_arrow(frame, name) for name, frame in frames.items()}
    validated = validate_tables(raw, journey, config.time_zone, config.reject_share)
    return Dataset(
        config=config,
        journey=journey,
        journey_bytes=journey_bytes,
        validated=validated,
        key=data_sha256(validated.tables),
    )
