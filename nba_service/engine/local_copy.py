"""The bundle that decided last, copied to the local disk.

A process that finds no registry starts with it. The copy is a registry of one bundle next to the journal. It
is made once a bundle from the real one decides, is kept only when every hash is right, and is verified like
any bundle when it is loaded. Knows registries and files; knows nothing of what decides.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog

from models.bundle import verify_bundle
from models.bundle.durable_files import write_durably
from models.errors import NBAError
from models.registry import Registry
from nba_service.process.file_lock import file_lock
from nba_service.settings import Settings

log = structlog.get_logger(__name__)


class LastGood:
    """The copy of one registry's champion on this host."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._copies = Registry(root)
        self._tried: str | None = None

    def keep(self, registry: Registry, bundle_id: str) -> None:
        """Copy a bundle that was loaded, unless it is there. Tried once: a full disk is no reason to stop."""
        if bundle_id == self._tried:
            return
        try:
            with self._alone() as mine:
                self._tried = bundle_id if mine else None
                if mine and not self._is_whole(bundle_id):
                    self._copy(registry.path(bundle_id), bundle_id)
        except (NBAError, OSError) as error:
            self._tried = bundle_id
            log.warning("bundle_not_copied", bundle=bundle_id, detail=str(error))

    def bundle_id(self) -> str | None:
        """The bundle that was copied; None: none was, or that cannot be told."""
        try:
            return self._copies.champion()
        except (NBAError, OSError):
            return None

    def instead_of(self, registry: Registry) -> str | None:
        """The bundle to start with because ``registry`` is away.

        None: nothing was copied, or the registry is there, if only to say that it has no champion.
        """
        return self.bundle_id() if _is_away(registry) else None

    def _is_whole(self, bundle_id: str) -> bool:
        if self._copies.champion() != bundle_id:
            return False
        try:
            verify_bundle(self._copies.path(bundle_id))
        except NBAError:
            return False
        return True

    def _copy(self, source: Path, bundle_id: str) -> None:
        """In place all at once, and the one before goes after it."""
        part = self.root / ".part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for file in sorted(source.iterdir()):
            write_durably(part / file.name, file.read_bytes())
        verify_bundle(part)
        bundles = self.root / "bundles"
        shutil.rmtree(bundles / bundle_id, ignore_errors=True)
        self._copies.add(part, bundle_id)
        self._copies.promote(bundle_id, "it decides", datetime.now(UTC), check=lambda _: None)
        for other in bundles.iterdir():
            if other.name != bundle_id:
                shutil.rmtree(other)
        log.info("bundle_copied", bundle=bundle_id, to=str(self.root))

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether no other worker is at it."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with file_lock(self.root / ".copying") as alone:
            yield alone


def last_good(settings: Settings) -> LastGood:
    """The copy that belongs to the registry of the settings; nothing is opened or made."""
    name = hashlib.sha256(os.path.abspath(settings.registry).encode()).hexdigest()[:12]
    return LastGood(settings.journal / f"bundle-{name}")


def _is_away(registry: Registry) -> bool:
    """Whether nothing can be found in it: not there, not mounted, or not to be read."""
    try:
        return registry.current() is None and not registry.bundles()
    except (NBAError, OSError):
        return True
