"""A list is decided from exported tables, without the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Called = Callable[..., tuple[int, str]]


def test_tables_must_be_named(called: Called, audience: Path, tmp_path: Path) -> None:
    code, said = called(
        "--audience", audience, "--channel", "email", "--engine", "shards", "--out", tmp_path / "d"
    )

    assert code == 2
    assert "--engine needs --data" in said


def test_options_of_the_other_engine_are_refused(called: Called, audience: Path, tmp_path: Path) -> None:
    same = ("--audience", audience, "--channel", "email", "--out", tmp_path / "d")

    assert "--data goes with --engine shards or spark only" in called(*same, "--data", tmp_path)[1]
    with_tables = (*same, "--engine", "shards", "--data", tmp_path)
    assert "--locale goes with --engine service only" in called(*with_tables, "--locale", "de")[1]
    assert "--engine goes with --audience only" in called("--customer", "c", "--engine", "spark")[1]
