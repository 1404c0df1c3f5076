"""Dashboard and alerts ask for metrics and labels that exist, and each alert says what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from nba_service.app import create_app
from nba_service.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/rules.yml"
DASHBOARD = ROOT / "deploy/grafana/dashboards/nba.json"
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.fixture(scope="module")
def series() -> dict[str, set[str]]:
    """Name of every series that a scrape can show → its labels."""
    telemetry = create_app(Settings(), poll=False).extensions["nba"].telemetry
    found: dict[str, set[str]] = {}
    for name, kind, labels in telemetry.metric_names():
        if kind == "histogram":
            found |= {name + end: {*labels, *(("le",) if end == "_bucket" else ())} for end in OF_A_HISTOGRAM}
        else:
            found[name] = set(labels)
    return found


def test_every_query_asks_for_metrics_and_labels_that_exist(series: dict[str, set[str]]) -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = [*queries(), *(rule["expr"] for rule in rules())]

    for query in asked:
        names = set(re.findall(r"\bnba_\w+", query))
        assert names <= set(series), query
        assert set(re.findall(r"\bnba:[\w:]+", query)) <= recorded, query
        known = set().union(*(series[name] for name in names)) if names else set()
        for name, selected in re.findall(r"\b(nba_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selected)) <= series[name], query
        for grouped in re.findall(r"\b(?:by|on) \(([^)]*)\)", query):
            assert set(re.findall(r"\w+", grouped)) <= known, query


def test_every_metric_is_looked_at(series: dict[str, set[str]]) -> None:
    asked = " ".join([*queries(), *(rule["expr"] for rule in rules())])
    ends = re.compile(r"(_bucket|_sum|_count)\Z")

    assert {ends.sub("", name) for name in series} == {
        ends.sub("", name) for name in re.findall(r"\bnba_\w+", asked)
    }


def test_each_alert_has_its_paragraph_and_no_paragraph_is_without_one() -> None:
    page = (ROOT / "docs/how-to/monitor.md").read_text()
    alerts = [rule for rule in rules() if "alert" in rule]
    headings = re.findall(r"^### (Nba\w+)$", page, re.MULTILINE)

    assert headings == [alert["alert"] for alert in alerts]
    for alert in alerts:
        assert alert["annotations"]["runbook_url"].endswith("#" + alert["alert"].lower())
        assert alert["labels"]["severity"] in ("page", "ticket")


def test_prometheus_accepts_rules_and_configuration(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    key = tmp_path / "key"
    key.write_text("nbask_of-nobody")
    config = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    (tmp_path / "prometheus.yml").write_text(config.replace("/run/secrets/nba-key", str(key)))
    shutil.copy(RULES, tmp_path / "rules.yml")
    done = subprocess.run(
        [promtool, "check", "config", str(tmp_path / "prometheus.yml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_when_they_should_and_not_before(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    shutil.copy(RULES, tmp_path / "rules.yml")
    shutil.copy(Path(__file__).with_name("alerts_test.yml"), tmp_path / "alerts_test.yml")
    done = subprocess.run(
        [promtool, "test", "rules", "alerts_test.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
