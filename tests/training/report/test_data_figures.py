"""Who is in the data: every decision in one month and on one channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.report.data_figures import data_figures
from training.report.findings import Findings
from training.rows.split import Part


def test_every_decision_is_in_one_month(findings: Findings) -> None:
    over_time, _ = data_figures(findings)

    tested = int((findings.prepared.split.part == Part.TEST).sum())
    assert [row["when"] for row in over_time.rows] == ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]
    assert sum(row["tested"] for row in over_time.rows) == tested
    assert sum(row["learned"] for row in over_time.rows) == len(findings.prepared.rows) - tested
    assert over_time.sentence.startswith("3,600 decisions about 600 customers;")


def test_a_long_log_is_told_by_year(findings: Findings) -> None:
    prepared = findings.prepared
    stretched = prepared.rows.decided_at + (np.arange(len(prepared.rows)) * 365_000 * 100_000 // 20)
    rows = replace(prepared.rows, decided_at=stretched.astype(np.int64))
    changed = replace(findings, prepared=replace(prepared, split=replace(prepared.split, rows=rows)))

    over_time, _ = data_figures(changed)

    assert over_time.title == "Decisions by year"


def test_channels_have_decisions_and_touchpoints(findings: Findings) -> None:
    _, channels = data_figures(findings)

    by_channel = {row["channel"]: row for row in channels.rows}
    assert by_channel["E-mail"]["touchpoints"] == 0 if "E-mail" in by_channel else True
    acted = int((findings.prepared.rows.treatment > 0).sum())
    assert sum(row["decisions"] for row in channels.rows) == acted
    assert sum(row["touchpoints"] for row in channels.rows) == 3_600
