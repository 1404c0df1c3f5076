"""The cache changes how long a training takes and nothing else."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.registry import Registry
from training.config import TrainingConfig, read_config
from training.run.cache import Cache
from training.run.dataset import load_dataset
from training.run.inputs import read_tables
from training.run.learning import Task
from training.run.pipeline import Run, train
from training.run.progress import Progress

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def folder(log_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(log_folder, tmp_path / "log"))


@pytest.fixture
def config(folder: Path) -> TrainingConfig:
    return read_config(folder / "training.yaml")


def read(config: TrainingConfig, folder: Path, kept: Cache) -> tuple[Any, set[str]]:
    """The tables, and the stages that ran."""
    progress = Progress()
    _, _, validated = read_tables(config, folder, progress, kept)
    return validated, {*progress.seconds}


def test_tables_come_back_as_they_were(config: TrainingConfig, folder: Path, tmp_path: Path) -> None:
    kept = Cache(root=tmp_path / "cache")
    made, stages = read(config, folder, kept)
    again, later = read(config, folder, kept)

    assert stages == {"load", "validate"}
    assert later == {"tables of an earlier run"}
    assert all(
        mine.equals(theirs)
        for (_, mine), (_, theirs) in zip(made.tables.items(), again.tables.items(), strict=True)
    )
    assert (made.rejects, made.customers_made, dict(made.rows_read)) == (
        again.rejects,
        again.customers_made,
        dict(again.rows_read),
    )


def test_fresh_makes_them_again(config: TrainingConfig, folder: Path, tmp_path: Path) -> None:
    read(config, folder, Cache(root=tmp_path / "cache"))

    _, stages = read(config, folder, Cache(root=tmp_path / "cache", fresh=True))

    assert stages == {"load", "validate"}


def test_half_an_entry_is_made_again(tmp_path: Path) -> None:
    kept = Cache(root=tmp_path)
    make = lambda: {"x": np.arange(3.0)}  # noqa: E731 - one line, used thrice
    kept.arrays("k", make)
    (entry,) = tmp_path.iterdir()
    (entry / "x.npy").write_bytes(b"torn")

    arrays, before = kept.arrays("k", make)

    assert not before
    assert arrays["x"].tolist() == [0, 1, 2]
    assert kept.arrays("k", make)[1]
    assert [path.name for path in tmp_path.iterdir()] == [entry.name]


def test_a_training_from_the_cache_gives_the_same_bundle(
    config: TrainingConfig, folder: Path, tmp_path: Path
) -> None:
    """Same content, same verdict, same report: only stages and times differ."""
    found = []
    for run in ("one", "two"):
        progress = Progress()
        kept = Cache(root=tmp_path / "cache")
        dataset = load_dataset(config, folder, progress, kept)
        one_training = Run(
            task=Task(dataset=dataset, seed=3, progress=progress, cache=kept),
            registry=Registry(tmp_path / run),
            reports=tmp_path / "reports",
            now=NOW,
        )
        result = train(one_training)
        report = json.loads((result.reports / "report.json").read_text())
        found.append((result.manifest.content_sha256, report["figures"], result.manifest.to_bytes()))

    assert found[0] == found[1]


KILLED = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from models.registry import Registry
from training.fit import fit
from training.run import measuring
from training.run.cache import Cache
from training.run.dataset import load_dataset
from training.run.learning import Task
from training.run.pipeline import Run, train
from training.config import read_config
from training.run.progress import Progress

module, name, folder, out = sys.argv[1:]

def hang(*_, **__):
    print("hanging", flush=True)
    time.sleep(600)

setattr({"fit": fit, "measuring": measuring}[module], name, hang)
kept = Cache(root=Path(out) / "cache")
dataset = load_dataset(read_config(Path(folder) / "training.yaml"), Path(folder), Progress(), kept)
train(Run(
    task=Task(dataset=dataset, seed=3, progress=Progress(), cache=kept),
    registry=Registry(Path(out) / "registry"), reports=Path(out) / "reports",
    now=datetime(2026, 11, 20, tzinfo=UTC),
))
"""


