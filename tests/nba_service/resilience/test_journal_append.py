"""Appending: whole records on the disk or none, and threads share a flush."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from nba_service.resilience import journal_append
from nba_service.resilience.errors import JournalError
from nba_service.resilience.journal_append import JournalAppender
from nba_service.resilience.journal_files import JournalFiles
from nba_service.resilience.journal_format import (
    HEADER_BYTES,
    generation_in,
    new_header,
    pack_record,
    split_records,
)
from tests.waiting import wait_until

MOST = 1_000_000


def stored(folder: Path) -> list[bytes | None]:
    return [payload for payload, _ in split_records((folder / "journal").read_bytes()[HEADER_BYTES:])]


def test_the_first_record_makes_the_folder_and_a_file_for_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    JournalAppender(JournalFiles(folder), MOST).append(b"a")

    assert generation_in((folder / "journal").read_bytes()[:HEADER_BYTES]) != b""
    assert stored(folder) == [b"a"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "journal").stat().st_mode & 0o777 == 0o600


def test_half_a_record_of_a_dead_writer_is_cut_off(tmp_path: Path) -> None:
    JournalAppender(JournalFiles(tmp_path), MOST).append(b"a")
    with (tmp_path / "journal").open("ab") as file:
        file.write(pack_record(b"half")[:-2])

    JournalAppender(JournalFiles(tmp_path), MOST).append(b"b")

    assert stored(tmp_path) == [b"a", b"b"]


@pytest.mark.parametrize("left", [b"", pack_record(b"half" * 90)[:-2], b"\xa7NB\xf1", b"\0" * 500])
@pytest.mark.parametrize("sizes", [[20] * 60, [700, 20, 20], [20, 20, 700]])
def test_a_long_file_is_looked_at_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: list[int], left: bytes
) -> None:
    """What a damaged start holds, and what a writer left that died, cost the next writer nothing."""
    monkeypatch.setattr(journal_append, "_TAIL_BYTES", 64)
    sent = [b"%d" % (n % 10) * size for n, size in enumerate(sizes)]
    records = [bytearray(pack_record(payload)) for payload in sent]
    records[0][-1] ^= 1
    (tmp_path / "journal").write_bytes(new_header() + b"".join(records) + left)

    JournalAppender(JournalFiles(tmp_path), MOST).append(b"next")

    assert stored(tmp_path) == [None, *sent[1:], b"next"]


def test_the_first_append_to_a_long_file_reads_its_end_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "journal").write_bytes(new_header() + pack_record(b"x" * 900) * 10_000)
    read, pread = 0, os.pread

    def noted(descriptor: int, length: int, at: int) -> bytes:
        nonlocal read
        read += length
        return pread(descriptor, length, at)

    monkeypatch.setattr(os, "pread", noted)
    JournalAppender(JournalFiles(tmp_path), 100_000_000).append(b"next")

    assert read < 300_000


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    appender = JournalAppender(JournalFiles(tmp_path), MOST)
    appender.append(b"a")

    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(JournalError, match="Input/output error"):
            appender.append(b"lost")

    appender.append(b"b")
    assert stored(tmp_path) == [b"a", b"b"]


def test_a_first_write_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    appender = JournalAppender(JournalFiles(tmp_path), MOST)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(JournalError):
            appender.append(b"lost")

    assert not (tmp_path / "journal").exists()


def test_records_that_wait_share_a_flush(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is being flushed nine others come: they are one group."""
    appender = JournalAppender(JournalFiles(tmp_path), MOST)
    appender.append(b"first")
    flushes, go, fsync = 0, threading.Event(), os.fsync

    def counted(descriptor: int) -> None:
        nonlocal flushes
        flushes += 1
        go.wait(30)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", counted)
    leader = threading.Thread(target=appender.append, args=(b"leader",))
    leader.start()
    wait_until(lambda: flushes == 1)
    others = [threading.Thread(target=appender.append, args=(b"%d" % n,)) for n in range(9)]
    for thread in others:
        thread.start()
    wait_until(lambda: len(appender._queue) == 9)
    go.set()
    for thread in [leader, *others]:
        thread.join()

    assert flushes == 2
    assert sorted(stored(tmp_path)[2:]) == [b"%d" % n for n in range(9)]  # type: ignore[type-var]
