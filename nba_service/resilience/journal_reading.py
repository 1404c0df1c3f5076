"""Reading the journal.

The records that wait, a few MiB at a time, and how much there is of them. Knows the file and offsets; who
reads takes the lock first where half of a record would look damaged.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

from nba_service.resilience.journal_files import JournalFiles
from nba_service.resilience.journal_format import HEADER_BYTES, generation_of, split_records

_READ_BYTES: Final = 4 * 1_048_576
_NEARLY_BYTES: Final = 131_072
_MARK_BYTES: Final = 65_536


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


@dataclass(frozen=True, slots=True)
class Position:
    """How far the replay has come.

    ``bytes`` wait behind it.
    """

    generation: bytes
    offset: int
    bytes: int

    @property
    def nearly_done(self) -> bool:
        """Whether so little waits that a replay is done with it in a moment."""
        return self.bytes <= _NEARLY_BYTES

    def is_at(self, other: Position | None) -> bool:
        """Whether nothing was replayed between the two."""
        return other is not None and (self.generation, self.offset) == (other.generation, other.offset)


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

    def position(self) -> Position:
        """How far the replay has come; costs three small reads.

        Raises:
            OSError: there is no file, or it cannot be read.
        """
        with self._files.path.open("rb") as file:
            generation = generation_of(file.fileno())
            offset = self._files.replayed(generation)
            return Position(generation, offset, os.fstat(file.fileno()).st_size - offset)

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


class _Mark(NamedTuple):
    """How many records and damaged stretches end at ``end`` or before."""

    end: int
    records: int
    damaged: int


class DepthCounter:
    """Counts what waits as the journal grows.

    Each record is looked at once, not at each question. For one thread; ``depth`` is what the last
    ``refresh`` found.
    """

    def __init__(self, files: JournalFiles) -> None:
        self.depth = Depth()
        self._files = files
        self._restart(b"", HEADER_BYTES)

    def refresh(self, *, whole: bool = False) -> None:
        """Count what was added since, at most a few MiB of it unless ``whole``.

        Raises:
            OSError: the journal cannot be read.
        """
        if not os.access(self._files.path, os.F_OK):
            self.depth = Depth()
            return
        with self._files.locked(), self._files.opened() as file:  # half of a record would look damaged
            if file is None:
                self.depth = Depth()
                return
            generation = generation_of(file.fileno())
            begin, size = self._files.replayed(generation), os.fstat(file.fileno()).st_size
            if generation != self._generation or size < self._last.end:
                self._restart(generation, begin)
            while self._count_page(file) and whole:
                pass
            before = self._before(file, begin)
            self.depth = Depth(
                records=max(0, self._last.records - before.records),
                bytes=max(0, size - begin),
                damaged=max(0, self._last.damaged - before.damaged),
            )

    def _restart(self, generation: bytes, begin: int) -> None:
        self._generation = generation
        self._last = _Mark(begin, 0, 0)
        self._marks = [self._last]

    def _count_page(self, file: BinaryIO) -> bool:
        page = _entries(file, self._last.end)
        for entry in page:
            whole = entry.payload is not None
            self._last = _Mark(entry.end, self._last.records + whole, self._last.damaged + (not whole))
            if entry.end - self._marks[-1].end >= _MARK_BYTES:
                self._marks.append(self._last)
        return bool(page)

    def _before(self, file: BinaryIO, begin: int) -> _Mark:
        """What was replayed: the mark before ``begin``, and the little that lies between them."""
        index = max(0, bisect_right(self._marks, begin, key=lambda mark: mark.end) - 1)
        del self._marks[:index]
        mark = self._marks[0]
        if begin <= mark.end or begin > self._last.end:
            return mark if begin <= mark.end else self._last
        between = os.pread(file.fileno(), begin - mark.end, mark.end)
        whole = [payload is not None for payload, _ in split_records(between)]
        return _Mark(begin, mark.records + sum(whole), mark.damaged + len(whole) - sum(whole))


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
