"""What the Spark how-to has people run exists: the program, and every option of the command it names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from nba_service.cli import main
from training.cli.train import train

ROOT = Path(__file__).parents[2]
HOW_TO = (ROOT / "docs/how-to/train-on-spark.md").read_text()
RETRAIN = (ROOT / "deploy/spark/retrain.yaml").read_text()
JOB = re.compile(r"local:///opt/nba/(\S+) train ((?:.|\\\n)*?)\n(?:```|\s*nba )")


def test_the_job_is_a_python_file_that_is_there_and_its_options_are_those_of_train() -> None:
    """`spark-submit` takes programs whose names end in .py; others it takes for Java's."""
    commands = JOB.findall(HOW_TO) + JOB.findall(RETRAIN)
    assert len(commands) == 2, "the how-to shows a job on Kubernetes, and one runs every week"
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
    assert "spark.dynamicAllocation.enabled=false" in RETRAIN


@pytest.mark.parametrize("version", ["1.27", "1.37"])
def test_kubernetes_knows_every_field_of_the_weekly_job(version: str) -> None:
    schemas = pytest.importorskip("kubernetes_validate", reason="not installed (requirements-deploy.lock)")

    for one in yaml.safe_load_all(RETRAIN):
        schemas.validate(one, version, strict=True)


def test_the_weekly_job_exports_trains_promotes_and_hands_the_registry_on() -> None:
    """Each step is a command that there is; executors see the volume of the driver, by its right."""
    objects: dict[str, Any] = {one["kind"]: one for one in yaml.safe_load_all(RETRAIN)}
    pod = objects["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    driver = pod["containers"][0]
    script = driver["args"][0]
    steps = [" ".join(words) for words in re.findall(r"^nba (\w+)(?: (pull|push))?", script, re.MULTILINE)]
    mounted = {mount["name"]: mount["mountPath"] for mount in driver["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    claim = volumes["nba"]["persistentVolumeClaim"]["claimName"]

    assert steps == ["registry pull", "export ", "registry push"]
    assert all(main.get_command(click.Context(main), step.split()[0]) for step in steps)
    assert script.index("nba export") < script.index(" train ") < script.index("nba registry push")
    assert "--promote" in JOB.findall(RETRAIN)[0][1]
    assert f"persistentVolumeClaim.nba.mount.path={mounted['nba']} " in script
    assert f"persistentVolumeClaim.nba.options.claimName={claim} " in script
    assert pod["serviceAccountName"] == objects["ServiceAccount"]["metadata"]["name"]
    assert objects["RoleBinding"]["subjects"][0]["name"] == objects["ServiceAccount"]["metadata"]["name"]
    assert objects["RoleBinding"]["roleRef"]["name"] == objects["Role"]["metadata"]["name"]
