"""Figures of value.

What policies earn, whom to act on, and what changed since the champion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints
from training.evaluation.figures.targeting import areas
from training.evaluation.off_policy.bootstrap import poisson_sums, sums_by_customer
from training.gate.foresight import foresight
from training.report.figure import Figure
from training.report.findings import Findings
from training.report.power_figures import power_figures
from training.rows.split import Part

SECTION: Final = "What it earns"
CHAMPION: Final = "Since the champion"
POINTS: Final = 20
RESAMPLES: Final = 200
OURS: Final = "ours"


def value_figures(findings: Findings, rng: np.random.Generator) -> Iterator[Figure]:
    """Policy values and the uplift curve, where the log can tell them."""
    metrics = findings.manifest.provenance.metrics
    values = metrics["policy_value"]
    if values["identifiable"]:
        yield _policies(values)
        if values.get("stated_gains"):
            yield _stated_gains(values)
    journeys = metrics.get("journey_value")
    if journeys:
        yield _journeys(journeys)
    if findings.choices.expected is not None:
        yield _uplift(findings, rng)
        yield from _targeting(findings, rng)
    if values["identifiable"]:
        yield from power_figures(findings)


def champion_figures(findings: Findings) -> Iterator[Figure]:
    """The gate, and the figures of both bundles."""
    yield _gate(findings)
    if findings.champion is not None:
        yield _before_after(findings)


def _policies(values: Any) -> Figure:
    rows = [_policy_row(name, each) for name, each in values["policies"].items()]
    measured = sorted((r for r in rows if r["value"] is not None), key=lambda r: -r["value"])
    unmeasured = [r for r in rows if r["value"] is None]
    sentence = "The log cannot tell what any of these policies would have earned."
    ours = next((r for r in measured if r["ours"]), None)
    if ours is not None:
        sentence = (
            f"This bundle's choices are worth {ours['value']:.2f} {values['unit']} (95 % interval "
            f"{ours['low']:.2f} to {ours['high']:.2f}), measured on {values['rows']:,} later decisions by "
            "weighting and correcting what really happened, never by the model's own word."
        )
    elif measured:
        sentence = "What this bundle's own choices are worth, this log cannot tell; of others it can."
    return Figure(
        name="policy_value",
        section=SECTION,
        title=f"What each policy earns, {values['unit']}",
        sentence=sentence,
        columns={
            "policy": "Policy",
            "value": "Value",
            "low": "from",
            "high": "to",
            "effective": "Effective decisions",
            "refused": "Why not",
        },
        rows=[*measured, *unmeasured],
        kind="intervals",
        options={"label": "policy", "zero": 0.0},
    )


def _stated_gains(values: Any) -> Figure:
    rows = [
        {**each, "label": f"stated {each['stated']:.2f}, over {each['decisions']:,} decisions"}
        for each in values["stated_gains"]
    ]
    true = sum(each["low"] <= each["stated"] <= each["high"] for each in rows)
    return Figure(
        name="stated_gains",
        section=SECTION,
        title=f"Gains that answers state, and what came of them, {values['unit']}",
        sentence=(
            f"In {true} of {len(rows)} groups of later decisions the stated gain over doing nothing lies "
            "within the 95 % interval of what was measured, the worth of the phase reached included."
        ),
        columns={
            "stated": "Stated gain",
            "value": "Measured gain",
            "low": "from",
            "high": "to",
            "decisions": "Decisions",
        },
        rows=rows,
        kind="intervals",
        options={"label": "label", "zero": 0.0},
    )


def _policy_row(name: str, each: Any) -> dict[str, Any]:
    estimate = each.get("dr") or each.get("wdr") or each.get("wpdis") or each.get("snips") or {}
    effective = each["effective_sample_size"]
    return {
        "policy": "this bundle" if name == OURS else name,
        "ours": name == OURS,
        "value": estimate.get("value"),
        "low": estimate.get("low"),
        "high": estimate.get("high"),
        "effective": min(effective) if isinstance(effective, list) else effective,
        "refused": "; ".join(each["refused"]),
    }


def _journeys(values: Any) -> Figure:
    rows = [_policy_row(name, each) for name, each in values["policies"].items()]
    measured = sorted((r for r in rows if r["value"] is not None), key=lambda r: -r["value"])
    unmeasured = [r for r in rows if r["value"] is None]
    sentence = (
        f"In {values['unit']}, from {values['journeys']:,} journeys of the log; intervals are wider because "
        "every step must match what was logged."
    )
    if not any(row["ours"] for row in measured):
        reasons = "; ".join(row["refused"] for row in unmeasured if row["ours"])
        sentence = f"What this bundle would earn over whole journeys, this log cannot tell: {reasons}."
    return Figure(
        name="journey_value",
        section=SECTION,
        title=f"What each policy earns over {values['decisions']} decisions in a row",
        sentence=sentence,
        columns={"policy": "Policy", "value": "Value", "low": "from", "high": "to", "refused": "Why not"},
        rows=[*measured, *unmeasured],
        kind="intervals",
        options={"label": "policy", "zero": 0.0},
    )


def _uplift(findings: Findings, rng: np.random.Generator) -> Figure:
    """Acting only on the customers worth most: doubly robust gain over leaving everybody alone."""
    rows = uplift_rows(findings, rng)
    currency = findings.prepared.journey.currency
    sentence = "The log holds too few decisions for a curve."
    if rows:
        best = max(rows, key=lambda row: row["value"])
        sentence = (
            f"Acting on the best {best['share']:.0%} of situations adds {best['value']:.2f} {currency} per "
            f"decision to doing nothing (95 % interval {best['low']:.2f} to {best['high']:.2f}); the "
            "further the curve is above the straight line, the better the bundle knows whom to act on."
        )
    return Figure(
        name="uplift",
        section=SECTION,
        title=f"What acting adds, best situations first ({currency} per decision)",
        sentence=sentence,
        columns={"share": "Share acted on", "value": "Gain over doing nothing", "low": "from", "high": "to"},
        rows=rows,
        kind="curve",
    )


def uplift_rows(findings: Findings, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Points of the curve: share of situations acted on → gain over doing nothing, with its interval.

    Source: Radcliffe, "Using control groups to target on predicted lift", 2007; here with doubly robust
    contributions instead of counts, so that logging probabilities may differ.
    """
    choices, found = findings.choices, acting_gains(findings)
    if found is None:
        return []
    customer, gain = found
    n = len(gain)
    each = np.arange(n)
    order = np.argsort(-choices.over_nothing, kind="stable")
    rank = np.empty(n, dtype=np.int64)
    rank[order] = each
    shares = np.linspace(0, 1, POINTS + 1)
    columns = [np.where(rank < round(share * n), gain, 0.0) for share in shares]
    sums = sums_by_customer(customer, np.column_stack([*columns, np.ones(n)]))
    drawn = poisson_sums(sums, rng, RESAMPLES)
    means = drawn[:, :-1] / np.maximum(drawn[:, -1:], 1.0)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return [
        {
            "share": round(float(share), 4),
            "value": round(float(column.mean()), 5),
            "low": round(float(low[i]), 5),
            "high": round(float(high[i]), 5),
        }
        for i, (share, column) in enumerate(zip(shares, columns, strict=True))
    ]


