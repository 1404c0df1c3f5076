"""Figures of value: order, refusals in words, and a curve that ends where acting on everybody ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from training.report.findings import Findings
from training.report.value_figures import POINTS, champion_figures, uplift_rows, value_figures


def with_metrics(findings: Findings, **changed: Any) -> Findings:
    own = findings.manifest.provenance
    return replace(
        findings,
        manifest=replace(findings.manifest, provenance=replace(own, metrics={**own.metrics, **changed})),
    )


def figures(findings: Findings) -> dict[str, Any]:
    return {figure.name: figure for figure in value_figures(findings, np.random.default_rng(1))}


def test_policies_are_ordered_by_what_they_earn_and_ours_is_marked(findings: Findings) -> None:
    rows = figures(findings)["policy_value"].rows
    values = [row["value"] for row in rows if row["value"] is not None]

    assert values == sorted(values, reverse=True)
    assert [row["policy"] for row in rows if row["ours"]] == ["this bundle"]


def policy(value: float | None, refused: tuple[str, ...] = ()) -> dict[str, Any]:
    known = {} if value is None else {"dr": {"value": value, "low": value - 1, "high": value + 1}}
    return {**known, "effective_sample_size": 10.0, "refused": list(refused)}


def values(policies: dict[str, Any]) -> dict[str, Any]:
    return {"identifiable": True, "unit": "EUR per decision", "rows": 10, "policies": policies}


def test_stated_gains_stand_beside_what_came_of_them(findings: Findings) -> None:
    groups = [
        {"decisions": 500, "stated": 1.0, "value": 1.2, "low": 0.8, "high": 1.6},
        {"decisions": 500, "stated": 3.0, "value": 1.5, "low": 1.0, "high": 2.0},
    ]
    told = figures(
        with_metrics(findings, policy_value=values({"ours": policy(2.0)}) | {"stated_gains": groups})
    )["stated_gains"]

    assert told.sentence.startswith("In 1 of 2 groups")
    assert [row["label"] for row in told.rows][1] == "stated 3.00, over 500 decisions"


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ({"ours": policy(2.0)}, "worth 2.00 EUR per decision (95 % interval 1.00 to 3.00)"),
        ({"ours": policy(None, ("no overlap",)), "random": policy(1.0)}, "of others it can"),
        ({"ours": policy(None, ("no overlap",))}, "cannot tell what any of these policies"),
    ],
)
def test_the_sentence_says_what_the_log_can_tell(
    findings: Findings, policies: dict[str, Any], said: str
) -> None:
    told = figures(with_metrics(findings, policy_value=values(policies)))["policy_value"]

    assert said in told.sentence
    assert [row["refused"] for row in told.rows][-1] == "; ".join(policies["ours"]["refused"])


def test_a_log_without_probabilities_has_no_policy_values(findings: Findings) -> None:
    blind = with_metrics(findings, policy_value={"identifiable": False}, journey_value=None)
    unweighted = replace(blind, choices=replace(blind.choices, expected=None))

    assert figures(unweighted) == {}


def test_journeys_that_cannot_be_valued_say_why(findings: Findings) -> None:
    refused = {"ours": policy(None, ("too few effective journeys",))}
    value = {"unit": "EUR per journey", "decisions": 3, "journeys": 40, "policies": refused}

    told = figures(with_metrics(findings, journey_value=value))["journey_value"]

    assert told.sentence.endswith("this log cannot tell: too few effective journeys.")
    assert told.title == "What each policy earns over 3 decisions in a row"


def test_the_curve_starts_at_nothing_and_ends_where_all_are_acted_on(findings: Findings) -> None:
    rows = uplift_rows(findings, np.random.default_rng(3))

    assert len(rows) == POINTS + 1
    assert (rows[0]["value"], rows[0]["low"], rows[0]["high"]) == (0.0, 0.0, 0.0)
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    choices, logged = findings.choices, findings.prepared.rows.take(findings.choices.rows)
    assert choices.expected is not None
    each = np.arange(len(logged))
    took = (logged.treatment == choices.ours).astype(float) - (logged.treatment == 0)
    surprise = logged.reward - choices.expected[each, logged.treatment]
    gain = choices.expected[each, choices.ours] - choices.expected[:, 0]
    assert rows[-1]["value"] == pytest.approx(
        float((gain + took / logged.action_probability * surprise).mean()), abs=1e-5
    )


def test_few_decisions_have_no_curve(findings: Findings) -> None:
    few = replace(
        findings.choices,
        **{
            name: getattr(findings.choices, name)[:50]
            for name in ("rows", "ours", "over_nothing", "theirs", "expected")
        },
    )

    assert uplift_rows(replace(findings, choices=few), np.random.default_rng(1)) == []


def test_the_gate_and_the_champions_figures(findings: Findings) -> None:
    gate, before = champion_figures(findings)
    checks = findings.manifest.provenance.extra["gate"]["checks"]

    assert [row["check"] for row in gate.rows] == [check["name"] for check in checks]
    assert all(row["champion"] == row["new"] for row in before.rows)  # the same data, trained twice
    assert [figure.name for figure in champion_figures(replace(findings, champion=None))] == ["gate"]
