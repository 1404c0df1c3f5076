"""What tasks of a run read lies in the work folder: each customer's bucket, and each account's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.registry import Registry
from training.batch.prepared import Run, contacts_left, prepare_run
from training.batch.requests import Mailing
from training.config import read_config
from training.shards.bucket import Task
from training.shards.one_machine import OneMachine
from training.shards.work_folder import WorkFolder

MAILING = Mailing(run_id="r", channel="email", decided_at=datetime(2026, 4, 20, 12, tzinfo=UTC))


@pytest.fixture
def run(account_folder: Path, tmp_path: Path) -> Run:
    shelf = Registry(account_folder / "registry")
    task = Task(
        journey_bytes=(account_folder / "journey.yaml").read_bytes(),
        config=read_config(account_folder / "training.yaml"),
        work=WorkFolder(str(tmp_path / "work")),
        buckets=3,
    )
    return Run(task=task, bundle=shelf.path(str(shelf.champion())), mailing=MAILING)


def test_everybody_is_in_one_bucket_and_strangers_in_the_first(
    run: Run, account_folder: Path, tmp_path: Path
) -> None:
    wanted = ["p3", "stranger", "p123", "p399"]
    prepare_run(OneMachine(), run, str(account_folder / "tables"), tmp_path / "scratch", wanted)
    parts = [run.audience(bucket) for bucket in range(3)]

    assert sorted(name for part in parts for name in part) == sorted(wanted)
    assert "stranger" in parts[0]
    assert any({"p3", "p123"} <= {*part} for part in parts), "people of one account"
    assert contacts_left(OneMachine(), run) == {}, "no channel of this journey is scarce"


def test_accounts_are_with_their_people(run: Run, account_folder: Path, tmp_path: Path) -> None:
    prepare_run(OneMachine(), run, str(account_folder / "tables"), tmp_path / "scratch", None)

    assert sum(len(run.audience(bucket)) for bucket in range(3)) == 400, "everybody has a profile"
    found = {}
    for bucket in range(3):
        own = run.task.work.read_table(f"accounts-{bucket:05}.arrow").column("account_id").to_pylist()
        found |= dict.fromkeys(own, bucket)
    assert found.keys() == {f"a{number}" for number in range(1, 90)}
    for account, bucket in found.items():
        assert f"p{account[1:]}" in run.audience(bucket)
