"""Shrunken log-odds of a positive response per phase and treatment.

What is left when there is too little data for trees, and where the trees start. A cell borrows from its
phase, its action, its channel, and from like actions (same purpose, channel and group), so a new action
starts from the mean of those. What the journey file believes of an action (``Prior.propensity``) takes
the place of like actions and weighs as many rows as it says.

Knows the journey and counts; knows nothing of customers' features.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import AnyInts, Floats, Mask
from models.domain.actions import Action
from models.domain.journey import Journey
from models.learned.response.shrinkage import CellEstimate, Level, Moments, shrink

_FIRST_PROPENSITY = 0.05  # of a journey without rows and without beliefs
_PHASE, _LIKE, _ACTION, _TREATMENT, _OWN = 0.5, 0.7, 0.7, 0.4, 0.4  # first guesses of widths in log-odds


@dataclass(frozen=True, slots=True, kw_only=True)
class PropensityTable:
    """P(positive response) per phase and treatment, all of shape (P, T).

    Attributes:
        log_odds: of the smoothed propensity.
        evidence: rows that the estimate is worth: those of the cell and what it borrows.
        rows: decisions seen in the cell.
        positives: positive responses among them.
    """

    log_odds: Floats
    evidence: Floats
    rows: Floats
    positives: Floats

    @property
    def propensity(self) -> Floats:
        return np.asarray(1.0 / (1.0 + np.exp(-self.log_odds)))


def fit_table(
    *,
    journey: Journey,
    phase: AnyInts,
    treatment: AnyInts,
    response: AnyInts,
    weight: Floats | None = None,
) -> PropensityTable:
    """Count and shrink; works without a single row. ``weight``: how much each row counts; None: all alike."""
    shape = (len(journey.phases), len(journey.treatments))
    cell = phase.astype(np.int64) * shape[1] + treatment
    rows = np.bincount(cell, weights=weight, minlength=shape[0] * shape[1]).astype(np.float64)
    positives = sums(cell, response if weight is None else weight * response, len(rows))
    grid = CellGrid(journey)
    estimate = _around_beliefs(journey, grid, rows, positives, _from_like(journey, grid, rows, positives))
    chance = 1.0 / (1.0 + np.exp(-estimate.log_odds))
    return PropensityTable(
        log_odds=estimate.log_odds.reshape(shape),
        evidence=(1.0 / (estimate.variance * np.maximum(chance * (1.0 - chance), 1e-9))).reshape(shape),
        rows=rows.reshape(shape),
        positives=positives.reshape(shape),
    )


def sums(group: AnyInts, values: NDArray[Any], size: int) -> Floats:
    """Sum of ``values`` per group, shape (size,)."""
    return np.asarray(np.bincount(group, weights=values, minlength=size), dtype=np.float64)


class CellGrid:
    """The cells phase × treatment and what they share.

    Cell = phase · T + treatment.
    """

    def __init__(self, journey: Journey) -> None:
        phases, treatments = len(journey.phases), len(journey.treatments)
        of_treatment: list[Action | None] = [
            None if t.channel is None else journey.actions[journey.action_index[t.action]]
            for t in journey.treatments
        ]
        self.phase = np.repeat(np.arange(phases), treatments)
        self.treatment = np.tile(np.arange(treatments), phases)
        self.action, self.actions = _codes([None if a is None else a.name for a in of_treatment])
        like = [
            None if a is None else (a.purpose.value, t.channel)
            for a, t in zip(of_treatment, journey.treatments, strict=True)
        ]
        self.like, self.likes = _codes(like)
        self.group, self.groups = _codes([None if a is None else a.group for a in of_treatment])

    def levels(self) -> list[Level]:
        """Margins of the table: phase, like actions, group, action, treatment, phase of an action."""
        spread = self.phase * (self.actions + 1)
        phase_of_action = np.where(self.per_cell(self.action) >= 0, spread + self.per_cell(self.action), -1)
        return [
            Level(group=np.zeros_like(self.phase), size=1, width=1.0, learn=False),
            Level(group=self.phase, size=int(self.phase.max()) + 1, width=_PHASE),
            Level(group=self.per_cell(self.like), size=self.likes, width=_LIKE),
            Level(group=self.per_cell(self.group), size=self.groups, width=_LIKE),
            Level(group=self.per_cell(self.action), size=self.actions, width=_ACTION),
            Level(group=self.treatment, size=int(self.treatment.max()) + 1, width=_TREATMENT),
            Level(group=phase_of_action, size=int(spread.max()) + self.actions + 1, width=_OWN),
        ]

    def per_cell(self, of_treatment: AnyInts) -> AnyInts:
        return np.asarray(of_treatment[self.treatment])


def _codes(names: Sequence[Hashable | None]) -> tuple[AnyInts, int]:
    """Codes in order of first appearance; -1 for None."""
    known: dict[Hashable, int] = {}
    codes = np.array([-1 if name is None else known.setdefault(name, len(known)) for name in names])
    return codes, len(known)


def _from_like(journey: Journey, grid: CellGrid, rows: Floats, positives: Floats) -> CellEstimate:
    """All that the data says, beliefs counted as rows: the start of actions nobody has a belief about."""
    believed_rows, believed_positives = _pseudo_rows(journey, grid)
    total, hits = rows + believed_rows, positives + believed_positives
    first = (hits.sum() + 10.0 * _FIRST_PROPENSITY) / (total.sum() + 10.0)
    return shrink(
        grid.levels(),
        own_width=_OWN,
        moments=_binomial(total, hits),
        anchor=np.full(len(rows), np.log(first / (1.0 - first))),
    )


def _pseudo_rows(journey: Journey, grid: CellGrid) -> tuple[Floats, Floats]:
    """A belief's weight, spread evenly over the cells its action can be in."""
    rows, chance = np.zeros(len(grid.phase)), np.zeros(len(grid.phase))
    for action, belief, cells in _beliefs(journey, grid):
        rows[cells] = action.prior.weight / max(int(cells.sum()), 1)
        chance[cells] = belief
    return rows, rows * chance


