"""An engine of any kind writes the same decisions: here of one machine and of Spark."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from training.batch.command import decide_on_tables
from training.batch.run import BatchResult


def test_a_result_says_how_many_got_what() -> None:
    told = BatchResult(decisions=3, actions=Counter(teaser=2, nothing=1), moved=1, prices={"call": 2.5})

    assert told.actions.total() == told.decisions


DIES_BETWEEN = """
import os, signal, sys
from datetime import UTC, datetime
from training.batch import command, run

class Dies(run._SecondPass):
    def __call__(self, bucket):
        if bucket == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(bucket)

run._SecondPass = Dies
command.decide_on_tables(
    engine="shards", registry=command.Path(sys.argv[1]) / "registry", data=sys.argv[1] + "/tables",
    audience=[f"c{number}" for number in range(0, 600, 4)], channel="email", run_id="mail-7", out=sys.argv[2],
    at=datetime(2026, 5, 2, 9, tzinfo=UTC), shards=4, scratch=command.Path(sys.argv[3]),
)
"""


def test_a_run_that_was_killed_in_its_second_pass_is_finished_by_the_same_run(
    batch_folder: Path, tmp_path: Path
) -> None:
    """Half of its parts were written, and what it worked on still lies there."""
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    died = subprocess.run(
        [sys.executable, "-c", DIES_BETWEEN, str(batch_folder), str(out), str(scratch)], check=False
    )
    left = sorted(path.name for path in out.glob("decisions/*"))

    for folder in (out, tmp_path / "undisturbed"):
        decide_on_tables(
            engine="shards", registry=batch_folder / "registry", data=str(batch_folder / "tables"),
            audience=[f"c{number}" for number in range(0, 600, 4)], channel="email", run_id="mail-7",
            at=datetime(2026, 5, 2, 9, tzinfo=UTC), out=str(folder), shards=4, scratch=scratch,
        )  # fmt: skip

    assert died.returncode == -signal.SIGKILL
    assert left == ["mail-7-00000.parquet", "mail-7-00001.parquet"]
    written, expected = (
        {path.name: path.read_bytes() for path in folder.glob("decisions/*")}
        for folder in (out, tmp_path / "undisturbed")
    )
    assert written == expected
    assert len(expected) == 4
