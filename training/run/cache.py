"""Keeps what slow stages gave.

So a broken-off or repeated training resumes behind them. Tables, features, and each fitted model. Knows
folders and keys; knows nothing of how an entry was made. A key covers everything that an entry depends on,
the data and this code included, so an old entry is never met; it only takes space, and the folder may be
deleted at any time. An entry that is damaged or not the one that the key asks for is made again, and that is
said.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import NBAError
from training.data.rejects import Reject
from training.data.tables import Tables
from training.data.validate import Validated
from training.fit.keep import Model

_DONE: Final = "done.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Entries of a cache under ``root``.

    None: nothing is kept. ``fresh``: made again, whatever is there. ``say``: told which entry is not used,
    and why.
    """

    root: Path | None = None
    fresh: bool = False
    say: Callable[[str], None] = lambda _: None

    def tables(self, key: str, make: Callable[[], Validated]) -> tuple[Validated, bool]:
        """Validated tables, and whether they come from the cache."""
        return self._entry("tables", key, make, _save_validated, _load_validated)

    def arrays(self, key: str, make: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
        """Arrays by name, and whether they come from the cache."""
        return self._entry("features", key, make, _save_arrays, _load_arrays)

    def fit(
        self,
        name: str,
        key: str,
        make: Callable[[], Model],
        read: Callable[[Mapping[str, bytes]], Model],
        rng: np.random.Generator | None = None,
    ) -> tuple[Model, bool]:
        """A fitted model, and whether it comes from the cache.

        Args:
            name: of the fit, such as ``response``.
            key: of all the fits of a run, see ``fit_key``.
            read: makes the model of its files.
            rng: what ``make`` draws from; None: nothing. With a model from the cache it is left as
                the fit had left it, so that later fits draw the same.
        """

        def save(model: Model, folder: Path) -> None:
            _save_fit(
                model.to_files(),
                {"name": name, "key": key, "rng": None if rng is None else rng.bit_generator.state},
                folder,
            )

        def load(folder: Path) -> Model:
            files, state = _load_fit(folder, name, key)
            model = read(files)
            if rng is not None:
                rng.bit_generator.state = state
            return model

        model, before = self._entry(name, key, make, save, load)
        return model, before

    def _entry(self, kind: str, key: str, make: Any, save: Any, load: Any) -> tuple[Any, bool]:
        if self.root is None:
            return make(), False
        folder = self.root / f"{kind.replace(' ', '-')}-{key[:32]}"
        if not self.fresh and folder.exists():
            try:
                return load(folder), True
            except (OSError, ValueError, KeyError, TypeError, pa.ArrowException, NBAError) as error:
                self.say(f"{folder} is not used, it is made again: {error or type(error).__name__}")
        entry = make()
        self._keep(folder, entry, save)
        return entry, False

    def _keep(self, folder: Path, entry: Any, save: Any) -> None:
        """Written next to its place and renamed, so that there is never half an entry."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
        try:
            save(entry, staging)
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(staging, folder)
        except OSError as error:
            shutil.rmtree(staging, ignore_errors=True)  # no space is no reason to fail a training
            self.say(f"{folder} is not kept for later runs: {error}")


def _save_validated(validated: Validated, folder: Path) -> None:
    tables = validated.tables
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    if tables.reward is not None:
        pq.write_table(pa.table({"reward": tables.reward}), folder / "reward.parquet")
    rest = {
        "rejects": [asdict_reject(reject) for reject in validated.rejects],
        "customers_made": validated.customers_made,
        "rows_read": dict(validated.rows_read),
        "unused_columns": {name: list(columns) for name, columns in validated.unused_columns.items()},
    }
    (folder / _DONE).write_text(json.dumps(rest), encoding="utf-8")


def asdict_reject(reject: Reject) -> dict[str, Any]:
    """A reject as JSON values."""
    return {name: getattr(reject, name) for name in ("table", "row", "id", "column", "reason")}


def _load_validated(folder: Path) -> Validated:
    rest = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    tables = {
        name: pq.read_table(folder / f"{name}.parquet").combine_chunks()
        for name in ("customers", "interactions", "decisions", "outcomes")
    }
    reward = folder / "reward.parquet"
    if reward.is_file():
        tables["reward"] = pq.read_table(reward).column("reward").combine_chunks()
    return Validated(
        tables=Tables(**tables),
        rejects=tuple(Reject(**each) for each in rest["rejects"]),
        customers_made=rest["customers_made"],
        rows_read=rest["rows_read"],
        unused_columns={name: tuple(columns) for name, columns in rest["unused_columns"].items()},
    )


def _save_arrays(arrays: dict[str, Any], folder: Path) -> None:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    (folder / _DONE).write_text(json.dumps(sorted(arrays)), encoding="utf-8")


def _load_arrays(folder: Path) -> dict[str, Any]:
    names = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    return {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}


def _save_fit(files: Mapping[str, bytes], about: Mapping[str, Any], folder: Path) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    (folder / _DONE).write_text(json.dumps({**about, "files": hashes}), encoding="utf-8")


def _load_fit(folder: Path, name: str, key: str) -> tuple[dict[str, bytes], Any]:
    """The model's files and the generator's state.

    Raises:
        ValueError: it is another fit's, or a file is not the one that was written.
    """
    about = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    if (about["name"], about["key"]) != (name, key):
        raise ValueError(f"it holds the fit {about['name']!r} of another run")
    if any(Path(file).is_absolute() or ".." in Path(file).parts for file in about["files"]):
        raise ValueError("it names files outside of its folder")
    files = {file: (folder / file).read_bytes() for file in about["files"]}
    for file, data in files.items():
        if hashlib.sha256(data).hexdigest() != about["files"][file]:
            raise ValueError(f"{file} is not what was written")
    return files, about["rng"]
