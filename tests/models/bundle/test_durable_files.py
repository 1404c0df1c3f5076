"""Files are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from models.bundle.durable_files import append_durably, move_directory, replace_durably, write_durably


def test_lines_are_added_and_half_a_line_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append_durably(path, "one")
    with path.open("a") as file:
        file.write("ha")
    append_durably(path, "two")

    assert path.read_text() == "one\nha\ntwo\n"


def test_a_replacement_is_whole_readable_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "aliases" / "champion.json"
    replace_durably(path, "first")
    replace_durably(path, "second")

    assert path.read_text() == "second\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in path.parent.iterdir()] == ["champion.json"]


def test_a_replacement_that_fails_leaves_the_old_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "champion.json"
    replace_durably(path, "first")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_durably(path, "second")

    assert path.read_text() == "first\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["champion.json"]


def test_a_directory_is_moved_also_to_another_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging, rename = tmp_path / "staging", Path.rename
    for across, name in ((False, "near"), (True, "far")):
        staging.mkdir()
        write_durably(staging / "a", b"1")

        def renamed(source: Path, target: Path, across: bool = across) -> Path:
            if across and source == staging:
                raise OSError(18, "Invalid cross-device link")
            return rename(source, target)

        monkeypatch.setattr(Path, "rename", renamed)
        move_directory(staging, tmp_path / name)

        assert (tmp_path / name / "a").read_bytes() == b"1"
        assert not staging.exists()