def acting_gains(findings: Findings) -> tuple[Ints, Floats] | None:
    """By decision, whose it is and what our choice adds to doing nothing, doubly robust; None: too few.

    Very noisy each, unbiased together.
    """
    choices = findings.choices
    rows, expected = findings.prepared.rows.take(choices.rows), choices.expected
    n = len(rows)
    if expected is None or n < POINTS * 10 or np.isnan(rows.action_probability).any():
        return None
    each = np.arange(n)
    took = (rows.treatment == choices.ours).astype(np.float64) - (rows.treatment == 0)
    surprise = rows.reward - expected[each, rows.treatment]
    gain = expected[each, choices.ours] - expected[:, 0] + took / rows.action_probability * surprise
    return rows.customer, gain


def _targeting(findings: Findings, rng: np.random.Generator) -> Iterator[Figure]:
    """The areas of the uplift curve, with intervals."""
    found = acting_gains(findings)
    if found is None:
        return
    customer, gain = found
    under = areas(customer, gain, findings.choices.over_nothing, rng, RESAMPLES)
    rows = [
        {"measure": name, "value": round(e.value, 5), "low": round(e.low, 5), "high": round(e.high, 5)}
        for name, e in (
            ("AUUC: mean gain over all shares acted on", under.auuc),
            ("Qini: what of it lies above acting in any order", under.qini),
            ("Gain of acting on all", under.ends),
        )
    ]
    knows = "knows whom to act on" if under.qini.low > 0 else "is not shown to know whom to act on"
    yield Figure(
        name="targeting",
        section=SECTION,
        title=f"Areas under the uplift curve ({findings.prepared.journey.currency} per decision)",
        sentence=(
            f"The bundle {knows}: the Qini area is {under.qini.value:+.3f} (95 % interval "
            f"{under.qini.low:+.3f} to {under.qini.high:+.3f}), where 0 is any order."
        ),
        columns={"measure": "Measure", "value": "Value", "low": "from", "high": "to"},
        rows=rows,
        kind="table",
    )


