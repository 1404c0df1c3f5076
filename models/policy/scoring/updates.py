"""What outcomes since the training say about propensities.

A Beta posterior per (phase, treatment) around the model's own propensity. The prior is the model's, worth
its evidence but at most what the journey file allows, moved by what the same treatment did in the *other*
phases (a link is dead in all of them); the likelihood is the cell's own decisions, each as far as it could
have been answered by now (``response_delays.py``), older ones forgotten by half-lives. The result is a shift
of log-odds per cell: the model still tells customers apart, the update says by how much it is off.

Pure: counts in, arrays out. Knows nothing of stores or clocks. Why so: docs/adr/0005-between-trainings.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.journey import Journey
from models.learned.features.situations import Situations
from models.learned.response.model import score_interval
from models.policy.scoring.estimates import Estimates, Estimator, LearnedEstimates
from models.policy.scoring.one_situation import Stakes
from models.policy.scoring.response_delays import Delays, ResponseCount
from models.policy.scoring.variant_shares import VariantShares, variant_shares

LARGEST_SHIFT: Final = 5.0
"""Log-odds beyond which an update does not move a propensity."""

CLEAR_TURN: Final = 16.0
"""Twice the log-likelihood ratio from which a treatment counts as changed (chi-square: 1 in 16,000)."""

_LEAST: Final = 1e-6
_HOURS_PER_DAY: Final = 24.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tally:
    """What was seen of each cell, all of shape (P, T).

    Attributes:
        decisions: that could have been answered by now, in parts, older ones counting less.
        expected: positive responses that the model expected of those.
        positives: positive responses that came, forgotten alike.
        seen: plain number of decisions.
    """

    decisions: Floats
    expected: Floats
    positives: Floats
    seen: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PropensityUpdate:
    """Shifts of propensities, immutable and known by its content.

    Attributes:
        shift: shape (P, T). Added to the model's log-odds.
        evidence: shape (P, T). Decisions behind it, as far as they count.
        seen: shape (P, T). Plain number of decisions.
        variants: action and channel → variant of the texts → share; those without evidence are not there.
        version: the first 16 hex digits of the SHA-256 of ``content``.
        content: the same as canonical JSON; ``read_update`` gives the same bits back.
    """

    shift: Floats
    evidence: Floats
    seen: Floats
    version: str
    content: bytes
    variants: VariantShares = field(default_factory=dict)


def tally(journey: Journey, counts: Sequence[ResponseCount]) -> Tally:
    """Add up what the log says, every decision as far as it could have been answered.

    Args:
        counts: of the bundle that decides (``ours``) and of all others: these tell delays only. Names that
            the journey file does not have any more are left out.
    """
    shape = (len(journey.phases), len(journey.treatments))
    seen = _columns(journey, counts)
    half_life = journey.objective.updates.half_life_days * _HOURS_PER_DAY
    weight = 0.5 ** (seen.age / half_life)
    for treatment in np.unique(seen.treatment[seen.number > 0]).tolist():
        mine = seen.treatment == treatment
        turned = turning_age(
            seen.age[mine], seen.expected[mine], seen.positives[mine], _belief(journey, seen, mine)
        )
        weight[mine & (seen.age > turned)] = 0.0
    cell = seen.phase * shape[1] + seen.treatment

    def added(values: Floats) -> Floats:
        sums = np.bincount(cell, weights=values, minlength=shape[0] * shape[1])
        return np.asarray(sums.reshape(shape), dtype=np.float64)

    return Tally(
        decisions=added(weight * seen.answerable),
        expected=added(weight * seen.expected),
        positives=added(weight * seen.positives),
        seen=added(seen.number),
    )


def turning_age(age: Floats, expected: Floats, positives: Floats, belief: float) -> float:
    """Up to which age decisions of a treatment are alike.

    What is older belongs to another time.

    Without this a treatment that did well for weeks would need weeks of failure to be doubted. For each age
    the responses since then are compared with those before it (likelihood ratio of two Poisson rates, as
    multiples of what was expected, against one); the clearest turn counts if it is clear enough.

    Args:
        age: shape (k,), hours. Any order.
        expected, positives: shape (k,).
        belief: responses that the model's propensity is worth; they are older than everything.

    Returns:
        Hours; infinity if nothing has turned.

    Note:
        Generalised likelihood ratio for a change: Siegmund and Venkatraman, Annals of Statistics 1995.
    """
    ages, place = np.unique(age, return_inverse=True)
    recent_e: Floats = np.cumsum(np.bincount(place, weights=expected), dtype=np.float64)
    recent_s: Floats = np.cumsum(np.bincount(place, weights=positives), dtype=np.float64)
    older_e, older_s = recent_e[-1] - recent_e + belief, recent_s[-1] - recent_s + belief
    together = (recent_s[-1] + belief) / max(recent_e[-1] + belief, _LEAST)
    ratio = _against(recent_s, recent_e, together) + _against(older_s, older_e, together)
    best = int(ratio.argmax())
    return float(ages[best]) if 2.0 * ratio[best] > CLEAR_TURN else np.inf


def _against(came: Floats, expected: Floats, rate: float) -> Floats:
    """Log-likelihood of Poisson counts at their own rate, over that at ``rate``."""
    own = came / np.maximum(expected, _LEAST)
    gain = np.where(came > 0.0, came * np.log(np.maximum(own, _LEAST) / max(rate, _LEAST)), 0.0)
    return np.asarray(gain - expected * (own - rate))


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Counts of our own decisions, shape (k,) each."""

    phase: Ints
    treatment: Ints
    age: Floats
    number: Floats
    answerable: Floats
    expected: Floats
    positives: Floats


