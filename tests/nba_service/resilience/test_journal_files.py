"""The journal's files: a checkpoint belongs to one generation, and a full disk does not stop a replay."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from nba_service.resilience.journal_files import JournalFiles
from nba_service.resilience.journal_format import HEADER_BYTES, new_header

MINE, OTHER = b"12345678", b"87654321"


def test_a_checkpoint_counts_for_its_generation_only(tmp_path: Path) -> None:
    files = JournalFiles(tmp_path)
    assert files.replayed(MINE) == HEADER_BYTES

    files.set_replayed(MINE, 500)

    assert JournalFiles(tmp_path).replayed(MINE) == 500
    assert files.replayed(OTHER) == HEADER_BYTES


@pytest.mark.parametrize("damage", [b"", b"short", bytes(20)])
def test_a_damaged_checkpoint_begins_at_the_first_record(tmp_path: Path, damage: bytes) -> None:
    files = JournalFiles(tmp_path)
    files.set_replayed(MINE, 500)
    (tmp_path / "checkpoint").write_bytes(damage)

    assert files.replayed(MINE) == HEADER_BYTES


def test_without_room_for_a_checkpoint_this_process_remembers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = JournalFiles(tmp_path)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        files.set_replayed(MINE, 500)

    assert files.replayed(MINE) == 500
    assert JournalFiles(tmp_path).replayed(MINE) == HEADER_BYTES


def test_only_a_journal_is_opened(tmp_path: Path) -> None:
    files = JournalFiles(tmp_path)
    with files.opened() as file:
        assert file is None
    (tmp_path / "journal").write_bytes(b"something else entirely")
    with files.opened() as file:
        assert file is None

    files.replace(new_header())

    with files.opened() as file:
        assert file is not None
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o600


def test_removing_takes_the_checkpoint_too_and_may_be_repeated(tmp_path: Path) -> None:
    files = JournalFiles(tmp_path)
    files.replace(new_header())
    files.set_replayed(MINE, 500)

    files.remove()
    files.remove()

    assert list(tmp_path.iterdir()) == []
