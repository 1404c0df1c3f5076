"""The journal: an append-only file of what could not be stored yet, shared by all processes of a host.

Knows records as bytes, their checksums, their order and how far they have been replayed; knows nothing of
what is in them. ``append`` returns when the record is on the disk; records that threads bring at the same
time share one fsync. A file that was cut or damaged loses the damaged records and no other. Layout::

    journal     8 bytes "NBAJRNL1", 8 random bytes (this file's generation), then records:
                magic (4), length (4), CRC-32 of length and payload (4), payload
    checkpoint  generation and offset up to which records are in the store

Empty means that the file is not there: one ``stat`` tells.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from models.bundle.durable_files import sync_directory
from nba_service.errors import StoreError
from nba_service.process.file_lock import held_alone

_FILE_MAGIC: Final = b"NBAJRNL1"
_HEADER: Final = len(_FILE_MAGIC) + 8
_MAGIC: Final = b"\xa7NB\xf1"
_RECORD: Final = struct.Struct("<4sII")
_CHECKPOINT: Final = struct.Struct("<8sQI")
_READ_BYTES: Final = 4 * 1_048_576
_NEARLY_BYTES: Final = 131_072
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class JournalError(StoreError):
    """Nothing can be added to the journal: it is full, or its disk is."""

    code = "JOURNAL_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Entry:
    """A record and the offset behind it; without payload: a damaged stretch."""

    payload: bytes | None
    end: int


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits: records and bytes that are not in the store yet, and records that were damaged."""

    records: int = 0
    bytes: int = 0
    damaged: int = 0


class _Ticket:
    __slots__ = ("done", "error", "record")

    def __init__(self, payload: bytes) -> None:
        checksum = zlib.crc32(payload, len(payload))
        self.record = _RECORD.pack(_MAGIC, len(payload), checksum) + payload
        self.done = False
        self.error: JournalError | None = None