def _columns(journey: Journey, counts: Sequence[ResponseCount]) -> _Columns:
    delays = Delays.of(journey, counts)
    rows = []
    for count in counts:
        phase = journey.phase_index.get(count.phase)
        treatment = journey.treatment_index.get((count.action, count.channel))
        if phase is None or not treatment or not count.ours:
            continue
        share = delays.answered_by(count.action, count.channel, count.age_hours)
        came = count.number if count.delay_hours is not None and share > 0.0 else 0
        numbers = (count.age_hours, count.number, share * count.number, share * count.propensity, came)
        rows.append((phase, treatment, *numbers))
    table = np.array(rows, dtype=np.float64).reshape(-1, 7)
    codes = table[:, :2].astype(np.int64)
    return _Columns(codes[:, 0], codes[:, 1], *table[:, 2:].T)


def _belief(journey: Journey, seen: _Columns, mine: Mask) -> float:
    """Responses that the model's own propensity of a treatment is worth."""
    answerable = float(seen.answerable[mine].sum())
    return journey.objective.updates.evidence * float(seen.expected[mine].sum()) / max(answerable, _LEAST)


def make_update(journey: Journey, counts: Sequence[ResponseCount], evidence: Floats) -> PropensityUpdate:
    """The posterior as shifts of log-odds.

    Args:
        evidence: shape (P, T). Decisions that the model's propensity is worth in each cell.

    Note:
        With the model's mean propensity q of a cell, n of its evidence, the posterior mean is
        ``q·r·(n·q·r + S)/(n·q·r + E·r)`` where E responses were expected and S came, and r is the same
        ratio (r = 1) over the treatment's other phases. Rounded to 0.01 in log-odds and two digits of
        evidence, so that a quiet hour gives the same version again.
    """
    counted = tally(journey, counts)
    prior = np.clip(evidence, 1.0, journey.objective.updates.evidence)
    some = counted.decisions > 0
    mean = np.divide(counted.expected, counted.decisions, out=np.zeros(prior.shape), where=some)
    mean = np.clip(mean, _LEAST, 1.0 - _LEAST)
    others_expected = counted.expected.sum(axis=0) - counted.expected
    others_positives = counted.positives.sum(axis=0) - counted.positives
    weight = prior * mean
    ratio = (weight + others_positives) / (weight + np.maximum(others_expected, 0.0))
    start = np.clip(mean * ratio, _LEAST, 1.0 - _LEAST)
    posterior = (prior * start + counted.positives) / (prior + counted.decisions)
    shift = _log_odds(posterior) - _log_odds(mean)
    shift = np.where(some, np.clip(shift, -LARGEST_SHIFT, LARGEST_SHIFT), 0.0)
    return read_update(journey, _content(journey, shift, counted, variant_shares(journey, counts)))


