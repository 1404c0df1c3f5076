"""Keys of the cache.

Everything that an entry depends on, the data and this code included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import models
import training
from models.bundle.golden import library_versions
from models.domain.ids import own_placeholders
from models.learned.trees.parameters import TreeParameters
from training.config import TrainingConfig
from training.data.load import source_files

_LIBRARIES: Final = ("duckdb", "numpy", "pyarrow", "scikit-learn", "scipy")


def tables_key(config: TrainingConfig, journey_bytes: bytes, data: Path) -> str:
    """Of the validated tables: configuration, journey file, placeholders, code, files' sizes and times."""
    settings = asdict(replace(config, seed=0))
    for unread in (
        "trees", "models", "evaluation", "split", "rows", "features", "folder", "source", "effects_in_money",
        "effects_from_champion", "refit",
    ):  # fmt: skip
        settings.pop(unread)
    files = [
        (str(path.relative_to(data.resolve())), path.stat().st_size, path.stat().st_mtime_ns)
        for path in source_files(config, data)
    ]
    return _hash(
        [
            json.dumps(settings, sort_keys=True, default=str),
            repr(files),
            journey_bytes.hex(),
            repr(own_placeholders()),
            _code(),
        ]
    )


def features_key(config: TrainingConfig, tables: str, seed: int) -> str:
    """Of the feature matrices: the tables', and what makes rows and features of them."""
    settings = asdict(config)
    return _hash([tables, str(seed), *(repr(settings[name]) for name in ("split", "rows", "features"))])


def fit_key(
    config: TrainingConfig,
    journey_bytes: bytes,
    data_sha256: str,
    parameters: TreeParameters,
    seed: int,
    tune_trials: int = 0,
) -> str:
    """Of the fitted models: the data itself, what makes rows and features of it, sizes of trees, this code,
    and what the bits of an arithmetic depend on. ``tune_trials``: of the search for sizes itself."""
    settings = asdict(config)
    return _hash(
        [
            data_sha256,
            journey_bytes.hex(),
            _code(),
            repr(library_versions()),
            str(seed),
            str(tune_trials),
            repr(asdict(parameters)),
            *(repr(settings[name]) for name in ("split", "rows", "features", "models")),
        ]
    )


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


@cache
def _code() -> str:
    """Of the packages' source and the libraries whose arithmetic counts."""
    digest = hashlib.sha256(repr([version(name) for name in _LIBRARIES]).encode())
    for package in (models, training):
        for path in sorted(Path(str(package.__path__[0])).rglob("*.[cp]*")):
            if path.suffix in (".c", ".py"):
                digest.update(path.read_bytes())
    return digest.hexdigest()
