"""The journal holds what could not be stored yet.

An append-only file, shared by all processes of a host. Knows records as bytes, their order and how far they
have been replayed; knows nothing of what is in them. ``append`` returns when the record is on the disk.
Beside the file (``journal_format``) lies a checkpoint: its generation and the offset up to which records are
in the store. Empty means that the file is not there: one ``stat`` tells.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nba_service.process.file_lock import file_lock
from nba_service.resilience.journal_append import JournalAppender
from nba_service.resilience.journal_files import JournalFiles, RefusedFile
from nba_service.resilience.journal_format import generation_of, new_header, pack_record
from nba_service.resilience.journal_reading import Depth, Entry, JournalReader, Position

_LOOK_SECONDS: Final = 0.004
_STUCK_SECONDS: Final = 1.0


class Journal:
    """The journal in one directory.

    It is made when something is first added.
    """

    def __init__(self, directory: Path, most_bytes: int) -> None:
        self.directory = directory
        self.files = JournalFiles(directory)
        self._appender = JournalAppender(self.files, most_bytes)
        self._reader = JournalReader(self.files)
        self._read = b""  # generation of the file that entries were read from

    @property
    def refused(self) -> RefusedFile:
        """What the store would not take."""
        return RefusedFile(self.directory)

    def set_aside(self, payload: bytes) -> None:
        """Keep a record that the store would not take; on the disk when this returns."""
        with self.files.locked():
            self.refused.add(payload)

    @property
    def empty(self) -> bool:
        """Whether everything is in the store."""
        # No error is made and thrown away, as ``exists`` does.
        return not os.access(self.files.path, os.F_OK)

    @property
    def position(self) -> Position | None:
        """How far the replay has come; None: there is no file, or it cannot be read. Costs three reads."""
        try:
            return self._reader.position()
        except OSError:
            return None

    def append(self, payload: bytes) -> None:
        """Add a record; on the disk when this returns.

        Raises:
            JournalError: it is full or cannot be written; nothing was added.
        """
        self._appender.append(payload)

    def entries(self) -> list[Entry]:
        """The next records that are not in the store yet, in the order in which they were added.

        As many as fit into a few MiB; a damaged stretch is one entry without a payload. Nobody writes
        meanwhile: half of a record would look damaged.
        """
        if self.empty:
            return []
        with self.files.locked():
            self._read = self._generation()
            return self._reader.next_entries()

    def depth(self) -> Depth:
        """How much waits; reads the file."""
        if self.empty:
            return Depth()
        with self.files.locked():
            return self._reader.depth()

    def replayed(self, end: int) -> None:
        """Say that all records up to the offset ``end`` are in the store; the last one removes the file."""
        with self.files.locked():
            try:
                size = self.files.path.stat().st_size
            except FileNotFoundError:
                return
            if end >= size:
                self.files.remove()
                return
            with self.files.path.open("rb") as file:
                self.files.set_replayed(generation_of(file.fileno()), end)

    def remove_if_done(self) -> None:
        """Remove the file unless something waits in it, which may have been added a moment ago."""
        with self.files.locked():
            if not self._reader.next_entries():
                self.files.remove()

    def rewrite(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        """Replace all waiting records by what ``change`` makes of them; all of it happens or nothing does.

        What a replay is storing at the moment is waited for.
        """
        with self._alone(), self.files.locked():
            payloads = [entry.payload for page in self._reader.pages() for entry in page]
            records = change([payload for payload in payloads if payload is not None])
            if records:
                self.files.replace(new_header() + b"".join(map(pack_record, records)))
            else:
                self.files.remove()

    @contextmanager
    def storing(self) -> Iterator[bool]:
        """Whether the entries that were read last are still there; meanwhile nobody rewrites the journal."""
        with self._alone():
            yield self._generation() == self._read

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.directory / "storing.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _generation(self) -> bytes:
        with self.files.opened() as file:
            return b"" if file is None else generation_of(file.fileno())

    @contextmanager
    def replaying(self) -> Iterator[bool]:
        """Whether this process may replay now: one does at a time."""
        if not self.directory.is_dir():
            yield False
            return
        with file_lock(self.directory / "replay.lock") as alone:
            yield alone


class CatchUp:
    """Waits for a journal that is nearly replayed.

    Else callers would add to it as fast as it is replayed. A long journal is not waited for, nor one whose
    replay has not moved for a while.
    """

    def __init__(self, journal: Journal, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._journal = journal
        self._monotonic = monotonic
        self._seen: Position | None = None
        self._since = 0.0

    def wait(self, seconds: float, going_on: Callable[[], bool] = lambda: True) -> bool:
        """Whether everything is in the store, at the latest after ``seconds``."""
        if self._journal.empty:
            return True
        begun = self._monotonic()
        while going_on():
            position, now = self._journal.position, self._monotonic()
            if position is None:
                return self._journal.empty
            if not position.is_at(self._seen):
                self._seen, self._since = position, now
            stuck = now - self._since > _STUCK_SECONDS
            if stuck or not position.nearly_done or now - begun >= seconds:
                return False
            time.sleep(_LOOK_SECONDS)
        return False
