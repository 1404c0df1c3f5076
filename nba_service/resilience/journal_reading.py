"""Reading the journal.

The records that wait, a few MiB at a time, and how much there is of them. Knows the file and offsets; who
reads takes the lock first where half of a record would look damaged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from nba_service.resilience.journal_files import JournalFiles
from nba_service.resilience.journal_format import generation_of, split_records

_READ_BYTES: Final = 4 * 1_048_576


@dataclass(frozen=True, slots=True)
class Entry:
    """A record and the offset behind it; without payload: a damaged stretch."""

    payload: bytes | None
    end: int


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in the journal.

    Records and bytes that are not in the store yet, and records that were damaged.
    """

    records: int = 0
    bytes: int = 0
    damaged: int = 0


class JournalReader:
    """Reads what is not in the store yet."""

    def __init__(self, files: JournalFiles) -> None:
        self._files = files

    def next_entries(self) -> list[Entry]:
        """The next entries from where the replay is, as many as fit into a few MiB; none: all is replayed."""
        with self._files.opened() as file:
            return [] if file is None else _entries(file, self._begin(file))

    def pages(self) -> Iterator[list[Entry]]:
        """All entries that wait, in portions of a few MiB."""
        with self._files.opened() as file:
            if file is None:
                return
            at = self._begin(file)
            while page := _entries(file, at):
                yield page
                at = page[-1].end

    def waiting_bytes(self) -> int:
        """How many bytes wait; costs three small reads.

        Raises:
            OSError: there is no file, or it cannot be read.
        """
        with self._files.path.open("rb") as file:
            return os.fstat(file.fileno()).st_size - self._begin(file)

    def depth(self) -> Depth:
        """How much waits; reads the file."""
        with self._files.opened() as file:
            if file is None:
                return Depth()
            size, records, damaged = os.fstat(file.fileno()).st_size, 0, 0
            begin = at = self._begin(file)
            while page := _entries(file, at):
                records += sum(entry.payload is not None for entry in page)
                damaged += sum(entry.payload is None for entry in page)
                at = page[-1].end
            return Depth(records, size - begin, damaged)

    def _begin(self, file: BinaryIO) -> int:
        """Where the replay is."""
        return self._files.replayed(generation_of(file.fileno()))


def _entries(file: BinaryIO, begin: int) -> list[Entry]:
    """The entries from ``begin`` on; at least one, if there is any."""
    descriptor, at = file.fileno(), begin
    size, length = os.fstat(descriptor).st_size, _READ_BYTES
    while at < size:
        data = os.pread(descriptor, min(length, size - at), at)
        entries = [Entry(payload, at + end) for payload, end in split_records(data)]
        if at + len(data) < size and entries and entries[-1].payload is None:
            entries.pop()  # cut by the end of what was read, not damaged
        if entries:
            return entries
        length *= 2
    return []
