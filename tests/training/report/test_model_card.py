"""Summary, limits and card say what the metrics say, refusals included."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from training.fit.advantage.served import Contest
from training.report.findings import Findings
from training.report.model_card import limits, model_card, summary

CHECK = {"name": "drift", "passed": True, "sentence": "It drifts."}


def changed(findings: Findings, checks: list[dict[str, Any]] | None = None, **metrics: Any) -> Findings:
    own = findings.manifest.provenance
    extra = own.extra if checks is None else {**own.extra, "gate": {**own.extra["gate"], "checks": checks}}
    provenance = replace(own, metrics={**own.metrics, **metrics}, extra=extra)
    return replace(findings, manifest=replace(findings.manifest, provenance=provenance))


def worth(**policies: Any) -> dict[str, Any]:
    return {"identifiable": True, "unit": "EUR per decision", "policies": policies}


OURS = {"dr": {"value": 2.0, "low": 1.5, "high": 2.5}, "refused": []}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (worth(ours=OURS), "It is worth 2.00 EUR per decision (95 % interval 1.50 to 2.50)."),
        (
            worth(ours=OURS, **{"logging policy": {"snips": {"value": 1.0}, "refused": []}}),
            "It is worth 2.00 EUR per decision (95 % interval 1.50 to 2.50); "
            "what was really done earned 1.00.",
        ),
        (
            worth(ours={"refused": ["no overlap", "few rows"]}),
            "What it earns cannot be told from this log: no overlap; few rows.",
        ),
        (
            {"identifiable": False, "reason": "no probabilities"},
            "What it earns cannot be told from this log: no probabilities.",
        ),
    ],
)
def test_what_it_earns_in_one_sentence(findings: Findings, value: dict[str, Any], said: str) -> None:
    assert summary(changed(findings, policy_value=value))[3] == said


CONTEST = Contest(ranks=True, money=12.0, phases=-3.0, decisions=5_000, phase_share=0.8)


@pytest.mark.parametrize(
    ("contest", "said"),
    [
        (CONTEST, "Decisions rank by effects learned directly in money: 5,000 later decisions say +12.0"),
        (replace(CONTEST, ranks=False), "Decisions rank by responses and next phases: 5,000 later decisions"),
        (
            replace(CONTEST, phase_share=0.0),
            "It does nothing wherever it may: no effect of a treatment can be",
        ),
        (
            Contest(ranks=False, reason="the log is small"),
            "Decisions rank by responses and next phases: the log is small.",
        ),
        (
            replace(CONTEST, ranks=False, floor="do nothing"),
            "A simple policy is surely better than what was learned from this log, so the bundle is that "
            "policy: do nothing.",
        ),
    ],
)
def test_the_first_line_tells_what_decisions_rank_by(findings: Findings, contest: Contest, said: str) -> None:
    told = summary(changed(findings, effects_in_money=contest.to_json()))[1]

    assert told.startswith(said)
    assert told.endswith(".")


@pytest.mark.parametrize(
    ("contest", "said"),
    [
        (
            replace(CONTEST, with_champion=14.0, champion="2026-05-03"),
            "They start from those of the champion 2026-05-03.",
        ),
        (replace(CONTEST, with_champion=3.0), "Started from the champion's effects they would say +3.0."),
        (replace(CONTEST, not_carried="it has none"), "They do not start from the champion's: it has none."),
    ],
)
def test_it_says_whether_effects_start_from_those_of_the_champion(
    findings: Findings, contest: Contest, said: str
) -> None:
    assert summary(changed(findings, effects_in_money=contest.to_json()))[1].endswith(said)


@pytest.mark.parametrize(
    ("contest", "said"),
    [
        (
            replace(CONTEST, with_belief=14.0, misread=0.204),
            "Phases are probably stated wrongly in 20% of decisions, so they are believed, not known.",
        ),
        (
            replace(CONTEST, with_belief=-14.0),
            "Stated phases are probably wrong at times, but believing them less explains later rows worse.",
        ),
    ],
)
def test_it_says_whether_phases_are_believed(findings: Findings, contest: Contest, said: str) -> None:
    assert summary(changed(findings, effects_in_money=contest.to_json()))[1].endswith(said)
    assert not {"with_belief", "misread"} & set(CONTEST.to_json())


def test_a_refusal_of_the_gate_comes_second(findings: Findings) -> None:
    assert summary(changed(findings, [CHECK]))[2] == "It passed the gate and may decide."
    assert summary(changed(findings, [{**CHECK, "passed": False}]))[2] == "The gate refuses it: It drifts."


def test_without_later_responses_nothing_is_said_of_telling_them_apart(findings: Findings) -> None:
    response = findings.manifest.provenance.metrics["response"]
    nobody = {**response, "overall": {**response["overall"], "auc": None}}

    assert any("AUC" in line for line in summary(findings))
    assert not any("AUC" in line for line in summary(changed(findings, response=nobody)))


def test_limits_name_every_refused_policy(findings: Findings) -> None:
    refused = worth(ours={"refused": ["no overlap"]}, random={"refused": []})

    told = limits(changed(findings, policy_value=refused, notes=["nobody was left alone"]))

    assert told[:2] == ["Nobody was left alone.", "This bundle: no overlap."]
    assert len(told) == 3
    assert told[2].startswith("Effects of actions come from what was chosen at random")


def test_the_card_tells_how_to_repeat_it(findings: Findings) -> None:
    card, manifest = model_card(findings), findings.manifest

    assert [*card] == ["What it is", "What it learned from", "What it is for", "To repeat it"]
    assert card["To repeat it"]["Content"] == manifest.content_sha256
    assert card["To repeat it"]["Seed"] == 3
    assert card["What it learned from"]["Company"] == "Tiny"
    unknown = replace(manifest, provenance=replace(manifest.provenance, training_from=None))
    assert model_card(replace(findings, manifest=unknown))["What it learned from"]["Window"] == "unknown"
