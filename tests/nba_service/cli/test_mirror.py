"""A registry is brought to a URL and back from the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from models.registry import Registry
from nba_service.cli.mirror import registry as command


def said(*arguments: str | Path) -> str:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_what_is_new_is_said_and_nothing_twice(published: Path, tmp_path: Path) -> None:
    pytest.importorskip("fsspec", reason="no fsspec; make test-tools brings it")
    url, copy = f"memory://cli-{tmp_path.name}", tmp_path / "copy"

    assert "2 new bundles" in said("push", url, "--registry", published)
    assert "another bundle decides now" in said("pull", url, "--registry", copy)
    assert said("pull", url, "--registry", copy).startswith("0 new bundles")
    assert Registry(copy).champion() == "b-1"
