"""Reports of two runs on the small log, and what a report is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from models.bundle import Models
from models.registry import Registry
from training.cli import train
from training.config import read_config
from training.evaluation.figures.predictions import predict
from training.evaluation.figures.scored_rows import score_rows
from training.fit.prepared import Prepared
from training.gate.contest import choose_all, contestants
from training.report.findings import Findings
from training.run.inputs import read_tables
from training.run.progress import Progress


@pytest.fixture(scope="session")
def reports(log_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of two runs on the small log: a first bundle, and one next to its champion."""
    root = tmp_path_factory.mktemp("reports")
    folders = []
    for name in ("first", "second"):
        arguments = ["--config", log_folder / "training.yaml", "--data", log_folder, "--json"]
        arguments += ["--registry", root / "registry", "--reports", root / name]
        done = CliRunner().invoke(train, [str(a) for a in arguments], catch_exceptions=False)
        assert done.exit_code == 0
        folders.append(root / name / json.loads(done.stdout)["bundle_id"])
    return folders


@pytest.fixture(scope="session")
def page(reports: list[Path]) -> str:
    return (reports[1] / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def content(reports: list[Path]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((reports[1] / "report.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="session")
def findings(log_folder: Path, reports: list[Path], trained: tuple[Prepared, Models]) -> Findings:
    """What the second run found out, with the first one's bundle as the champion."""
    prepared, models = trained
    registry = Registry(reports[0].parents[1] / "registry")
    config = read_config(log_folder / "training.yaml")
    tables = read_tables(config, log_folder, Progress())[2].tables
    champion = registry.load(reports[0].name)
    scored = score_rows(prepared, models, None, np.random.default_rng(1))
    contest = contestants(prepared, models, champion, tables)
    return Findings(
        prepared=prepared,
        models=models,
        manifest=registry.load(reports[1].name).manifest,
        predictions=predict(prepared, models),
        contest=contest,
        choices=choose_all(contest, scored, np.random.default_rng(2)),
        champion=champion,
    )
