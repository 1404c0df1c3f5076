"""Figures of the journey.

Who is where, who moves, what each action changes, what would be done. Knows phases, effects and choices;
knows nothing of money or calibration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from models.arrays import Floats
from models.bundle import Models
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue
from models.statistics import NORMAL_95
from training.fit.prepared import Prepared
from training.gate.contest import Choices
from training.report.figure import Figure
from training.report.findings import Findings
from training.rows.split import Part

SECTION: Final = "The journey, and what our actions change"
FEWEST_ROWS: Final = 50
"""Decisions with a treatment in a phase before its effect is shown."""

LEAST_CHANCE: Final = 0.003
MOST_EFFECTS: Final = 16
NOTHING_LABEL: Final = "Doing nothing"


def journey_figures(findings: Findings) -> Iterator[Figure]:
    """In the order in which they are read."""
    nothing, ours = move_shares(findings.prepared, findings.models, findings.choices)
    yield _volumes(findings, nothing, ours)
    yield _flow(findings, nothing, ours)
    yield _effects(findings)
    yield _choices(findings)


def move_shares(prepared: Prepared, models: Models, choices: Choices) -> tuple[Floats, Floats]:
    """(P, P) each, without and with our actions: share of later decisions in phase i that end in j."""
    at = choices.rows
    model, n_phases = models.transition, len(prepared.journey.phases)
    phase = prepared.situations.phase[at]
    baseline = model.baseline(prepared.customer_x[at], phase)
    each = np.arange(len(at))
    shares = []
    for treatment in (np.zeros(len(at), dtype=np.int64), choices.ours):
        share = np.zeros((n_phases, n_phases))
        np.add.at(share, phase, model.probabilities(baseline, each, phase, treatment))
        shares.append(share / max(len(at), 1))
    return shares[0], shares[1]


def _volumes(findings: Findings, nothing: Floats, ours: Floats) -> Figure:
    names = [phase.label for phase in findings.prepared.journey.phases]
    share = nothing.sum(axis=1)
    rows = [
        {
            "phase": name,
            "share": round(float(share[i]), 4),
            "stays_nothing": _share(nothing[i, i], share[i]),
            "stays_ours": _share(ours[i, i], share[i]),
        }
        for i, name in enumerate(names)
    ]
    largest = max(rows, key=lambda row: row["share"] or 0)
    return Figure(
        name="phases",
        section=SECTION,
        title="Where customers are when a decision is due",
        sentence=(
            f"Most often, in {largest['share']:.0%} of the later decisions, the customer is in "
            f"{largest['phase']}; a phase with few decisions teaches little."
        ),
        columns={
            "phase": "Phase",
            "share": "Share of decisions",
            "stays_nothing": "Stays if nothing is done",
            "stays_ours": "Stays with our actions",
        },
        rows=rows,
        kind="bars",
        options={"label": "phase", "series": {"share": "share of later decisions"}, "percent": True},
    )


def _share(part: Any, whole: Any) -> float | None:
    return round(float(part / whole), 4) if whole > 0 else None


def _flow(findings: Findings, nothing: Floats, ours: Floats) -> Figure:
    journey = findings.prepared.journey
    names = [phase.label for phase in journey.phases]
    rows: list[dict[str, Any]] = [
        {
            "from": names[i],
            "to": names[j],
            "nothing": round(1000 * float(nothing[i, j]), 2),
            "ours": round(1000 * float(ours[i, j]), 2),
            "difference": round(1000 * float(ours[i, j] - nothing[i, j]), 2),
        }
        for i in range(len(names))
        for j in range(len(names))
        if i != j and max(nothing[i, j], ours[i, j]) >= 5e-5
    ]
    most = max(rows, key=lambda row: abs(row["difference"]), default=None)
    sentence = "Nobody moves."
    if most is not None:
        verb = "more" if most["difference"] > 0 else "fewer"
        sentence = (
            f"The actions change most from {most['from']} to {most['to']}: "
            f"{abs(most['difference']):.1f} "
            f"{verb} of 1,000 customers take that step. Those who stay where they are are not drawn."
        )
    return Figure(
        name="flow",
        section=SECTION,
        title=f"Who moves on {_horizon(journey)}, with and without our actions",
        sentence=sentence,
        columns={
            "from": "From",
            "to": "To",
            "nothing": "If nothing is done, of 1,000",
            "ours": "With our actions",
            "difference": "Difference",
        },
        rows=rows,
        kind="flow",
        options={"phases": names},
    )


def _horizon(journey: Journey) -> str:
    days = journey.objective.horizon_days
    return "to the next phase" if days is None else f"within {days:g} days"


def _effects(findings: Findings) -> Figure:
    rows = effect_rows(findings.prepared, findings.models.transition)
    sentence = "No action was taken often enough in any phase to say where it leads."
    if rows:
        sure = sum(1 for row in rows if row["low"] > 1 or row["high"] < 1)
        sentence = (
            f"A dot at ×2 doubles the odds of being in the second phase rather than still in the first; "
            f"{sure} of these {len(rows)} intervals (95 %) leave ×1, no change, outside."
        )
    return Figure(
        name="effects",
        section=SECTION,
        title="Which action leads where: odds of a step, compared with doing nothing",
        sentence=sentence,
        columns={
            "label": "Action",
            "step": "Step",
            "value": "Odds multiplier",
            "low": "from",
            "high": "to",
            "decisions": "Decisions",
        },
        rows=rows,
        kind="intervals",
        options={"label": "label", "log": True, "zero": 1.0},
    )


def effect_rows(prepared: Prepared, model: Any) -> list[dict[str, Any]]:
    """The clearest effects first: those whose interval is furthest from no change.

    The interval of a difference of two offsets adds their standard errors, which is never too narrow.
    """
    journey, situations = prepared.journey, prepared.situations
    learned = prepared.split.part < Part.TEST
    counts = np.zeros((len(journey.phases), len(journey.treatments)), dtype=np.int64)
    np.add.at(counts, (situations.phase[learned], prepared.rows.treatment[learned]), 1)
    meant = Catalogue.of(journey).phases & (counts >= FEWEST_ROWS)
    meant[:, 0] = False
    chance = np.exp(model.chain)
    effects = []
    for phase, treatment in np.argwhere(meant):
        for step in range(len(journey.phases)):
            if step != phase and chance[phase, step] >= LEAST_CHANCE:
                cell = model.effects[phase, treatment], model.standard_errors[phase, treatment]
                log = float(cell[0][step] - cell[0][phase])
                error = float(cell[1][step] + cell[1][phase])
                effects.append((_clear(log, error), log, error, phase, treatment, step))
    effects.sort(key=lambda each: (-each[0], each[3:]))
    names = [each.label for each in journey.phases]
    return [
        {
            "label": treatment_label(journey, treatment),
            "step": f"{names[phase]} → {names[step]}",
            "value": round(float(np.exp(log)), 3),
            "low": round(float(np.exp(log - NORMAL_95 * error)), 3),
            "high": round(float(np.exp(log + NORMAL_95 * error)), 3),
            "decisions": int(counts[phase, treatment]),
        }
        for _, log, error, phase, treatment, step in effects[:MOST_EFFECTS]
    ]


def treatment_label(journey: Journey, treatment: int) -> str:
    """An action and its channel as people call them."""
    chosen = journey.treatments[treatment]
    if chosen.channel is None:
        return NOTHING_LABEL
    action = journey.actions[journey.action_index[chosen.action]]
    return f"{action.label}, {journey.channels[journey.channel_index[chosen.channel]].label}"


def _clear(log: float, error: float) -> float:
    """How far the interval is from zero; negative where it holds it."""
    return abs(log) - NORMAL_95 * error


def _choices(findings: Findings) -> Figure:
    """What would be done, by action; next to the log and the champion."""
    prepared, choices = findings.prepared, findings.choices
    journey = prepared.journey
    labels = {action.name: action.label for action in journey.actions}
    actions = [labels.get(treatment.action, NOTHING_LABEL) for treatment in journey.treatments]
    logged = prepared.rows.treatment[choices.rows]
    shares = {"ours": _by_action(choices.ours, actions), "log": _by_action(logged, actions)}
    if choices.theirs is not None:
        shares["champion"] = _by_action(choices.theirs, actions)
    names = {"ours": "this bundle", "champion": "champion", "log": "the log"}
    rows = [
        {"action": action, **{key: round(share.get(action, 0.0), 4) for key, share in shares.items()}}
        for action in sorted({*actions}, key=lambda a: (-shares["ours"].get(a, 0.0), a))
        if max(share.get(action, 0.0) for share in shares.values()) >= 0.005
    ]
    acted = 1.0 - shares["ours"].get(NOTHING_LABEL, 0.0)
    return Figure(
        name="choices",
        section=SECTION,
        title="What this bundle would do",
        sentence=(
            f"It would act in {acted:.0%} of {len(choices.rows):,} later situations and leave the customer "
            "in peace in the others; exploration, which tries other actions in a few cases, is not counted."
        ),
        columns={"action": "Action", **{key: names[key] for key in names if key in shares}},
        rows=rows,
        kind="bars",
        options={
            "label": "action",
            "series": {key: names[key] for key in ("ours", "champion", "log") if key in shares},
            "percent": True,
        },
    )


def _by_action(treatment: Any, actions: list[str]) -> dict[str, float]:
    counts = np.bincount(treatment, minlength=len(actions)) / max(len(treatment), 1)
    shares: dict[str, float] = {}
    for action, share in zip(actions, counts.tolist(), strict=True):
        shares[action] = shares.get(action, 0.0) + share
    return shares
