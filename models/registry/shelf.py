"""Published bundles lie on the shelf, one directory each.

Knows ids and directories; knows nothing of which bundle decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.bundle import BUNDLE_ID, Bundle, Manifest, load_bundle, read_manifest
from models.bundle.durable_files import move_directory
from models.errors import BundleError, RegistryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One bundle of the registry.

    ``problem`` says why its manifest cannot be read.
    """

    bundle_id: str
    champion: bool
    manifest: Manifest | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The bundles of a registry. ``registry``: its directory, for messages; ``directory``: theirs."""

    registry: Path
    directory: Path

    def target(self, staging: Path, bundle_id: str) -> Path:
        """Where a bundle that is ready in ``staging`` will lie.

        Raises:
            RegistryError: the id is no directory name, or is not the one in the manifest.
            BundleError: the manifest cannot be read.
        """
        target = self._place(bundle_id)
        stated = read_manifest(staging).bundle_id
        if stated != bundle_id:
            raise RegistryError(f"{staging} is bundle {stated!r}, not {bundle_id!r}. Give its own id.")
        return target

    def put(self, staging: Path, target: Path) -> None:
        """Move a bundle to its place, all at once; the registry must be locked."""
        if target.exists():
            raise RegistryError(
                f"Bundle {target.name!r} is in {self.registry} already. Publish under another id."
            )
        self.directory.mkdir(exist_ok=True)
        move_directory(staging, target)

    def entries(self, champion: str | None) -> tuple[Entry, ...]:
        """All bundles, the newest first; those whose manifest is damaged last."""
        if not self.directory.is_dir():
            return ()
        names = (path.name for path in self.directory.iterdir() if BUNDLE_ID.fullmatch(path.name))
        entries = [self._entry(name, champion) for name in sorted(names)]
        return tuple(sorted(entries, key=_created, reverse=True))

    def path(self, bundle_id: str) -> Path:
        """The directory of a bundle; RegistryError if there is none."""
        directory = self._place(bundle_id)
        if not directory.is_dir():
            known = [entry.bundle_id for entry in self.entries(None)]
            raise RegistryError(
                f"No bundle {bundle_id!r} in {self.registry}; there are {known or 'none'}. "
                "List them with `nba bundles`, or train one with `nba train`."
            )
        return directory

    def load(self, bundle_id: str) -> Bundle:
        """Load and verify a bundle; see ``load_bundle``."""
        return load_bundle(self.path(bundle_id))

    def _place(self, bundle_id: str) -> Path:
        if not BUNDLE_ID.fullmatch(bundle_id):
            raise RegistryError(
                f"Bundle id {bundle_id!r}: expected up to 100 letters, digits, '.', '_' or '-', the first a "
                "letter or digit."
            )
        return self.directory / bundle_id

    def _entry(self, bundle_id: str, champion: str | None) -> Entry:
        try:
            manifest, problem = read_manifest(self.directory / bundle_id), None
        except BundleError as error:
            manifest, problem = None, str(error)
        return Entry(bundle_id=bundle_id, champion=bundle_id == champion, manifest=manifest, problem=problem)


def _created(entry: Entry) -> float:
    return entry.manifest.created_at.timestamp() if entry.manifest else 0.0
