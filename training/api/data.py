"""The four tables of a training, from files or from data frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from models.errors import TrainingConfigError
from training.config import TrainingConfig, read_config
from training.data.frames import Frame
from training.run.cache import Cache
from training.run.dataset import Dataset, dataset_of_frames, load_dataset
from training.run.in_buckets import load_in_buckets
from training.run.progress import Progress
from training.shards.engine import Buckets

EXPORTED: Final = Path(__file__).parents[1] / "exported.yaml"
"""Reads the folder that ``nba export``, ``nba simulate`` and ``nba tables`` write."""


def read_settings(config: Path | str | None, journey: Path | str | None = None) -> TrainingConfig:
    """A ``training.yaml``, or the one for exported tables, perhaps with another journey file.

    Raises:
        TrainingConfigError: a field is wrong.
    """
    settings = read_config(EXPORTED if config is None else Path(config))
    if config is None:
        settings = replace(settings, source="the packaged configuration for exported tables")
    return settings if journey is None else settings.with_journey(Path(journey))


def load_tables(
    data: Path | str,
    config: Path | str | TrainingConfig | None = None,
    *,
    journey: Path | str | None = None,
    progress: Progress | None = None,
    cache: Cache | None = None,
    buckets: Buckets | None = None,
    seed: int | None = None,
) -> Dataset:
    """Read and check the four tables.

    Args:
        data: the folder that the sources of ``config`` lie in.
        config: ``training.yaml``; None: ``data`` holds the four tables as Parquet.
        journey: instead of the journey file that ``config`` names.
        progress: told which stage runs.
        cache: tables of earlier runs.
        buckets: of customers, one in memory at a time; rows and features are made at once then.
        seed: of moments that are drawn for ``buckets``; None: the configuration's.

    Raises:
        TrainingConfigError, JourneyFileError, TrainingDataError: a setting, a file or a row is wrong.
    """
    if isinstance(config, TrainingConfig):
        settings = config if journey is None else config.with_journey(Path(journey))
    else:
        settings = read_settings(config, journey)
    if buckets is not None:
        drawn = settings.seed if seed is None else seed
        return load_in_buckets(settings, str(data), progress or Progress(), buckets, drawn)
    return load_dataset(settings, Path(data), progress or Progress(), cache or Cache())


def tables_from_frames(
    journey: Path | str,
    *,
    interactions: Frame,
    customers: Frame | None = None,
    decisions: Frame | None = None,
    outcomes: Frame | None = None,
    config: TrainingConfig | None = None,
) -> Dataset:
    """Check the four tables of data frames: pandas, Polars, DuckDB, Arrow, or columns by name.

    Args:
        journey: the journey file.
        interactions, customers, decisions, outcomes: see docs/reference/tables.md.
        config: split, trees and the like; sources and SQL of it are not used.

    Raises:
        TrainingConfigError, JourneyFileError, TrainingDataError: a setting, a file or a row is wrong.
    """
    path = Path(journey)
    settings = (read_settings(None) if config is None else config).with_journey(path)
    try:
        journey_bytes = path.read_bytes()
    except OSError as error:
        raise TrainingConfigError(f"cannot read the journey file {path}: {error.strerror}.") from error
    given = {
        "customers": customers,
        "interactions": interactions,
        "decisions": decisions,
        "outcomes": outcomes,
    }
    return dataset_of_frames(settings, journey_bytes, {n: f for n, f in given.items() if f is not None})
