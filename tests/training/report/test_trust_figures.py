"""Figures of trust: which panels there are, and what each sentence says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.report.findings import Findings
from training.report.trust_figures import FEWEST, feature_figure, trust_figures


def test_every_panel_is_of_enough_rows_and_every_row_is_in_one(findings: Findings) -> None:
    figures = {figure.name: figure for figure in trust_figures(findings)}
    contacts = len(findings.predictions.response)

    overall = figures["calibration"].rows
    assert {row["panel"] for row in overall} == {"all contacts"}
    assert sum(row["rows"] for row in overall) == contacts
    assert all(row["low"] <= row["happened"] <= row["high"] for row in overall)
    promised = [row["promised"] for row in overall]
    assert promised == sorted(promised)
    for row in figures["calibration_by_action"].rows:
        panel = [each for each in figures["calibration_by_action"].rows if each["panel"] == row["panel"]]
        assert sum(each["rows"] for each in panel) >= FEWEST


def test_without_later_contacts_the_sentence_says_so(findings: Findings) -> None:
    nobody = np.empty(0, dtype=np.int64)
    predictions = replace(findings.predictions, response_rows=nobody, response=nobody, propensity=np.empty(0))
    own = findings.manifest.provenance
    response = {**own.metrics["response"], "overall": {"calibration_error": None}}
    manifest = replace(
        findings.manifest, provenance=replace(own, metrics={**own.metrics, "response": response})
    )

    first = next(iter(trust_figures(replace(findings, predictions=predictions, manifest=manifest))))

    assert first.sentence == "There are no later contacts whose response is known."
    assert first.rows == []


def test_without_trees_there_are_no_features_to_show(findings: Findings) -> None:
    models = replace(findings.models, response=replace(findings.models.response, trees_text=None))
    figures = {figure.name: figure for figure in trust_figures(replace(findings, models=models))}

    assert figures["features"].rows == []
    assert "no trees" in figures["features"].sentence


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (["Action", "Annual kWh"], "Annual kWh tells most"),
        (["Phase"], "nothing else tells most"),
        ([], "no trees"),
    ],
)
def test_the_feature_that_tells_most_is_none_the_tables_start_from(labels: list[str], named: str) -> None:
    rows = [{"label": label, "share": 0.5} for label in labels]
    assert named in feature_figure("features", "the response", rows).sentence