def _beliefs(journey: Journey, grid: CellGrid) -> list[tuple[Action, float, Mask]]:
    """Actions with a stated propensity, and the mask of cells that the action can be in."""
    beliefs = []
    for action in journey.actions:
        if action.prior.propensity is None:
            continue
        treatments = [i for i, t in enumerate(journey.treatments) if t.action == action.name]
        phases = [journey.phase_index[name] for name in action.phases] or list(range(len(journey.phases)))
        cells = np.isin(grid.treatment, treatments) & np.isin(grid.phase, phases)
        beliefs.append((action, float(np.clip(action.prior.propensity, 1e-6, 1 - 1e-6)), cells))
    return beliefs


def _around_beliefs(
    journey: Journey, grid: CellGrid, rows: Floats, positives: Floats, like: CellEstimate
) -> CellEstimate:
    """Actions with a belief start from it and not from like actions; the others stay as they are."""
    beliefs = _beliefs(journey, grid)
    if not beliefs:
        return like
    course = _course_of_phases(grid, rows, like)
    anchor, owner = like.log_odds.copy(), np.full(len(rows), -1)
    firm, inner = np.ones(len(beliefs)), np.ones(len(beliefs))
    for k, (action, belief, cells) in enumerate(beliefs):
        mine = np.isin(grid.treatment, grid.treatment[cells])
        anchor[mine] = np.log(belief / (1.0 - belief)) + (course - course[cells].mean())[mine]
        owner[mine] = k
        firm[k], inner[k] = _precisions(action.prior.weight * belief * (1.0 - belief))
    believed = owner >= 0
    treatments = np.where(believed, grid.treatment, -1)
    of_treatment = np.ones(int(grid.treatment.max()) + 1)
    of_treatment[treatments[believed]] = inner[owner[believed]]
    around = shrink(
        [
            Level(group=owner, size=len(beliefs), width=1.0, precision=firm),
            Level(group=treatments, size=len(of_treatment), width=1.0, precision=of_treatment),
        ],
        own_width=_OWN,
        own_precision=np.where(believed, inner[owner], 1.0),
        moments=_binomial(np.where(believed, rows, 0.0), np.where(believed, positives, 0.0)),
        anchor=anchor,
    )
    return CellEstimate(
        log_odds=np.where(believed, around.log_odds, like.log_odds),
        variance=np.where(believed, around.variance, like.variance),
    )


def _precisions(information: float) -> tuple[float, float]:
    """How firm a belief is about its action, and about how far a treatment or a phase may deviate.

    The three variances add up to ``1 / information``: that of the rows the belief is worth.
    """
    variance = 1.0 / max(information, 1e-6)
    inner = min(_OWN**2, variance / 3.0)
    return 1.0 / (variance - 2.0 * inner), 1.0 / inner


def _course_of_phases(grid: CellGrid, rows: Floats, like: CellEstimate) -> Floats:
    """How much likelier a response is in a cell's phase than on average; zero without rows."""
    phases = int(grid.phase.max()) + 1
    weight = sums(grid.phase, rows, phases)
    mean = sums(grid.phase, like.log_odds, phases) / np.bincount(grid.phase)
    if weight.sum() == 0:
        return np.zeros(len(grid.phase))
    return np.asarray((mean - np.average(mean, weights=weight))[grid.phase])


def _binomial(rows: Floats, positives: Floats) -> Moments:
    def moments(log_odds: Floats) -> tuple[Floats, Floats]:
        chance = 1.0 / (1.0 + np.exp(-log_odds))
        return positives - rows * chance, rows * chance * (1.0 - chance)

    return moments
