"""A bundle is tried in a process of its own, which may fail, crash or hang."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from models.bundle import (
    check_in_child,
)

ReplaceFile = Callable[[Path, str, bytes], None]


def test_a_good_bundle_loads_in_a_child(good: Path) -> None:
    assert check_in_child(good) is None


def test_a_child_tells_what_is_wrong(copy: Path) -> None:
    (copy / "value.json").write_bytes(b"{}")

    problem = check_in_child(copy)

    assert problem is not None
    assert problem.startswith("BUNDLE_INVALID: ")
    assert "value.json: 2 bytes" in problem


def test_a_child_that_crashes_or_hangs_is_told_apart(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = f"import os; os.kill(os.getpid(), 11)  # {good}"
    monkeypatch.setattr("models.bundle.child.PYTHON", (sys.executable, "-c", killed))
    assert "signal 11" in str(check_in_child(good))

    monkeypatch.setattr("models.bundle.child.PYTHON", (sys.executable, "-c", "import time; time.sleep(60)"))
    assert "did not load within 0.2 s" in str(check_in_child(good, timeout_seconds=0.2))


def test_a_damaged_text_that_lightgbm_would_read_cannot_end_the_service(
    replace_file: ReplaceFile, copy: Path
) -> None:
    """More than 64 leaves go to LightGBM's own reader, whose crash stays in the child."""
    text = (copy / "response_trees.txt").read_text()
    broken = text.replace("version=v4", "version=v3", 1).replace(
        "split_feature=", "split_feature=9999999 ", 1
    )
    replace_file(copy, "response_trees.txt", broken.encode())

    assert str(check_in_child(copy)).startswith("BUNDLE_INVALID")
