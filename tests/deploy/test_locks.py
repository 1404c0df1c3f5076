"""The lock files agree: what runs in the demo and in the image is what the tests ran with."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def versions(lock: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / lock).read_text(), re.MULTILINE):
        pins.setdefault(name, set()).add(version)
    return pins


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-demo.lock"])
def test_a_smaller_lock_pins_what_the_tests_ran_with(lock: str) -> None:
    everything = versions("requirements-dev.lock")
    differing = {
        name: pins for name, pins in versions(lock).items() if not pins <= everything.get(name, set())
    }
    assert differing == {}


@pytest.mark.parametrize("name", ["playwright", "boto3", "ruff", "mypy", "schemathesis", "psycopg"])
def test_the_demo_needs_no_tool_of_developers(name: str) -> None:
    assert name not in versions("requirements-demo.lock")


def test_no_text_installs_a_name_that_is_not_ours() -> None:
    """`nba` on an index is somebody else's: extras are installed from where the code lies."""
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    by_name = re.compile(r"pip3? install (?:-\S+ )*['\"]?nba\b")
    found = [
        name
        for name in files.splitlines()
        if name.endswith((".md", ".py", ".ipynb", ".yaml", ".yml", "Dockerfile", "Makefile"))
        and by_name.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert found == []
    assert by_name.search("pip" + " install --quiet 'nba[spark]'")
