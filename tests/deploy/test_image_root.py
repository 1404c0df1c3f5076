"""Images where no engine runs: what is read from a Dockerfile. `make try-images` builds them (minutes)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.image_root import Instruction, copied, in_context, instructions

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {
    "FROM",
    "RUN",
    "COPY",
    "ENV",
    "WORKDIR",
    "USER",
    "ENTRYPOINT",
    "CMD",
    "VOLUME",
    "EXPOSE",
    "HEALTHCHECK",
}


def test_lines_that_go_on_are_one_instruction_and_comments_are_none() -> None:
    text = "# a comment\nFROM a AS b\nRUN one \\\n    && two \\\n    && three\n\nUSER 10001\n"

    assert instructions(text) == [
        Instruction("FROM", "a AS b"),
        Instruction("RUN", "one && two && three"),
        Instruction("USER", "10001"),
    ]


@pytest.mark.parametrize("name", ["Dockerfile", "deploy/demo.Dockerfile"])
def test_what_is_copied_is_in_the_context_and_every_instruction_is_known(name: str) -> None:
    found = instructions((ROOT / name).read_text())

    assert {one.word for one in found} <= KNOWN
    for one in found:
        *sources, _ = one.rest.split()
        if one.word == "COPY" and not sources[0].startswith("--"):
            assert all(in_context(source) for source in sources), one
            assert list(copied(sources)), one


def test_what_dockerignore_does_not_name_stays_outside() -> None:
    assert not in_context("tests/conftest.py")
    assert in_context("models/arrays.py")