def _gate(findings: Findings) -> Figure:
    verdict = findings.manifest.provenance.extra["gate"]
    failed = [check["name"] for check in verdict["checks"] if not check["passed"]]
    against = (
        "there was no champion" if verdict["champion"] is None else f"compared with {verdict['champion']}"
    )
    return Figure(
        name="gate",
        section=CHAMPION,
        title="May this bundle decide?",
        sentence=(
            f"It passed all {len(verdict['checks'])} checks of the gate ({against})."
            if not failed
            else f"The gate refuses it ({against}): {', '.join(failed)}."
        ),
        columns={
            "check": "Check",
            "value": "Found",
            "threshold": "Held against",
            "passed": "Passed",
            "sentence": "In words",
        },
        rows=[
            {
                "check": check["name"],
                "value": check["value"],
                "threshold": check["threshold"],
                "passed": check["passed"],
                "sentence": check["sentence"],
            }
            for check in verdict["checks"]
        ],
        kind="checks",
    )


def _before_after(findings: Findings) -> Figure:
    """What each knew of the same later decisions; where the champion cannot read them, its own figures."""
    contest, prepared = findings.contest, findings.prepared
    if contest.theirs is None:
        return _own_figures(findings)
    use = np.flatnonzero(prepared.split.of(Part.TEST))
    new = foresight(contest.ours, "new", prepared, use)
    old = foresight(contest.theirs, "champion", prepared, use)
    rows = [
        {"figure": label, "champion": _rounded(getattr(old, name)), "new": _rounded(getattr(new, name))}
        for label, name in (
            ("response: AUC", "auc"),
            ("response: log-loss", "log_loss"),
            ("response: calibration error", "calibration_error"),
            ("next phase: log-loss", "next_phase_log_loss"),
            ("later contacts", "contacts"),
        )
    ]
    return _beside_champion(
        rows,
        "The champion and this bundle on the same later decisions",
        "Both were asked about the same later decisions, each with its own features; what this one would "
        "earn more is in the gate, on the same rows, too.",
    )


def _rounded(value: float | int) -> float | int | None:
    return value if isinstance(value, int) else None if value != value else round(value, 6)


def _own_figures(findings: Findings) -> Figure:
    champion = findings.champion
    before = {} if champion is None else champion.manifest.provenance.metrics
    after = findings.manifest.provenance.metrics
    rows = [
        {"figure": label, "champion": _at(before, keys), "new": _at(after, keys)}
        for label, keys in (
            ("response: AUC", ("response", "overall", "auc")),
            ("response: log-loss", ("response", "overall", "log_loss")),
            ("response: calibration error", ("response", "overall", "calibration_error")),
            ("next phase: log-loss", ("transition", "overall", "log_loss")),
            ("next phase: customers who stay", ("transition", "overall", "stays")),
            ("later contacts", ("response", "overall", "rows")),
        )
    ]
    return _beside_champion(
        rows,
        "The champion's figures when it was trained, and these",
        "Each was measured on its own later rows, so a difference may be the customers' as well as the "
        "models'; the gain over the champion in the gate is measured on the same rows.",
    )


def _beside_champion(rows: Sequence[Mapping[str, Any]], title: str, sentence: str) -> Figure:
    """A table of figures: the champion's, and this bundle's."""
    return Figure(
        name="champion",
        section=CHAMPION,
        title=title,
        sentence=sentence,
        columns={"figure": "Figure", "champion": "Champion", "new": "This bundle"},
        rows=rows,
        kind="table",
    )


def _at(values: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values
