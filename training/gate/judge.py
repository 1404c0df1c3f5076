"""Judge: every question of the gate, in the order in which the verdict lists them.

Knows which data answers which question. The champion is compared where there is one; what the log cannot
tell is said, and refused or passed as the journey file wants it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle, Models
from models.domain.journey import Gate, Unknown
from models.errors import NBAError
from models.gate import GateCheck, Verdict
from training.evaluation.policies import candidate_mask, thinned
from training.evaluation.predictions import Predictions
from training.evaluation.reward_model import fit_reward_model
from training.fit import Prepared
from training.gate.calibration import check_calibration, check_worst_phase
from training.gate.champion import Contestant, candidates_of, champion_contestant, contestant, greedy
from training.gate.coverage import check_coverage, one_row_each
from training.gate.drift import check_drift
from training.gate.gain import Gain, paired_gain
from training.gate.golden import check_golden_decisions
from training.split import Part
from training.tables import Tables

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def judge(
    prepared: Prepared,
    models: Models,
    predictions: Predictions,
    tables: Tables,
    champion: Bundle | None,
    candidates_json: Any,
    resamples: int,
    rng: np.random.Generator,
) -> Verdict:
    """Ask every question of the gate.

    Args:
        predictions: of the test rows, by ``models``.
        champion: the bundle that decides now; None: there is none.
        candidates_json: per logged decision the JSON of its candidates, or None where it has none.
        resamples: of customers, for intervals.
        rng: draws rows and resamples.
    """
    gate = prepared.journey.gate
    ours = contestant(prepared, models, "new")
    theirs, problem = _champion(prepared, champion, tables)
    rows = one_row_each(prepared.rows.customer, np.flatnonzero(prepared.split.of(Part.TEST)), rng)
    checks = [
        *check_calibration(prepared, predictions, gate),
        check_worst_phase(prepared, predictions, gate),
        *check_coverage(ours, theirs, rows, gate),
        *check_drift(prepared, models, gate, rng),
        check_golden_decisions(ours.engine, gate, _noon(prepared.log.end)),
    ]
    if theirs is not None:
        checks.extend(_gains(prepared, ours, theirs, candidates_json, resamples, rng, gate))
    elif problem is not None:
        checks.append(_unknown("gain_over_champion", problem, gate))
    return Verdict(champion=None if champion is None else champion.manifest.bundle_id, checks=tuple(checks))


def _champion(
    prepared: Prepared, champion: Bundle | None, tables: Tables
) -> tuple[Contestant | None, str | None]:
    """The champion as a contestant, or why it cannot be one."""
    if champion is None:
        return None, None
    try:
        return champion_contestant(prepared, champion, tables), None
    except NBAError as error:
        return None, f"the champion cannot read this log ({error})"


def _gains(
    prepared: Prepared,
    ours: Contestant,
    theirs: Contestant,
    candidates_json: Any,
    resamples: int,
    rng: np.random.Generator,
    gate: Gate,
) -> Iterator[GateCheck]:
    """Overall, and in the phase where it looks worst."""
    rows = prepared.rows
    known = prepared.split.of(Part.TEST) & np.isfinite(rows.action_probability) & np.isfinite(rows.reward)
    if not known.any():
        yield _unknown("gain_over_champion", "it has no action probabilities", gate)
        return
    use = thinned(np.flatnonzero(known), rows, len(prepared.journey.treatments), rng)
    masks = _masks(prepared, ours, theirs, use, candidates_json)
    choice = [
        greedy(player, use, mask, prepared.journey)
        for player, mask in zip((ours, theirs), masks, strict=True)
    ]
    model = fit_reward_model(prepared, np.flatnonzero(prepared.split.part < Part.TEST))
    phase = prepared.situations.phase[use]
    expected = model.expected(prepared.customer_x[use], phase)
    part = rows.take(use)
    whole = paired_gain(part, choice[0], choice[1], expected, rng, resamples)
    yield _gain_check(whole, prepared.journey.currency, gate)
    names = [each.name for each in prepared.journey.phases]
    phases = [
        (names[code], paired_gain(part, choice[0], choice[1], expected, rng, resamples, phase == code))
        for code in range(len(names))
        if (phase == code).sum() >= gate.phase_rows
    ]
    yield _phase_check(phases, prepared.journey.currency, gate)


def _masks(
    prepared: Prepared, ours: Contestant, theirs: Contestant, use: Ints, candidates_json: Any
) -> list[Mask]:
    """What each could choose: as logged where both have one journey file, else by the rules of its own."""
    if theirs.engine.journey.sha256 == prepared.journey.sha256:
        same = candidate_mask(prepared, ours.engine, use, candidates_json)
        same[:, 0] = True
        return [same, same]
    return [candidates_of(player, use, prepared.journey) for player in (ours, theirs)]


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
    told = [(name, gain.estimate) for name, gain in phases if gain.estimate is not None]
    if not told:
        return GateCheck(
            name="worst_phase_gain",
            value=None,
            threshold=None,
            passed=True,
            comparative=True,
            sentence="No phase has enough later decisions to compare the two on its own.",
        )
    name, e = min(told, key=lambda each: each[1].high)
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


def _noon(end: int) -> datetime:
    """Eleven o'clock UTC of the log's last day: no quiet hours, and the same for the same data."""
    return datetime.fromtimestamp(end / 1000, UTC).replace(hour=11, minute=0, second=0, microsecond=0)
