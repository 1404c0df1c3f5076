"""Numeric libraries get one thread each, unless the environment says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nba_service.process.thread_limits import limit_library_threads

NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY")


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them is set, and whatever a test sets is gone after it."""
    for name in NAMES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_each_library_gets_one_thread_that_does_not_spin() -> None:
    limit_library_threads()

    assert [os.environ[name] for name in NAMES] == ["1", "1", "1", "PASSIVE"]


def test_what_the_environment_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")

    limit_library_threads()

    assert os.environ["OMP_NUM_THREADS"] == "4"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_the_module_loads_no_library_itself() -> None:
    code = "import sys, nba_service.process.thread_limits; print({'numpy', 'lightgbm'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
