"""What the log could show, and how long it takes to know more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from training.report.findings import Findings
from training.report.power_figures import power_figures


def with_minus(findings: Findings, minus: dict[str, Any]) -> Findings:
    provenance = findings.manifest.provenance
    value = {**provenance.metrics["policy_value"], "ours_minus": minus}
    metrics = {**provenance.metrics, "policy_value": value}
    return replace(
        findings, manifest=replace(findings.manifest, provenance=replace(provenance, metrics=metrics))
    )


def estimate(value: float, error: float) -> dict[str, float]:
    return {"value": value, "low": value - 1.959964 * error, "high": value + 1.959964 * error}


def test_each_policy_has_the_smallest_difference_that_would_show(findings: Findings) -> None:
    """An error of 0.1 shows 2.8 times as much in four of five logs."""
    (figure,) = power_figures(with_minus(findings, {"do nothing": estimate(0.56, 0.1)}))

    (row,) = figure.rows
    assert row["detectable"] == pytest.approx(0.28016, abs=1e-4)
    assert "0.280 EUR per decision or more shows in four of five logs" in figure.sentence
    assert "the one found, +0.560, is large enough" in figure.sentence


def test_a_small_difference_says_how_many_customers_and_days(findings: Findings) -> None:
    (figure,) = power_figures(with_minus(findings, {"logging policy": estimate(0.14, 0.1)}))

    (row,) = figure.rows
    assert row["customers"] > 1_000
    assert f"needs {row['customers']:,} customers" in figure.sentence


def test_nobody_waits_for_ten_years(findings: Findings) -> None:
    (figure,) = power_figures(with_minus(findings, {"do nothing": estimate(0.0001, 0.1)}))

    assert figure.rows[0]["customers"] is None
    assert "too small to wait for" in figure.sentence


def test_a_policy_that_does_the_same_is_left_out(findings: Findings) -> None:
    same = {"value": 0.0, "low": 0.0, "high": 0.0}

    assert list(power_figures(with_minus(findings, {"do nothing": same}))) == []
