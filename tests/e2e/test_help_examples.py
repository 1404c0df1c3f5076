"""Every example that a `--help` shows is run as it stands.

In a folder of its own, with what the examples speak of: a history, two bundles, a stored decision, a key.
Only names that each installation gives by itself (ids of bundles and keys, the head of the audit log) are
replaced.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parents[1]))

import doc_pages  # helpers of tests are not installed

ROOT = Path(__file__).parents[2]
SOLAR = ROOT / "examples" / "solar"
BUNDLE, KEY, HEAD = "2026-11-20T02-00Z-4f1c", "key-3f9c0a17d2b4", "12:9f86d0…"
SERVICE = "http://127.0.0.1:8000"
TRIAL = 'nba promote 2026-11-20T02-00Z-4f1c --as challenger --share 0.1 --force --reason "a trial"'
TRAIN = "nba train --config examples/solar/training.yaml --data var/solar"
SIMULATE = "nba simulate --world examples/solar/simulator.yaml --customers 20000 --out var/solar"
OLD_LINE = """echo '{"event": "challenger", "reason": "as 0.2 wrote it"}' >> var/registry/promotions.jsonl"""
BUCKET = "s3://company/nba"
PUSH = f"nba registry push {BUCKET}"
OF_THE_QUICKSTART = {
    "customer_id": "c-1042",
    "channels": ["email"],
    "profile": {
        "attributes": {"home_owner": True, "first_name": "Ada"},
        "consent": {"personalization": True, "email": True},
    },
    "context": {"locale": "de-AT"},
    "decision_id": "mail-77/c-1042",
    "deferred": True,
}
"""The decision of docs/quickstart/email.md, whose id examples name; its test asks the same service."""
BEFORE = {
    "nba rollback --as challenger": TRIAL,
    TRAIN: SIMULATE,
    "nba audit repair": OLD_LINE,
    "nba registry pull": PUSH,
}
"""Beginnings of examples → what comes before."""

SMALL = {
    "--customers 20000": "--customers 200",
    "nba rollout ": "nba rollout --customers 40 --steps 3 ",
    f"nba promote {BUNDLE} --as": f"nba promote {BUNDLE} --force --as",
    f"nba promote {BUNDLE} --reason": f"nba promote {BUNDLE} --force --reason",
}
"""Counts that take minutes, and what stands for them here; the gate refuses bundles of so few customers."""


def examples() -> Iterator[str]:
    """Lines that begin with `nba`; two blanks begin what is said about one."""
    for text in doc_pages.help_texts().values():
        for line in re.findall(r"^ +(nba .+)$", text, re.MULTILINE):
            yield re.split(r" {2,}", line.strip())[0]


EXAMPLES = sorted(set(examples()))


@pytest.fixture(scope="session")
def bench(product: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that every example gets a copy of; its champion is the second of two bundles."""
    root: Path = tmp_path_factory.mktemp("bench")
    product.decide(**OF_THE_QUICKSTART)
    (root / "var/demo").mkdir(parents=True)
    (root / "examples").symlink_to(ROOT / "examples")
    (root / "var/demo/history").symlink_to(product.root / "history")
    for folder in ("registry", "cache"):
        shutil.copytree(product.root / folder, root / "var" / folder)
    (root / "history").symlink_to(product.root / "history")
    for path in (SOLAR / "journey.yaml", SOLAR / "training.yaml", *SOLAR.glob("*.py"), *SOLAR.glob("*.csv")):
        shutil.copy(path, root)
    (root / "exports").mkdir()
    (root / "exports/customers.csv").write_text("customer_id,age\n" + rows("{0},{1}"))
    (root / "exports/mailings.csv").write_text("customer_id,sent,campaign\n" + rows("{0},2026-03-0{2},{3}"))
    (root / "exports/orders.csv").write_text(
        "customer_id,ordered_at,event\n" + rows("{0},2026-03-12,ordered")
    )
    for name in ("audience.csv", "tomorrow.csv", "all.csv"):
        (root / name).write_text("customer_id\nc-1042\nc-7\n")
    (root / "letters.csv").write_text("age,arm,spent\n" + "".join(letters()))
    source, copy = sqlite3.connect(product.root / "nba.sqlite"), sqlite3.connect(root / "var/nba.sqlite")
    with closing(source), closing(copy):
        source.backup(copy)
    first = product.first_bundle
    train = "nba train --config examples/solar/training.yaml --data var/demo/history --seed 5 --json"
    second = run(root, f"{train} | jq -r .bundle_id").strip()
    run(root, f"nba promote {second} --force --reason 'one more'")
    run(root, "nba export --out var/export")
    run(root, "nba keys create shop --scope decide")
    key = run(root, "nba keys list --json | jq -r '.[] | select(.name == \"shop\").key_id'").strip()
    head = run(root, "nba audit verify --json | jq -r .head").strip()
    (root / "names").write_text(f"{first}\n{key}\n{head}\n{product.url}")
    return root


@pytest.fixture
def desk(bench: Path, tmp_path: Path) -> Path:
    """A copy in which an example may change what it likes."""
    copied: Path = shutil.copytree(bench, tmp_path / "desk", symlinks=True)
    return copied


def rows(form: str) -> str:
    """Lines of a file of customers who got one of two campaigns."""
    return "".join(form.format(f"c-{i}", 20 + i, 1 + i % 9, "ab"[i % 2]) + "\n" for i in range(60))


def letters() -> Iterator[str]:
    """An experiment: of two letters and none, the older ones spend on the first."""
    for i in range(900):
        arm = ("no letter", "garden", "kitchen")[i % 3]
        yield f"{20 + i % 60},{arm},{30 if arm == 'garden' and i % 60 > 30 and i % 4 else i % 5}\n"


def environment() -> dict[str, str]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("NBA_")}
    return {**settings, "PATH": f"{Path(sys.executable).parent}:{settings['PATH']}"}


def run(folder: Path, command: str) -> str:
    shell = ["bash", "-o", "pipefail", "-c", command]
    done = subprocess.run(shell, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    if "EXTRA_MISSING" in done.stderr or "No module named 'fsspec'" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def here(folder: Path, command: str) -> str:
    """The example with the names of this installation, and at a size for tests."""
    bundle, key, head, url = (folder / "names").read_text().split("\n")
    names = {BUNDLE: bundle, KEY: key, HEAD: head, SERVICE: url, BUCKET: f"file://{folder}/bucket"}
    for name, own in {**SMALL, **names}.items():
        command = command.replace(name, own)
    return command


def test_helps_have_examples() -> None:
    assert len(EXAMPLES) >= 45


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("example", [example for example in EXAMPLES if "nba serve" not in example])
def test_an_example_works(desk: Path, example: str) -> None:
    for beginning, other in BEFORE.items():
        if example.startswith(beginning):
            run(desk, here(desk, other))

    run(desk, here(desk, example))


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
@pytest.mark.parametrize("example", [example for example in EXAMPLES if "nba serve" in example])
def test_an_example_that_serves_answers(desk: Path, free_port: int, example: str) -> None:
    command = re.sub(r"--port \d+", "", example) + f" --port {free_port}"
    service = subprocess.Popen(command.split(), cwd=desk, env=environment(), stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and service.poll() is None:
            try:
                requests.get(f"http://127.0.0.1:{free_port}/readyz", timeout=1).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.1)
        assert service.poll() is None
    finally:
        service.send_signal(signal.SIGINT)
    assert service.wait(timeout=30) == 0
