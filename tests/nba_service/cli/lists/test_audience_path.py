"""An audience lies in a file or at a URL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest

from nba_service.cli.decide import decide
from nba_service.cli.lists.audience_path import AudiencePath

Called = Callable[..., tuple[int, str]]


def test_an_audience_may_lie_at_a_url(audience: Path) -> None:
    with click.Context(decide) as context:
        at_file = AudiencePath().convert(audience.as_uri(), None, context)
        assert at_file == audience


def test_what_lies_at_a_url_is_copied_while_the_command_runs() -> None:
    fsspec = pytest.importorskip("fsspec", reason="no fsspec; make test-tools brings it")
    fsspec.filesystem("memory").pipe_file("/lists/spring.csv", b"customer_id\nc-1\n")
    with click.Context(decide) as context:
        copy = AudiencePath().convert("memory://lists/spring.csv", None, context)
        assert (copy.stem, copy.read_bytes()) == ("spring", b"customer_id\nc-1\n")
    assert not copy.exists()


def test_a_url_that_has_nothing_is_named(called: Called, tmp_path: Path) -> None:
    code, said = called("--audience", f"file://{tmp_path}/none.csv", "--channel", "email", "--out", "x")
    assert code == 2
    assert "none.csv" in said
    code, said = called("--audience", "nowhere://lists/a.csv", "--channel", "email", "--out", "x")
    assert code == 2
    assert "nowhere://lists/a.csv" in said