class Journal:
    """The journal in one directory, which is made when something is first added."""

    def __init__(self, directory: Path, most_bytes: int) -> None:
        self.directory = directory
        self._path = directory / "journal"
        self._checkpoint = directory / "checkpoint"
        self._most = most_bytes
        self._queue: list[_Ticket] = []
        self._queue_lock = threading.Lock()
        self._turn = threading.Lock()
        self._whole = (b"", 0)  # generation, and the size up to which the file was found whole
        # Generation, and how far this process replayed when no checkpoint could be written.
        self._ahead = (b"", 0)

    @property
    def empty(self) -> bool:
        """Whether everything is in the store."""
        return not os.access(self._path, os.F_OK)  # no error is made and thrown away, as ``exists`` does

    @property
    def nearly_empty(self) -> bool:
        """Whether so little waits that a replay is done with it in a moment; costs three small reads."""
        try:
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                return size - self._replayed(_generation(file.fileno())) <= _NEARLY_BYTES
        except OSError:
            return self.empty

    def append(self, payload: bytes) -> None:
        """Add a record; on the disk when this returns.

        Raises:
            JournalError: it is full or cannot be written; nothing was added.
        """
        ticket = _Ticket(payload)
        with self._queue_lock:
            self._queue.append(ticket)
        with self._turn:
            if not ticket.done:
                self._write_group()
        if ticket.error is not None:
            raise ticket.error

    def entries(self) -> list[Entry]:
        """The next records that are not in the store yet, in the order in which they were added.

        As many as fit into a few MiB; a damaged stretch is one entry without a payload. Nobody writes
        meanwhile: half of a record would look damaged.
        """
        if self.empty:
            return []
        with self._locked(), self._opened() as file:
            return [] if file is None else self._next(file)

    def depth(self) -> Depth:
        """How much waits; reads the file."""
        with self._opened() as file:
            if file is None:
                return Depth()
            size, records, damaged = os.fstat(file.fileno()).st_size, 0, 0
            begin = at = self._replayed(_generation(file.fileno()))
            while found := self._next(file, at):
                records += sum(entry.payload is not None for entry in found)
                damaged += sum(entry.payload is None for entry in found)
                at = found[-1].end
            return Depth(records, size - begin, damaged)

    def replayed(self, end: int) -> None:
        """Say that all records up to the offset ``end`` are in the store; the last one removes the file."""
        with self._locked():
            try:
                size = self._path.stat().st_size
            except FileNotFoundError:
                return
            if end >= size:
                self._remove()
                return
            with self._path.open("rb") as file:
                self._set_checkpoint(_generation(file.fileno()), end)

    def remove_if_done(self) -> None:
        """Remove the file unless something waits in it, which may have been added a moment ago."""
        with self._locked():
            with self._opened() as file:
                waits = file is not None and bool(self._next(file))
            if not waits:
                self._remove()

    def rewrite(self, change: Callable[[list[bytes]], list[bytes]]) -> None:
        """Replace all waiting records by what ``change`` makes of them; all of it happens or nothing does."""
        with self._locked():
            waiting: list[bytes] = []
            with self._opened() as file:
                at = 0 if file is None else self._replayed(_generation(file.fileno()))
                while file is not None and (found := self._next(file, at)):
                    at = found[-1].end
                    waiting += [entry.payload for entry in found if entry.payload is not None]
            self._replace(change(waiting))

    @contextmanager
    def replaying(self) -> Iterator[bool]:
        """Whether this process may replay now: one does at a time."""
        if not self.directory.is_dir():
            yield False
            return
        with held_alone(self.directory / "replay.lock") as alone:
            yield alone

    def _write_group(self) -> None:
        with self._queue_lock:
            group, self._queue = self._queue, []
        error: JournalError | None = None
        try:
            self._write(b"".join(ticket.record for ticket in group))
        except JournalError as failed:
            error = failed
        except OSError as failed:
            error = JournalError(f"The journal in {self.directory} cannot be written: {failed.strerror}.")
        for ticket in group:
            ticket.error = error
            ticket.done = True

    def _write(self, records: bytes) -> None:
        with self._locked():
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                size = self._whole_size(descriptor)
                if size + len(records) > self._most:
                    raise JournalError(
                        f"The journal in {self.directory} is full ({size} bytes, at most {self._most})."
                        " Bring the store back, or raise NBA_JOURNAL_MAX_BYTES."
                    )
                self._put(descriptor, size, records)
            finally:
                os.close(descriptor)

    def _put(self, descriptor: int, size: int, records: bytes) -> None:
        """Write at the end, or leave the file as it was."""
        try:
            if size == 0:
                generation = os.urandom(8)
                records = _FILE_MAGIC + generation + records
                self._whole = (generation, 0)
            _write_all(descriptor, records, size)
            if size == 0:
                sync_directory(self.directory)
        except OSError:
            if size == 0:
                self._path.unlink(missing_ok=True)
            else:
                os.ftruncate(descriptor, size)
            raise
        self._whole = (self._whole[0], size + len(records))

    def _whole_size(self, descriptor: int) -> int:
        """The size without what a process that died while writing left at the end."""
        size, generation = os.fstat(descriptor).st_size, _generation(descriptor)
        if not generation:
            os.ftruncate(descriptor, 0)
            return 0
        known = min(size, self._whole[1]) if self._whole[0] == generation else _HEADER
        whole = known
        if known < size:
            ends = [end for payload, end in _records(os.pread(descriptor, size - known, known)) if payload]
            whole = known + (ends[-1] if ends else 0)
            os.ftruncate(descriptor, whole)
        self._whole = (generation, whole)
        return whole

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO | None]:
        """The file, if there is one and it is one of ours."""
        try:
            with self._path.open("rb") as file:
                yield file if _generation(file.fileno()) else None
        except FileNotFoundError:
            yield None

    def _next(self, file: BinaryIO, begin: int | None = None) -> list[Entry]:
        """Entries from ``begin`` on (None: from where the replay is)."""
        descriptor = file.fileno()
        at = self._replayed(_generation(descriptor)) if begin is None else begin
        size, length = os.fstat(descriptor).st_size, _READ_BYTES
        while at < size:
            data = os.pread(descriptor, min(length, size - at), at)
            found = [Entry(payload, at + end) for payload, end in _records(data)]
            if at + len(data) < size and found and found[-1].payload is None:
                found.pop()  # cut by the end of what was read, not damaged
            if found:
                return found
            length *= 2
        return []

    def _replayed(self, generation: bytes) -> int:
        """The offset up to which records are in the store."""
        ahead = self._ahead[1] if self._ahead[0] == generation else _HEADER
        try:
            named, offset, checksum = _CHECKPOINT.unpack(self._checkpoint.read_bytes())
        except (FileNotFoundError, struct.error):
            return ahead
        right = named == generation and checksum == zlib.crc32(named, offset & 0xFFFFFFFF)
        return max(int(offset), ahead) if right else ahead

    def _set_checkpoint(self, generation: bytes, offset: int) -> None:
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

    def _replace(self, payloads: Sequence[bytes]) -> None:
        if not payloads:
            self._remove()
            return
        records = b"".join(_Ticket(payload).record for payload in payloads)
        self._swap(self._path, _FILE_MAGIC + os.urandom(8) + records)

    def _remove(self) -> None:
        self._path.unlink(missing_ok=True)
        self._checkpoint.unlink(missing_ok=True)
        sync_directory(self.directory)

    def _swap(self, path: Path, data: bytes) -> None:
        beside = path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write_all(descriptor, data, 0)
        finally:
            os.close(descriptor)
        beside.replace(path)
        sync_directory(self.directory)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.directory / "append.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    """Write and flush all of it; a disk that fills up may take the first part and say nothing."""
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], at + written)
    os.fsync(descriptor)


def _generation(descriptor: int) -> bytes:
    """The random bytes of this file; empty: it is none of ours."""
    header = os.pread(descriptor, _HEADER, 0)
    ours = len(header) == _HEADER and header.startswith(_FILE_MAGIC)
    return header[len(_FILE_MAGIC) :] if ours else b""


def _records(data: bytes) -> Iterator[tuple[bytes | None, int]]:
    """Payload and end of each record; None once for each damaged stretch."""
    at, size = 0, len(data)
    while at < size:
        payload = _payload(data, at)
        if payload is not None:
            at += _RECORD.size + len(payload)
        else:
            following = _next_whole(data, at + 1)
            at = size if following is None else following
        yield payload, at


def _payload(data: bytes, at: int) -> bytes | None:
    """The payload of the record at ``at``; None: there is no whole one."""
    if at + _RECORD.size > len(data):
        return None
    magic, length, checksum = _RECORD.unpack_from(data, at)
    if magic != _MAGIC or at + _RECORD.size + length > len(data):
        return None
    payload = data[at + _RECORD.size : at + _RECORD.size + length]
    return payload if zlib.crc32(payload, length) == checksum else None


def _next_whole(data: bytes, at: int) -> int | None:
    while (at := data.find(_MAGIC, at)) >= 0:
        if _payload(data, at) is not None:
            return at
        at += 1
    return None
