"""Appending to the journal.

Records that threads bring at the same time share one fsync.
"""

from __future__ import annotations

import os
import threading
from typing import Final

from models.bundle.durable_files import sync_directory
from nba_service.resilience.errors import JournalError
from nba_service.resilience.journal_files import JournalFiles, write_all
from nba_service.resilience.journal_format import (
    HEADER_BYTES,
    generation_in,
    generation_of,
    new_header,
    pack_record,
    split_records,
)

_TAIL_BYTES: Final = 262_144


class _Ticket:
    """One record of a group, and what became of it."""

    __slots__ = ("done", "error", "record")

    def __init__(self, payload: bytes) -> None:
        self.record = pack_record(payload)
        self.done = False
        self.error: JournalError | None = None


class JournalAppender:
    """Adds records to one journal, at most until its file has ``most_bytes``."""

    def __init__(self, files: JournalFiles, most_bytes: int) -> None:
        self._files = files
        self._most = most_bytes
        self._queue: list[_Ticket] = []
        self._queue_lock = threading.Lock()
        self._turn = threading.Lock()
        self._whole = (b"", 0)  # generation, and the size up to which the file was found whole

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

    def _write_group(self) -> None:
        with self._queue_lock:
            group, self._queue = self._queue, []
        error: JournalError | None = None
        try:
            self._write(b"".join(ticket.record for ticket in group))
        except JournalError as failed:
            error = failed
        except OSError as failed:
            error = JournalError(
                f"The journal in {self._files.directory} cannot be written: {failed.strerror}."
            )
        for ticket in group:
            ticket.error = error
            ticket.done = True

    def _write(self, records: bytes) -> None:
        with self._files.locked():
            descriptor = os.open(self._files.path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                size = self._whole_size(descriptor)
                if size + len(records) > self._most:
                    raise JournalError(
                        f"The journal in {self._files.directory} is full ({size} bytes, at most"
                        f" {self._most}). Bring the store back, or raise NBA_JOURNAL_MAX_BYTES."
                    )
                self._put(descriptor, size, records)
            finally:
                os.close(descriptor)

    def _put(self, descriptor: int, size: int, records: bytes) -> None:
        """Write at the end, or leave the file as it was."""
        try:
            if size == 0:
                header = new_header()
                records = header + records
                self._whole = (generation_in(header), 0)
            write_all(descriptor, records, size)
            if size == 0:
                sync_directory(self._files.directory)
        except OSError:
            if size == 0:
                self._files.path.unlink(missing_ok=True)
            else:
                os.ftruncate(descriptor, size)
            raise
        self._whole = (self._whole[0], size + len(records))

    def _whole_size(self, descriptor: int) -> int:
        """The size without what a process that died while writing left at the end."""
        size, generation = os.fstat(descriptor).st_size, generation_of(descriptor)
        if not generation:
            os.ftruncate(descriptor, 0)
            return 0
        known = min(size, self._whole[1]) if self._whole[0] == generation else HEADER_BYTES
        whole = known
        if known < size:
            whole = _last_end(descriptor, known, size)
            os.ftruncate(descriptor, whole)
        self._whole = (generation, whole)
        return whole


def _last_end(descriptor: int, begin: int, size: int) -> int:
    """Where the last whole record ends, looked for from the end: a request waits for it."""
    length = _TAIL_BYTES
    while True:
        at = max(begin, size - length)
        ends = [end for payload, end in split_records(os.pread(descriptor, size - at, at)) if payload]
        if ends or at == begin:
            return at + (ends[-1] if ends else 0)
        length *= 4
