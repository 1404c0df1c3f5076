"""The files that processes share: one writer at a time, a chained log, and bundles that load."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from models.errors import BundleError
from models.registry.files import RegistryFiles, must_load


def test_lines_of_the_log_are_chained(tmp_path: Path) -> None:
    files = RegistryFiles(tmp_path)
    files.log({"event": "promote", "bundle": "b-1"})
    files.log({"event": "promote", "bundle": "b-2"})
    first, second = files.history()

    assert second["previous_hash"] == first["hash"]
    assert files.history_problems() == ()


def test_a_log_that_lost_its_last_line_is_told(tmp_path: Path) -> None:
    files = RegistryFiles(tmp_path)
    for bundle in ("b-1", "b-2"):
        files.log({"event": "promote", "bundle": bundle})
    path = tmp_path / "promotions.jsonl"
    path.write_text(path.read_text().splitlines(keepends=True)[0])

    (problem,) = files.history_problems()
    assert "the tail was cut" in problem


def test_without_a_log_there_is_no_history(tmp_path: Path) -> None:
    assert RegistryFiles(tmp_path).history() == ()
    assert RegistryFiles(tmp_path).history_problems() == ()


def test_one_writes_and_the_others_wait(tmp_path: Path) -> None:
    files, order = RegistryFiles(tmp_path / "new"), []

    def write() -> None:
        with RegistryFiles(tmp_path / "new").locked():
            order.append("second")

    with files.locked():
        other = threading.Thread(target=write)
        other.start()
        order.append("first")
    other.join()

    assert order == ["first", "second"]


def test_what_does_not_load_is_refused_by_name(tmp_path: Path) -> None:
    must_load(tmp_path / "b-1", lambda _: None)

    with pytest.raises(BundleError, match=r"'b-2' was not promoted, the champion stays: torn"):
        must_load(tmp_path / "b-2", lambda _: "torn")
