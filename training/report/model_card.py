"""The model card, the summary and the limits, in words.

After Mitchell et al., "Model Cards for Model Reporting", FAT* 2019. Knows the manifest; computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.report.findings import Findings
from training.report.verdict import first_sentence


def summary(findings: Findings) -> list[str]:
    """Four or five sentences that somebody in a hurry reads; the first says whether less would do."""
    metrics, extra = findings.manifest.provenance.metrics, findings.manifest.provenance.extra
    gate = extra["gate"]
    failed = [check for check in gate["checks"] if not check["passed"]]
    contest = metrics["effects_in_money"]
    lines = [first_sentence(metrics["policy_value"], contest["floor"]), _ranking(contest)]
    lines.append(
        "It passed the gate and may decide."
        if not failed
        else f"The gate refuses it: {' '.join(check['sentence'] for check in failed)}"
    )
    lines.append(_worth(metrics["policy_value"]))
    overall = metrics["response"]["overall"]
    if overall["auc"] is not None:
        lines.append(
            f"It tells later responders from others with an AUC of {overall['auc']:.2f} (a table of phase "
            "and action: "
            f"{overall['table_auc']:.2f}; guessing: 0.50), and its promises are off by "
            f"{overall['calibration_error']:.3f} on average."
        )
    gain = next((check for check in gate["checks"] if check["name"] == "gain_over_champion"), None)
    if gain is not None and gain["passed"]:
        lines.append(gain["sentence"])
    return lines


def _ranking(contest: Mapping[str, Any]) -> str:
    """What decisions rank by, and why."""
    if contest["floor"] is not None:
        return (
            "A simple policy is surely better than what was learned from this log, so the bundle is "
            f"that policy: {contest['floor']}."
        )
    if contest["reason"] is not None:
        return f"Decisions rank by responses and next phases: {contest['reason']}."
    evidence = (
        f"{contest['decisions']:,} later decisions say {contest['money']:+.1f} for effects learned in money "
        f"and {contest['phases']:+.1f} for effects on responses and phases "
        f"({contest['phases_scaled']:+.1f} at their best scale), as twice the log likelihood"
    )
    if not contest["ranks"]:
        return f"Decisions rank by responses and next phases: {evidence}."
    if not contest["phase_share"] and not contest["personal_share"]:
        return (
            f"It does nothing wherever it may: no effect of a treatment can be told from chance, and every "
            f"contact has its cost ({evidence})."
        )
    said = f"{_started(contest)}{_misread(contest)}"
    return f"Decisions rank by effects learned directly in money: {evidence}.{said}"


def _started(contest: Mapping[str, Any]) -> str:
    """Whether the champion's effects were carried over, where that was asked for."""
    if contest["not_carried"] is not None:
        return f" They do not start from the champion's: {contest['not_carried']}."
    if contest["with_champion"] is None:
        return ""
    if contest["champion"] is None:
        return f" Started from the champion's effects they would say {contest['with_champion']:+.1f}."
    return f" They start from those of the champion {contest['champion']}."


def _misread(contest: Mapping[str, Any]) -> str:
    """Whether stated phases are believed, where the log shows wrong ones."""
    if contest.get("with_belief") is None:
        return ""
    if (share := contest.get("misread")) is None:
        return (
            " Stated phases are probably wrong at times, but believing them less explains later rows worse."
        )
    return (
        f" Phases are probably stated wrongly in {share:.0%} of decisions, so they are believed, not known."
    )


def _worth(values: Any) -> str:
    if not values["identifiable"]:
        return f"What it earns cannot be told from this log: {values['reason']}."
    policies = values["policies"]
    ours, log = (policies.get(name, {}) for name in ("ours", "logging policy"))
    estimate = ours.get("gamma") or ours.get("dr") or ours.get("snips")
    earned = log.get("dr") or log.get("snips")
    if not estimate:
        return f"What it earns cannot be told from this log: {'; '.join(ours.get('refused', []))}."
    really = "" if not earned else f"; what was really done earned {earned['value']:.2f}"
    return (
        f"It is worth {estimate['value']:.2f} {values['unit']} (95 % interval {estimate['low']:.2f} to "
        f"{estimate['high']:.2f}){really}."
    )


def limits(findings: Findings) -> list[str]:
    """What the log cannot tell."""
    metrics = findings.manifest.provenance.metrics
    notes = [f"{note[:1].upper()}{note[1:]}." for note in metrics["notes"]]
    refused = [
        f"{'This bundle' if name == 'ours' else name}: {'; '.join(each['refused'])}."
        for name, each in metrics["policy_value"]["policies"].items()
        if each["refused"]
    ]
    effects = (
        "Effects of actions come from what was chosen at random; where the log has no probabilities they "
        "are associations. What no customer was ever offered in a phase is extrapolated from like actions."
    )
    warnings = [each["sentence"] for each in metrics.get("data_checks", []) if each["warning"]]
    return [*warnings, *notes, *refused, effects]


def model_card(findings: Findings) -> dict[str, dict[str, Any]]:
    """Heading → field → text."""
    manifest, journey = findings.manifest, findings.prepared.journey
    own, extra = manifest.provenance, manifest.provenance.extra
    rows = extra["rows"]
    return {
        "What it is": {
            "Bundle": manifest.bundle_id,
            "Made": f"{manifest.created_at:%Y-%m-%d %H:%M} UTC",
            "Models": "response (boosted trees on a smoothed table), next phase (boosted baseline plus "
            "effects of "
            "treatments), journey value (ridge per phase, fitted value iteration)",
            "Features": f"{len(manifest.customer_features)} of the customer, "
            f"{len(manifest.candidate_features)} of the action",
            "Objective": f"discounted {journey.currency} of the whole journey; horizon "
            f"{journey.objective.horizon_days or 'next phase'} days, "
            f"{journey.objective.discount_per_year:g} a year",
        },
        "What it learned from": {
            "Company": journey.company,
            "Window": f"{own.training_from:%Y-%m-%d} to {own.training_until:%Y-%m-%d}"
            if own.training_from and own.training_until
            else "unknown",
            "Rows": f"{rows['train']:,} to learn, {rows['calibrate']:,} to calibrate, {rows['test']:,} "
            "later ones to test",
            "Tables": ", ".join(f"{count:,} {name}" for name, count in extra["tables"].items()),
            "Rejected rows": f"{extra['rejected_rows']:,}",
        },
        "What it is for": {
            "Use": "choosing one allowed action, or none, for one customer of this company at one moment",
            "Not for": "credit, prices, employment, or customers of another company; not for phases it "
            "never saw",
            "People": "attributes that the journey file marks as features take part; consent, limits and "
            "policies are "
            "rules outside the model and always hold",
            "Watch": "calibration and drift at each training; propensities by outcome between trainings",
        },
        "To repeat it": {
            "Content": manifest.content_sha256,
            "Data": own.data_sha256 or "unknown",
            "Journey file": manifest.journey_sha256,
            "Seed": extra["seed"],
            "Libraries": ", ".join(f"{name} {version}" for name, version in extra["libraries"].items()),
        },
    }
