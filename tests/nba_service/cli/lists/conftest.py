"""A small list, and the command that decides for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from nba_service.cli.decide import decide


@pytest.fixture
def called() -> Callable[..., tuple[int, str]]:
    """``called(*arguments)``: `nba decide` with them; its exit code and what it printed."""

    def call(*arguments: str | Path) -> tuple[int, str]:
        done = CliRunner().invoke(decide, [str(argument) for argument in arguments])
        return done.exit_code, done.output

    return call


@pytest.fixture
def audience(tmp_path: Path) -> Path:
    path = tmp_path / "all.csv"
    path.write_text("customer_id\nc-1\nc-2\n")
    return path
