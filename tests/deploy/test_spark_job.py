"""What the Spark how-to has people run exists: the program, and every option of the command it names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click

from training.cli.train import train

ROOT = Path(__file__).parents[2]
HOW_TO = (ROOT / "docs/how-to/train-on-spark.md").read_text()
JOB = re.compile(r"local:///opt/nba/(\S+) train ((?:.|\\\n)*?)\n```")


def test_the_job_is_a_python_file_that_is_there_and_its_options_are_those_of_train() -> None:
    """`spark-submit` takes programs whose names end in .py; others it takes for Java's."""
    commands = JOB.findall(HOW_TO)
    assert commands, "the how-to shows a job on Kubernetes"
    known = {
        name for parameter in train.params if isinstance(parameter, click.Option) for name in parameter.opts
    }
    for program, arguments in commands:
        assert program.endswith(".py")
        assert (ROOT / "deploy/spark" / Path(program).name).is_file()
        assert set(re.findall(r"--[a-z-]+", arguments)) <= known


def test_the_job_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "deploy/spark/nba_job.py"), "train", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--engine" in done.stdout


def test_dynamic_allocation_is_off_where_machines_must_stay() -> None:
    assert "spark.dynamicAllocation.enabled=false" in HOW_TO
