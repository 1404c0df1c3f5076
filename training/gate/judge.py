"""Every question of the gate, in the verdict's order.

Knows which data answers which question. The champion is compared where there is one; what the log cannot
tell is said, and refused or passed as the journey file wants it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from models.bundle import Models
from models.bundle.gate import GateCheck, Verdict
from models.domain.objective import Gate, Unknown
from training.evaluation.figures.predictions import Predictions
from training.fit.prepared import Prepared
from training.gate.calibration import check_calibration, check_worst_phase
from training.gate.contest import Choices, Contest
from training.gate.coverage import check_coverage, one_row_each
from training.gate.drift import check_drift
from training.gate.floor import (
    check_balance,
    check_contacts,
    check_floor,
    check_money,
    check_rewards,
    contact_shares,
)
from training.gate.gain import Gain, paired_gain
from training.gate.golden import check_golden_decisions, eleven_utc
from training.rows.split import Part


def judge(
    prepared: Prepared,
    models: Models,
    predictions: Predictions,
    contest: Contest,
    choices: Choices,
    values: Mapping[str, Any],
    resamples: int,
    rng: np.random.Generator,
) -> Verdict:
    """Ask every question of the gate.

    Args:
        predictions: of the test rows, by ``models``.
        contest: who takes part.
        choices: what they chose.
        values: ``policy_value`` of the metrics.
        resamples: of customers, for intervals.
        rng: draws rows and resamples.
    """
    gate = prepared.journey.gate
    rows = one_row_each(prepared.rows.customer, np.flatnonzero(prepared.split.of(Part.TEST)), rng)
    checks = [
        *check_calibration(prepared, predictions, gate),
        check_worst_phase(prepared, predictions, gate),
        *check_coverage(contest.ours, contest.theirs, rows, gate),
        *check_drift(prepared, models, gate, rng),
        check_golden_decisions(contest.ours.engine, gate, eleven_utc(prepared.log.end)),
        *check_floor(values, prepared.journey.currency, gate),
        check_rewards(values),
        check_balance(values),
        check_money(values, float(choices.over_nothing.mean()), prepared.journey.currency),
        check_contacts(models, *contact_shares(choices.ours, choices.response)),
    ]
    if contest.champion is not None:
        checks.extend(_gains(prepared, contest, choices, resamples, rng, gate))
    return Verdict(champion=contest.champion, checks=tuple(checks))


def _gains(
    prepared: Prepared,
    contest: Contest,
    choices: Choices,
    resamples: int,
    rng: np.random.Generator,
    gate: Gate,
) -> Iterator[GateCheck]:
    """Overall, and in the phase where it looks worst."""
    theirs, expected = choices.theirs, choices.expected
    if theirs is None or expected is None:
        yield _unknown("gain_over_champion", contest.problem or "it has no action probabilities", gate)
        return
    part, phase = prepared.rows.take(choices.rows), prepared.situations.phase[choices.rows]
    whole = paired_gain(part, choices.ours, theirs, expected, rng, resamples)
    yield _gain_check(whole, prepared.journey.currency, gate)
    names = [each.name for each in prepared.journey.phases]
    phases = [
        (names[code], paired_gain(part, choices.ours, theirs, expected, rng, resamples, phase == code))
        for code in range(len(names))
        if (phase == code).sum() >= gate.phase_rows
    ]
    yield _phase_check(phases, prepared.journey.currency, gate)


def _gain_check(gain: Gain, currency: str, gate: Gate) -> GateCheck:
    if gain.estimate is None:
        return _unknown("gain_over_champion", str(gain.refused), gate)
    e = gain.estimate
    return GateCheck(
        name="gain_over_champion",
        value=round(e.low, 6),
        threshold=0.0 - gate.gain_tolerance,
        passed=e.low >= -gate.gain_tolerance,
        comparative=True,
        sentence=(
            f"It earns {e.value:+.3f} {currency} per decision against the champion (95 % interval "
            f"{e.low:+.3f} to {e.high:+.3f}; {gain.rows:,} later decisions, {gain.differ:.0%} of them "
            f"otherwise than the champion); the lower bound must be at least {0.0 - gate.gain_tolerance:.3f}."
        ),
    )


def _phase_check(phases: list[tuple[str, Gain]], currency: str, gate: Gate) -> GateCheck:
    """The phase whose upper bound is lowest: there the new bundle may not surely be worse."""
    estimates = [(name, gain.estimate) for name, gain in phases if gain.estimate is not None]
    if not estimates:
        return GateCheck(
            name="worst_phase_gain",
            value=None,
            threshold=None,
            passed=True,
            comparative=True,
            sentence="No phase has enough later decisions to compare the two on its own.",
        )
    name, e = min(estimates, key=lambda each: each[1].high)
    return GateCheck(
        name="worst_phase_gain",
        value=round(e.high, 6),
        threshold=0.0 - gate.phase_tolerance,
        passed=e.high >= -gate.phase_tolerance,
        comparative=True,
        sentence=(
            f"In the phase where it compares worst, {name}, it earns {e.value:+.3f} {currency} per decision "
            f"(95 % interval {e.low:+.3f} to {e.high:+.3f}); the upper bound must be at least "
            f"{0.0 - gate.phase_tolerance:.3f}."
        ),
    )


def _unknown(name: str, why: str, gate: Gate) -> GateCheck:
    passes = gate.when_unknown is Unknown.PASS
    what = "the journey file lets that pass" if passes else "so a person must decide (--force)"
    return GateCheck(
        name=name,
        value=None,
        threshold=None,
        passed=passes,
        comparative=True,
        sentence=f"The log cannot tell whether it earns more than the champion: {why}; {what}.",
    )
