"""A file lock: one holds it, others are told at once, and it is free when the holder ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nba_service.process.file_lock import file_lock

_HOLDER = """
import sys
from pathlib import Path
from nba_service.process.file_lock import file_lock
with file_lock(Path(sys.argv[1])) as alone:
    print(alone, flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with file_lock(path) as first, file_lock(path) as second:
        assert (first, second) == (True, False)
    with file_lock(path) as again:
        assert again


def test_another_process_holds_it_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ},
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    with file_lock(path) as alone:
        assert not alone

    holder.kill()
    holder.communicate()

    with file_lock(path) as alone:
        assert alone


def test_an_error_in_the_block_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(KeyError), file_lock(path):
        raise KeyError
    with file_lock(path) as alone:
        assert alone
