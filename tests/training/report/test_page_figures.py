"""Figures for pages: JSON values by phase that add up, of a few kilobytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.registry import Registry
from training.report.findings import Findings
from training.report.page_figures import page_figures


@pytest.fixture(scope="module")
def figures(findings: Findings) -> dict[str, list[dict[str, object]]]:
    return page_figures(findings.prepared, findings.models, findings.predictions, findings.choices)


def test_they_are_small_and_json(figures: dict[str, object]) -> None:
    assert set(figures) == {"moves", "effects", "phases", "promises"}
    assert 500 < len(json.dumps(figures, allow_nan=False)) < 20_000


def test_every_customer_is_in_one_phase(findings: Findings, figures: dict[str, list[dict[str, int]]]) -> None:
    phases = findings.prepared.journey.phases

    assert [row["phase"] for row in figures["phases"]] == [phase.name for phase in phases]
    assert sum(row["customers"] for row in figures["phases"]) == findings.prepared.trace.history.n_customers


def test_days_in_a_phase_grow_with_the_share_who_left(
    figures: dict[str, list[dict[str, list[float]]]],
) -> None:
    told = [row["days"] for row in figures["phases"] if row["days"] is not None]

    assert told
    assert all(days == sorted(days) and len(days) == 5 for days in told)


def test_a_published_bundle_carries_them(reports: list[Path]) -> None:
    registry = Registry(reports[0].parents[1] / "registry")
    manifest = next(entry.manifest for entry in registry.bundles() if entry.manifest is not None)

    assert manifest.provenance.extra["figures"]["moves"]
