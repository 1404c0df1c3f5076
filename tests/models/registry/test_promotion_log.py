"""The registry's log of promotions: whole, or it says where not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import RegistryError
from models.registry.promotion_log import chained, problems, repair_line


def write(path: Path, number: int) -> str:
    line = chained(path, {"event": "promote", "bundle": f"b-{number}"})
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    return str(line["hash"])


@pytest.fixture
def log(tmp_path: Path) -> tuple[Path, str]:
    """A log with one line from before there were hashes and four since; and its head."""
    path = tmp_path / "promotions.jsonl"
    path.write_text('{"event": "promote", "bundle": "b-0"}\n')
    for number in range(1, 5):
        head = write(path, number)
    return path, head


def test_a_whole_log_has_no_problems(log: tuple[Path, str], tmp_path: Path) -> None:
    assert list(problems(*log)) == []
    assert list(problems(tmp_path / "none.jsonl", None)) == []


def test_half_a_line_of_a_crash_is_no_tampering(log: tuple[Path, str]) -> None:
    path, _ = log
    with path.open("a") as file:
        file.write('{"event": "prom\n')
    assert list(problems(path, write(path, 5))) == []


Lines = list[str]


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda lines: [lines[0].replace("b-0", "b-9"), *lines[1:]], ":2 does not follow"),
        (lambda lines: [*lines[:2], lines[2].replace("b-2", "b-9"), *lines[3:]], ":3 was changed"),
        (lambda lines: [*lines[:2], *lines[3:]], ":3 does not follow"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "does not follow"),
        (lambda lines: lines[:-1], "the tail was cut"),
        (lambda lines: [*lines[:3], '{"event": "promote", "bundle": "b-x"}\n', *lines[3:]], ":4 has no hash"),
    ],
)
def test_tampering_shows(log: tuple[Path, str], tamper: Callable[[Lines], Lines], said: str) -> None:
    path, head = log
    path.write_text("".join(tamper(path.read_text().splitlines(keepends=True))))

    assert said in "\n".join(problems(path, head))


def test_a_log_that_is_gone_shows(log: tuple[Path, str]) -> None:
    path, head = log
    path.unlink()

    assert list(problems(path, head)) == [f"{path} is gone"]


def test_lines_that_an_older_version_added_without_a_hash_are_covered_by_one_that_stays(
    log: tuple[Path, str],
) -> None:
    path, head = log
    trial = {"event": "begin", "role": "challenger", "bundle": "b-9", "since": "2026-11-20T12:00:00Z"}
    with path.open("a") as file:
        file.write(json.dumps(trial) + "\n" + json.dumps({**trial, "event": "end"}) + "\n")
    write(path, 7)
    assert sum("has no hash" in one for one in problems(path, head)) == 2

    line = repair_line(path, "trials of 0.2", "2026-11-21T12:00:00Z")
    with path.open("a") as file:
        file.write(json.dumps(chained(path, line)) + "\n")

    assert line["lines"] == 2
    assert list(problems(path, head)) == []
    write(path, 8)
    assert list(problems(path, head)) == []
    with pytest.raises(RegistryError, match="nothing to repair"):
        repair_line(path, "again", "2026-11-21T12:00:00Z")
    for changed in (
        path.read_text().replace("trials of 0.2", "trials of 0.1"),
        path.read_text().replace("b-9", "b-8"),
    ):
        whole = path.read_text()
        path.write_text(changed)
        assert list(problems(path, head)) != []
        path.write_text(whole)
    with path.open("a") as file:
        file.write(json.dumps(trial) + "\n")
    assert sum("has no hash" in one for one in problems(path, head)) == 1, "a repair covers what was there"


def test_what_was_tampered_with_is_not_repaired(log: tuple[Path, str]) -> None:
    path, _ = log
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], lines[2].replace("b-2", "b-9"), '{"event": "begin"}\n', *lines[3:]]))

    with pytest.raises(RegistryError, match="was changed"):
        repair_line(path, "why", "2026-11-21T12:00:00Z")