def read_update(journey: Journey, content: bytes) -> PropensityUpdate:
    """The update that ``content`` describes, for the treatments that ``journey`` (still) has."""
    shape = (len(journey.phases), len(journey.treatments))
    shift, evidence, seen = (np.zeros(shape) for _ in range(3))
    variants: dict[tuple[str, str | None], dict[str, float]] = {}
    for phase, action, channel, *numbers in json.loads(content):
        if phase is None:
            variants[action, channel] = numbers[0]
            continue
        row = journey.phase_index.get(phase)
        column = journey.treatment_index.get((action, channel))
        if row is not None and column is not None:
            shift[row, column], evidence[row, column], seen[row, column] = numbers
    return PropensityUpdate(
        shift=shift,
        evidence=evidence,
        seen=seen,
        version=hashlib.sha256(content).hexdigest()[:16],
        content=content,
        variants=variants,
    )


def as_modelled(update: PropensityUpdate | None, phase: int, treatment: int, propensity: float) -> float:
    """The model's own propensity behind an updated one; what the next update compares with."""
    shift = 0.0 if update is None else float(update.shift[phase, treatment])
    if shift == 0.0 or not 0.0 < propensity < 1.0:
        return propensity
    return float(_odds_back(_log_odds(np.array([propensity])) - shift)[0])


class UpdatedEstimates:
    """An estimator's answers with an update on top.

    Cells without one keep their bits.
    """

    __slots__ = ("_evidence", "_inner", "_phases", "_update")

    def __init__(self, inner: Estimator, update: PropensityUpdate, evidence: Floats) -> None:
        """``evidence``: shape (P, T).

        What the inner propensities are worth where they say 0 rows.
        """
        self._inner = inner
        self._update = update
        self._evidence = evidence
        self._phases = frozenset(np.flatnonzero(update.evidence.any(axis=1)).tolist())

    def of_one_in_eur(
        self, situations: Situations, row: Ints, treatment: Ints, stakes: Stakes
    ) -> tuple[Floats, Floats] | None:
        """As the inner estimator's, for one situation's candidates if the update leaves them as they are."""
        inner, phase = self._inner, int(situations.phase[0])
        if not isinstance(inner, LearnedEstimates):
            return None
        if phase in self._phases and self._update.evidence[phase].take(treatment).any():
            return None
        return inner.of_one_in_eur(situations, row, treatment, stakes)

    def estimate(self, situations: Situations, row: Ints, treatment: Ints) -> Estimates:
        estimates = self._inner.estimate(situations, row, treatment)
        phase = situations.phase[row]
        added = self._update.evidence[phase, treatment]
        use = ((added > 0.0) & (estimates.propensity > 0.0)).nonzero()[0]
        if not len(use):
            return estimates
        at = (phase[use], treatment[use])
        value, low = estimates.propensity.copy(), estimates.low.copy()
        high, evidence = estimates.high.copy(), estimates.evidence.copy()
        value[use] = _odds_back(_log_odds(estimates.propensity[use]) + self._update.shift[at])
        worth = np.maximum(evidence[use], self._evidence[at]) + added[use]
        low[use], high[use] = score_interval(value[use], worth)
        evidence[use] += added[use]
        return Estimates(
            propensity=value,
            low=low,
            high=high,
            evidence=evidence,
            leads_to=estimates.leads_to,
            next_value=estimates.next_value,
            shift_error=estimates.shift_error,
            learned=estimates.learned,
        )


def _content(journey: Journey, shift: Floats, counted: Tally, variants: VariantShares) -> bytes:
    """Canonical JSON: a list of [phase, action, channel, shift, evidence, seen], cells in order.

    Behind them [null, action, channel, shares of variants].
    """
    cells: list[list[object]] = [
        [
            journey.phases[phase].name,
            journey.treatments[treatment].action,
            journey.treatments[treatment].channel,
            round(float(shift[phase, treatment]), 2) + 0.0,
            _two_digits(float(counted.decisions[phase, treatment])),
            _two_digits(float(counted.seen[phase, treatment])),
        ]
        for phase, treatment in np.argwhere(counted.seen > 0).tolist()
    ]
    cells += [[None, action, channel, shares] for (action, channel), shares in variants.items()]
    return json.dumps(cells, separators=(",", ":"), ensure_ascii=False).encode()


def _two_digits(number: float) -> float:
    return float(f"{number:.2g}")


def _log_odds(chance: Floats) -> Floats:
    chance = np.clip(chance, _LEAST, 1.0 - _LEAST)
    return np.asarray(np.log(chance) - np.log1p(-chance))


def _odds_back(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
