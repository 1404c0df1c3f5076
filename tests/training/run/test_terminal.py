"""The figures of a training on the terminal, refusals included."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from models.bundle.gate import GateCheck
from models.registry import Registry
from training.cli import train
from training.config import read_config
from training.run.inputs import read_tables
from training.run.progress import Progress
from training.run.result import TrainingResult
from training.run.terminal import show


@pytest.fixture(scope="module")
def result(log_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    root = tmp_path_factory.mktemp("terminal")
    asked = [
        "--config",
        log_folder / "training.yaml",
        "--data",
        log_folder,
        "--json",
        "--registry",
        root / "r",
    ]
    done = CliRunner().invoke(train, [str(each) for each in asked], catch_exceptions=False)
    manifest = Registry(root / "r").load(json.loads(done.stdout)["bundle_id"]).manifest
    journey, _, validated = read_tables(read_config(log_folder / "training.yaml"), log_folder, Progress())
    return TrainingResult(
        manifest=manifest,
        promoted="the first bundle of this registry",
        refused=(),
        reports=root / "reports",
        seconds={},
        validated=validated,
        journey=journey,
    )


def shown(result: TrainingResult) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    show(result, console)
    return console.export_text()


def with_metrics(result: TrainingResult, **changed: Any) -> TrainingResult:
    own = result.manifest.provenance
    provenance = replace(own, metrics={**own.metrics, **changed})
    return replace(result, manifest=replace(result.manifest, provenance=provenance))


def test_every_figure_has_its_baseline_beside_it(result: TrainingResult) -> None:
    said, metrics = shown(result), result.manifest.provenance.metrics
    overall = metrics["response"]["overall"]

    line = next(each for each in said.splitlines() if each.strip().startswith("all actions"))
    for key in ("base_rate", "auc", "table_auc", "log_loss", "base_rate_log_loss"):
        assert f"{overall[key]:.4f}" in line
    assert "random split (customers at random)" in said
    for title in (
        "Data and rows",
        "Response by phase",
        "Next phase",
        "Policy value",
        "Gate, compared with no",
    ):
        assert title in said
    assert f"Reports: {result.reports}" in said


@pytest.mark.parametrize(
    ("promoted", "refused", "end"),
    [
        ("asked for", False, "promoted: asked for"),
        (None, False, "not promoted; `nba promote {} --reason WHY` makes it decide"),
        (None, True, "the gate refuses it; `nba promote {} --force --reason WHY` overrules it"),
        ("the first", True, "another would have been refused for drift"),
    ],
)
def test_the_last_line_says_what_became_of_it(
    result: TrainingResult, promoted: str | None, refused: bool, end: str
) -> None:
    check = GateCheck(name="drift", value=1.0, threshold=0.5, passed=False, sentence="It drifts.")
    changed = replace(result, promoted=promoted, refused=(check,) if refused else ())

    last = " ".join(shown(changed).strip().splitlines()[-1:])

    assert end.format(result.manifest.bundle_id) in last


def test_what_cannot_be_known_is_said_instead_of_a_table(result: TrainingResult) -> None:
    blind = {"identifiable": False, "reason": "no action probabilities"}

    said = shown(with_metrics(result, policy_value=blind, journey_value=None, notes=["it is so"]))

    assert "Policy value: no action probabilities." in said
    assert "Note: it is so." in said
    assert "Journey value" not in said


def test_an_estimate_shows_its_interval_and_a_refusal_its_reason(result: TrainingResult) -> None:
    refused = {"effective_sample_size": 3.0, "largest_weight": 9.0, "refused": ["no overlap"]}
    known = {"dr": {"value": 2.0, "low": 1.0, "high": 3.0}, **refused, "refused": []}
    value = {"identifiable": True, "unit": "EUR", "rows": 5, "measured": "m", "ours_minus": {},
             "policies": {"ours": known, "random": refused}}  # fmt: skip

    said = shown(with_metrics(result, policy_value=value))

    assert "2.00 (1.00 to 3.00)" in said
    assert "no overlap" in said
