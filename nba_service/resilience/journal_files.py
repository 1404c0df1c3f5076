"""The files of a journal's directory.

The journal, its checkpoint, and the lock of those who write. Knows files and how they are replaced; knows
nothing of records.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from models.bundle.durable_files import sync_directory
from nba_service.resilience.journal_format import (
    HEADER_BYTES,
    RECORD_BYTES,
    generation_of,
    new_header,
    split_records,
)

_CHECKPOINT: Final = struct.Struct("<8sQI")
_MOST_REFUSED_BYTES: Final = 16 * 1_048_576
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class JournalFiles:
    """The files of one directory.

    It is made when the lock is first taken.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "journal"
        self._checkpoint = directory / "checkpoint"
        # Generation, and how far this process replayed when no checkpoint could be written.
        self._ahead = (b"", 0)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all processes."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.directory / "append.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._mend_header()
            yield

    def _mend_header(self) -> None:
        """Put a new header before a file whose own is damaged, so that the records in it are read.

        The damaged bytes stay between them and are counted as a damaged stretch. Without a whole record and
        shorter than one, it is what a process left that died while it made the file, and is begun anew.
        """
        try:
            with self.path.open("rb") as file:
                if generation_of(file.fileno()):
                    return
                data = file.read()
        except FileNotFoundError:
            return
        torn = len(data) <= HEADER_BYTES + RECORD_BYTES
        if torn and not any(payload for payload, _ in split_records(data)):
            self.path.unlink()
        else:
            self.replace(new_header() + data)

    @contextmanager
    def opened(self) -> Iterator[BinaryIO | None]:
        """The journal, if there is one and it is one of ours."""
        try:
            with self.path.open("rb") as file:
                yield file if generation_of(file.fileno()) else None
        except FileNotFoundError:
            yield None

    def replace(self, data: bytes) -> None:
        """Put another journal in place of the one that is there, if any."""
        self._swap(self.path, data)

    def remove(self) -> None:
        """Remove the journal and its checkpoint, if they are there."""
        self.path.unlink(missing_ok=True)
        self._checkpoint.unlink(missing_ok=True)
        sync_directory(self.directory)

    def replayed(self, generation: bytes) -> int:
        """The offset up to which records of a journal are in the store."""
        ahead = self._ahead[1] if self._ahead[0] == generation else HEADER_BYTES
        try:
            named, offset, checksum = _CHECKPOINT.unpack(self._checkpoint.read_bytes())
        except (FileNotFoundError, struct.error):
            return ahead
        right = named == generation and checksum == zlib.crc32(named, offset & 0xFFFFFFFF)
        return max(int(offset), ahead) if right else ahead

    def set_replayed(self, generation: bytes, offset: int) -> None:
        """On the disk; in memory if that is full: it must not keep a store that is well from being used.

        Who takes over from this process then begins earlier, and every write is idempotent.
        """
        checksum = zlib.crc32(generation, offset & 0xFFFFFFFF)
        try:
            self._swap(self._checkpoint, _CHECKPOINT.pack(generation, offset, checksum))
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            self._ahead = (generation, offset)

    def _swap(self, path: Path, data: bytes) -> None:
        new = path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_all(descriptor, data, 0)
        finally:
            os.close(descriptor)
        new.replace(path)
        sync_directory(self.directory)


class RefusedFile:
    """What the store would not take, one record a line.

    Of two files the older one goes when the other is full, so they never hold more than twice ``most_bytes``.
    """

    def __init__(self, directory: Path, most_bytes: int = _MOST_REFUSED_BYTES) -> None:
        self._path = directory / "refused"
        self._older = directory / "refused.1"
        self._most = most_bytes

    @property
    def empty(self) -> bool:
        """Whether nothing was refused."""
        return not (os.access(self._path, os.F_OK) or os.access(self._older, os.F_OK))

    @property
    def size(self) -> int:
        """How much was refused."""
        return sum(path.stat().st_size for path in self._paths())

    def lines(self) -> Iterator[bytes]:
        """What was refused."""
        for path in self._paths():
            yield from path.read_bytes().splitlines()

    def _paths(self) -> list[Path]:
        return [path for path in (self._path, self._older) if os.access(path, os.F_OK)]

    def add(self, payload: bytes) -> None:
        """Add a record; on the disk when this returns.

        Raises:
            OSError: it cannot be written; the file is as it was.
        """
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and size + len(payload) + 1 > self._most:
                os.replace(self._path, self._older)
                os.close(descriptor)
                descriptor, size = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600), 0
            try:
                write_all(descriptor, payload + b"\n", size)
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
        sync_directory(self._path.parent)

    def rewrite(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        """Replace the records of each file by what ``change`` makes of them."""
        for path in self._paths():
            before = path.read_bytes().splitlines()
            after = change(before)
            if after == before:
                continue
            if not after:
                path.unlink()
                sync_directory(path.parent)
                continue
            new = path.with_suffix(".new")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                write_all(descriptor, b"".join(line + b"\n" for line in after), 0)
            finally:
                os.close(descriptor)
            new.replace(path)
            sync_directory(path.parent)


def write_all(descriptor: int, data: bytes, at: int) -> None:
    """Write and flush all of it; a disk that fills up may take the first part and say nothing."""
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], at + written)
    os.fsync(descriptor)