def trained(config: TrainingConfig, folder: Path, out: Path, kept: Cache) -> tuple[str, set[str]]:
    """Hash of the bundle's content, and the stages that ran."""
    progress = Progress()
    dataset = load_dataset(config, folder, progress, kept)
    run = Run(
        task=Task(dataset=dataset, seed=3, progress=progress, cache=kept),
        registry=Registry(out / "registry"),
        reports=out / "reports",
        now=NOW,
    )
    result = train(run)
    return result.manifest.content_sha256, {*progress.seconds}


@pytest.mark.parametrize(
    ("module", "killed_in", "fitted"),
    [
        ("fit", "fit_transition_model", ["response"]),
        ("fit", "fit_value_model", ["response", "transition"]),
        ("measuring", "score_rows", ["response", "transition", "value", "effects in money"]),
    ],
)
def test_a_training_that_was_killed_goes_on_behind_its_last_fit(
    config: TrainingConfig, folder: Path, tmp_path: Path, module: str, killed_in: str, fitted: list[str]
) -> None:
    """A real process, killed with signal 9; what it fitted is used, and the bundle is the undisturbed one."""
    started = subprocess.Popen(
        [sys.executable, "-c", KILLED, module, killed_in, folder, tmp_path / "killed"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "hanging\n"
    started.send_signal(signal.SIGKILL)
    started.communicate()
    assert not (tmp_path / "killed" / "registry" / "bundles").exists()

    said: list[str] = []
    kept = Cache(root=tmp_path / "killed" / "cache", say=said.append)
    resumed, stages = trained(config, folder, tmp_path / "killed", kept)
    undisturbed, all_stages = trained(config, folder, tmp_path / "undisturbed", Cache())

    names = ["response", "transition", "value", "effects in money"]
    assert {s for s in stages if s.startswith("fit ")} == {f"fit {n}" for n in names if n not in fitted}
    assert {f"{name} of an earlier run" for name in fitted} < stages
    assert {f"fit {name}" for name in names} < all_stages
    assert resumed == undisturbed
    assert not said


def test_what_the_fit_drew_is_drawn_again_by_nobody(tmp_path: Path) -> None:
    """Behind a model from the cache the generator stands where the fit had left it."""

    class Drawn:
        def __init__(self, number: int) -> None:
            self.number = number

        def to_files(self) -> dict[str, bytes]:
            return {"number": str(self.number).encode()}

    def run() -> tuple[int, bool, int]:
        rng = np.random.default_rng(1)
        model, before = Cache(root=tmp_path).fit(
            "drawn",
            "k",
            lambda: Drawn(int(rng.integers(1_000))),
            lambda files: Drawn(int(files["number"])),
            rng,
        )
        return model.number, before, int(rng.integers(1_000))

    first, second = run(), run()

    assert (first[1], second[1]) == (False, True)
    assert (first[0], first[2]) == (second[0], second[2])
    assert first[0] != first[2]


def damaged(entry: Path) -> None:
    (entry / "response_table.npy").write_bytes((entry / "response_table.npy").read_bytes()[:-1] + b"?")


def of_another_run(entry: Path) -> None:
    about = json.loads((entry / "done.json").read_text())
    (entry / "done.json").write_text(json.dumps({**about, "key": "0" * 64}))


def without_a_file(entry: Path) -> None:
    (entry / "response_knots.npy").unlink()


def without_an_end(entry: Path) -> None:
    (entry / "done.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (damaged, "response_table.npy is not what was written"),
        (of_another_run, "it holds the fit 'response' of another run"),
        (without_a_file, "response_knots.npy"),
        (without_an_end, "done.json"),
    ],
)
def test_a_spoilt_fit_is_not_used_and_that_is_said(
    config: TrainingConfig, folder: Path, tmp_path: Path, spoil: Any, reason: str
) -> None:
    first, _ = trained(config, folder, tmp_path / "one", Cache(root=tmp_path / "cache"))
    (entry,) = (tmp_path / "cache").glob("response-*")
    spoil(entry)

    said: list[str] = []
    kept = Cache(root=tmp_path / "cache", say=said.append)
    again, stages = trained(config, folder, tmp_path / "two", kept)

    assert [reason in text for text in said] == [True]
    assert {s for s in stages if s.startswith("fit ")} == {"fit response"}
    assert again == first
