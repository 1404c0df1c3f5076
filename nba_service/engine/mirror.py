"""A registry is brought to a URL, or from there.

Trainings publish into a folder and services read one; between machines it lies at a URL that fsspec knows
(`s3://`, `gs://`, `az://`). Bundles and journey files never change, so what is there stays; what says who
decides comes last, so nobody follows it to a bundle that is not there yet.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.bundle import load_bundle
from models.bundle.durable_files import move_directory, replace_bytes_durably
from models.bundle.manifest import MANIFEST_FILE
from models.errors import RegistryError
from nba_service.engine.journey_archive import FOLDER as JOURNEYS

BUNDLES: Final = "bundles"
ALIASES: Final = "aliases"
HISTORY: Final = ("promotions.jsonl", "promotions.head")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What was not there yet. ``champion``: whether another bundle decides now."""

    bundles: tuple[str, ...]
    journeys: int
    champion: bool


def push(root: Path, url: str) -> Brought:
    """Bring a registry's folder to a URL.

    Raises:
        RegistryError: the URL cannot be written.
    """
    store = _Store(url)
    there = store.names(BUNDLES)
    new = [path for path in _folders(root / BUNDLES) if f"{path.name}/{MANIFEST_FILE}" not in there]
    for folder in new:
        files = sorted(folder.iterdir(), key=lambda path: path.name == MANIFEST_FILE)  # the manifest last
        for path in files:
            store.write(f"{BUNDLES}/{folder.name}/{path.name}", path.read_bytes())
    kept = store.names(JOURNEYS)
    journeys = [path for path in _files(root / JOURNEYS) if path.name not in kept]
    for path in journeys:
        store.write(f"{JOURNEYS}/{path.name}", path.read_bytes())
    changed = False
    for name in (*HISTORY, *(f"{ALIASES}/{path.name}" for path in _files(root / ALIASES))):
        if (root / name).is_file():
            data = (root / name).read_bytes()
            changed |= name == f"{ALIASES}/champion.json" and store.read(name) != data
            store.write(name, data)
    return Brought(bundles=tuple(folder.name for folder in new), journeys=len(journeys), champion=changed)


def pull(url: str, root: Path) -> Brought:
    """Bring a registry from a URL into a folder; a service that follows the folder sees whole bundles only.

    Raises:
        RegistryError: the URL cannot be read.
        BundleError: a bundle there is damaged; who decides stays as it was.
    """
    store = _Store(url)
    names = store.names(BUNDLES)
    whole = sorted({name.partition("/")[0] for name in names if name.endswith(f"/{MANIFEST_FILE}")})
    new = [bundle for bundle in whole if not (root / BUNDLES / bundle).is_dir()]
    (root / BUNDLES).mkdir(parents=True, exist_ok=True)
    for bundle in new:
        with tempfile.TemporaryDirectory(dir=root) as name:
            staging = Path(name) / bundle
            staging.mkdir()
            for file in (each.partition("/")[2] for each in names if each.startswith(f"{bundle}/")):
                (staging / file).write_bytes(store.must_read(f"{BUNDLES}/{bundle}/{file}"))
            load_bundle(staging)
            move_directory(staging, root / BUNDLES / bundle)
    journeys = [name for name in store.names(JOURNEYS) if not (root / JOURNEYS / name).exists()]
    for name in journeys:
        replace_bytes_durably(root / JOURNEYS / name, store.must_read(f"{JOURNEYS}/{name}"))
    changed = False
    for name in (*HISTORY, *(f"{ALIASES}/{each}" for each in store.names(ALIASES))):
        if (data := store.read(name)) is not None:
            before = (root / name).read_bytes() if (root / name).is_file() else None
            changed |= name == f"{ALIASES}/champion.json" and before != data
            replace_bytes_durably(root / name, data)
    return Brought(bundles=tuple(new), journeys=len(journeys), champion=changed)


class _Store:
    """Files under a URL."""

    def __init__(self, url: str) -> None:
        try:
            from fsspec.core import url_to_fs
            from fsspec.implementations.local import LocalFileSystem

            self._system, self._base = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise RegistryError(
                f"{url}: {error}. Install what brings its file system: pip install -e '.[cloud]'"
            ) from error
        if isinstance(self._system, LocalFileSystem):  # the only one that has folders of its own
            self._system.auto_mkdir = True
        self._url = url

    def names(self, folder: str) -> list[str]:
        """Paths of all files in a folder, relative to it; sorted."""
        base = f"{self._base.rstrip('/')}/{folder}"
        try:
            self._system.invalidate_cache()
            found = self._system.find(base)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RegistryError(f"{self._url} cannot be read: {error}") from error
        return sorted(path.partition(f"{base.lstrip('/')}/")[2] for path in found)

    def read(self, name: str) -> bytes | None:
        """None: it is not there."""
        try:
            return bytes(self._system.cat_file(f"{self._base.rstrip('/')}/{name}"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RegistryError(f"{self._url} cannot be read: {error}") from error

    def must_read(self, name: str) -> bytes:
        data = self.read(name)
        if data is None:
            raise RegistryError(f"{self._url}: {name} was there a moment ago and is gone; try again.")
        return data

    def write(self, name: str, data: bytes) -> None:
        try:
            self._system.pipe_file(f"{self._base.rstrip('/')}/{name}", data)
        except OSError as error:
            raise RegistryError(f"{self._url} cannot be written: {error}") from error


def _folders(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _files(folder: Path) -> Iterator[Path]:
    return iter(sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else [])
