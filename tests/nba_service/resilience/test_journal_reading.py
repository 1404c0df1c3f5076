"""Reading the journal: in order, in portions, from where the replay is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nba_service.resilience import journal_reading
from nba_service.resilience.journal_files import JournalFiles
from nba_service.resilience.journal_format import HEADER_BYTES, generation_of, new_header, pack_record
from nba_service.resilience.journal_reading import Depth, DepthCounter, JournalReader

SENT = [b"%d" % number * 20 for number in range(9)]
RECORD = 12 + 20


@pytest.fixture
def files(tmp_path: Path) -> JournalFiles:
    files = JournalFiles(tmp_path)
    files.replace(new_header() + b"".join(map(pack_record, SENT)))
    return files


def replayed(files: JournalFiles, records: int) -> None:
    with files.path.open("rb") as file:
        files.set_replayed(generation_of(file.fileno()), HEADER_BYTES + records * RECORD)


def test_entries_follow_the_checkpoint(files: JournalFiles) -> None:
    replayed(files, 7)

    entries = JournalReader(files).next_entries()

    assert [entry.payload for entry in entries] == SENT[7:]
    assert [entry.end for entry in entries] == [HEADER_BYTES + n * RECORD for n in (8, 9)]


@pytest.mark.parametrize("size", [1, RECORD - 1, RECORD, RECORD + 1, 100])
def test_portions_of_any_size_hold_every_record_once(
    files: JournalFiles, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(journal_reading, "_READ_BYTES", size)

    pages = list(JournalReader(files).pages())

    assert [entry.payload for page in pages for entry in page] == SENT
    assert len(pages) > 1


def test_depth_counts_what_waits_and_what_is_damaged(files: JournalFiles) -> None:
    data = bytearray(files.path.read_bytes())
    data[HEADER_BYTES + 5 * RECORD + 20] ^= 1
    files.path.write_bytes(data)
    replayed(files, 2)

    reader = JournalReader(files)

    assert reader.depth() == Depth(records=6, bytes=7 * RECORD, damaged=1)
    assert reader.position().bytes == 7 * RECORD


def test_without_a_file_nothing_waits(tmp_path: Path) -> None:
    reader = JournalReader(JournalFiles(tmp_path))

    assert reader.next_entries() == []
    assert list(reader.pages()) == []
    assert reader.depth() == Depth()
    with pytest.raises(FileNotFoundError):
        reader.position()


@pytest.mark.parametrize("mark", [1, 64, 65_536])
@pytest.mark.parametrize("portion", [RECORD + 1, 4_096])
def test_what_waits_is_counted_as_it_grows_and_is_replayed(
    files: JournalFiles, monkeypatch: pytest.MonkeyPatch, mark: int, portion: int
) -> None:
    monkeypatch.setattr(journal_reading, "_READ_BYTES", portion)
    monkeypatch.setattr(journal_reading, "_MARK_BYTES", mark)
    counter = DepthCounter(files)
    for done in range(len(SENT) + 1):
        replayed(files, done)
        counter.refresh(whole=True)
        left = len(SENT) - done
        assert counter.depth == Depth(left, left * RECORD, 0)
        assert counter.depth == JournalReader(files).depth()
    damaged = bytearray(pack_record(b"x" * 20))
    damaged[-1] ^= 1
    with files.path.open("ab") as file:
        file.write(bytes(damaged) + pack_record(b"y" * 20))
    counter.refresh(whole=True)
    assert counter.depth == Depth(1, 2 * RECORD, 1)
    files.remove()
    counter.refresh()
    assert counter.depth == Depth()
    files.replace(new_header() + pack_record(SENT[0]))
    counter.refresh(whole=True)
    assert counter.depth == Depth(1, RECORD, 0)


def test_a_count_reads_what_is_new_and_no_record_twice(
    files: JournalFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[int, int]] = []
    pread = os.pread

    def noted(descriptor: int, length: int, at: int) -> bytes:
        read.append((at, length))
        return pread(descriptor, length, at)

    monkeypatch.setattr(os, "pread", noted)
    counter = DepthCounter(files)
    counter.refresh(whole=True)
    read.clear()
    for _ in range(5):
        counter.refresh()
    assert [one for one in read if one[0] >= HEADER_BYTES] == []
    with files.path.open("ab") as file:
        file.write(pack_record(b"z" * 20))
    counter.refresh()
    assert [one for one in read if one[0] >= HEADER_BYTES] == [(HEADER_BYTES + 9 * RECORD, RECORD)]
