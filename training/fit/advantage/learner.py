"""Learns effects in money in a few rounds.

From centred treatments, values, and shrinkage. An R-learner with known probabilities: what came of a
decision, minus what was to be expected whatever was done, is explained by what was done minus its
probability. What comes later counts through a value that is learned in turn. Nie and Wager, "Quasi-oracle
estimation of heterogeneous treatment effects", 2021.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import lightgbm
import numpy as np

from models.arrays import Floats, Floats32, Ints
from models.learned.advantage.belief import PhaseBelief
from models.learned.advantage.believed import Outlook
from models.learned.advantage.model import Advantage, Effects, Situation
from training.fit.advantage.belief.learning import attach
from training.fit.advantage.belief.scale import BelievedScale
from training.fit.advantage.later import LaterMoves, fit_later_moves, worth_later
from training.fit.advantage.regression import Explained, Regression
from training.fit.advantage.rows import Problem, Rows, folds, halves
from training.fit.advantage.scale import PARAMETERS, Scale, StakesScale, baseline_features, phase_means
from training.fit.advantage.value import (
    LIMIT,
    ValueFit,
    ValueFound,
    delayed_table,
    value_columns,
)

ROUNDS: Final = 3
LEAST_NOISE: Final = 1e-3
"""Where moving up explains all money, this share of its variance still counts as noise of the rest."""
TREES: Final = 40
TREE_PARAMETERS: Final = {
    **PARAMETERS, "objective": "l2", "learning_rate": 0.06, "min_data_in_leaf": 400,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """The means that are subtracted before effects may depend on columns.

    They are means in the log.
    """

    taste: Floats
    contact: Floats
    recent: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What everything is seen through.

    Scale, belief and centres, learned once from all rows.
    """

    problem: Problem
    scale: Scale | StakesScale | BelievedScale
    belief: PhaseBelief | None
    centres: Centres

    def situation(self, rows: Rows, belief: Floats) -> tuple[Situation, Outlook]:
        """What effects depend on, and what is ahead."""
        features = baseline_features(rows, None if self.belief is None else belief)
        ahead = self.scale.ahead(features, rows, belief)
        made = Situation(
            scale=self.scale.unit(rows.phase) * self.scale.tilt(ahead.variance, rows.phase),
            belief=belief[:, : self.problem.phases],
            attributes=self.scale.standardised(rows.attributes),
            taste=rows.taste - self.centres.taste,
            contact=rows.contact - self.centres.contact,
            recent=rows.recent - self.centres.recent,
            stake=ahead.stake,
        )
        return made, ahead


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Effects, and the residuals that they were learned from.

    ``moves``: of whether customers moved up. ``money``: of what came, that of moving up taken off.
    ``residual``, ``noise``: (k,) of all that came. ``waiting``: (k, D) earlier innovations, ``coefficients``:
    (D,) what they still add. ``at_step``: (k,) the residual in money without what they will add later.
    ``seen``: (k,) share of effects on moves that residuals show.
    """

    advantage: Advantage
    moves: Explained
    money: Explained
    residual: Floats
    noise: Floats
    waiting: Floats32
    coefficients: Floats
    at_step: Floats
    later: LaterMoves
    worth_later: Floats
    seen: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Variances:
    """Prior variances of groups of effects, where they are known."""

    moves: Floats
    money: Floats

    @classmethod
    def of(cls, learned: Learned) -> Variances:
        return cls(learned.moves.posterior.variances, learned.money.posterior.variances)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Effects that were learned from other rows.

    On the odds of moving up and in money; what is learned starts from there.
    """

    moves: Effects
    money: Effects


def learn(
    frame: Frame, rows: Rows, variances: Variances | None = None, prior: Prior | None = None
) -> Learned:
    """Learn effects from whole journeys: on the odds of moving up, and on the money that comes otherwise."""
    problem, fold, half = frame.problem, folds(rows), halves(rows)
    known = (None, None) if variances is None else (variances.moves, variances.money)
    belief = attach(frame.belief, problem, rows)
    situation, ahead = frame.situation(rows, belief)
    tilt = frame.scale.tilt(ahead.variance, rows.phase)
    happened = frame.scale.moved(rows, ahead)
    moved, information, beliefs = happened.moved, happened.information, (belief, happened.after)
    height = ahead.stake / information
    odds = Regression(
        problem, rows, replace(situation, scale=information), information / rows.weight, fold, known[0],
        None if prior is None else prior.moves,
    )  # fmt: skip
    moves = odds.explain(moved - ahead.up, sparse=True)
    columns = value_columns(
        problem, rows, situation.attributes, beliefs, frame.scale.unit(np.arange(problem.phases))
    )
    chain = frame.scale.chain.values
    discount = np.where(rows.ends, 0.0, problem.discount)
    limit = LIMIT * float(np.abs(chain).max()) + 1.0
    found = ValueFound((chain[rows.step + 1] * beliefs[1]).sum(axis=1), np.zeros(columns.delayed.shape[1]))
    earned = rows.reward - height * moved
    target: Floats = earned + discount * found.after
    value = ValueFit(problem, rows, columns, rows.reward + discount * found.after, half)
    usually = phase_means(moved, rows.phase, problem.phases)[rows.phase]
    later_moves = fit_later_moves(
        problem, rows, beliefs[0], information, moved - value.expected(moved, usually),
        _pressure(frame, rows, beliefs[0], ahead, columns.delayed.shape[1]),
    )  # fmt: skip
    worth = _worth_later(frame, rows, beliefs[0], ahead, later_moves.coefficients)
    felt = ahead.stake * later_moves.odds
    noise = _noise(target - value.cross_fitted(target), tilt, rows, problem)
    noise = np.maximum(noise, LEAST_NOISE * ahead.variance)
    regression = Regression(
        problem, rows, situation, noise, fold, known[1], None if prior is None else prior.money
    )
    gained = rows.reward
    for _ in range(ROUNDS - 1):
        target = earned + discount * found.after
        residual = target - value.cross_fitted(target)
        regression.fit(residual)
        both = [
            there.at_once(situation) + up.at_once(situation.at_stake())
            for there, up in zip(regression.of_halves(residual), odds.of_halves(moves.residual), strict=True)
        ]
        costs = np.minimum(delayed_table(problem, found.delayed), 0.0)
        later = situation.scale[:, None] * (situation.belief @ (costs + worth))
        gained = rows.reward + _bonus(rows, both, later, problem.cost, half)
        found = value.iterate(gained - felt, discount, found.after, limit)
    target = earned + discount * found.after
    expected = value.cross_fitted(target)
    money = regression.explain(target - expected - _trees(frame, rows, beliefs[0], target - expected, half))
    still_to_come = discount * (columns.delayed_after @ found.delayed)
    whole = money.residual + height * moves.residual
    return Learned(
        advantage=Advantage(
            cost=problem.cost,
            later=delayed_table(problem, found.delayed),
            money=money.effects,
            moves=moves.effects,
        ),
        moves=moves,
        money=money,
        residual=whole,
        noise=_noise(whole, tilt, rows, problem),
        waiting=np.column_stack(
            [columns.delayed, later_moves.columns * (happened.seen * ahead.stake)[:, None].astype(np.float32)]
        ),
        coefficients=np.append(found.delayed, later_moves.coefficients),
        at_step=target - expected - still_to_come,
        later=later_moves,
        worth_later=worth,
        seen=happened.seen,
    )


def _pressure(frame: Frame, rows: Rows, belief: Floats, ahead: Outlook, columns: int) -> float:
    """Log-odds at the next decision that are worth what the company thinks a contact costs later."""
    if not (frame.problem.pressure and frame.problem.tires.any()):
        return 0.0
    one = np.zeros(columns)
    one[0] = 1.0
    worth = _worth_later(frame, rows, belief, ahead, one)[:, frame.problem.tires].max(axis=1)
    usual = float((frame.scale.unit(rows.phase) * worth[rows.phase]).mean())
    return -frame.problem.pressure / usual if usual > 0 else 0.0


def _worth_later(frame: Frame, rows: Rows, belief: Floats, ahead: Outlook, coefficients: Floats) -> Floats:
    """(P, A) in units of the scale."""
    phases = frame.problem.phases
    likeliest = belief[:, :phases].argmax(axis=1)
    base, unit = frame.scale.chain.base, frame.scale.unit(np.arange(phases))
    return worth_later(frame.problem, base, rows, likeliest, ahead.stake, coefficients) / unit[:, None]


def _noise(residual: Floats, tilt: Floats, rows: Rows, problem: Problem) -> Floats:
    """(k,) variance of the residual: by phase, in proportion to the tilt; less certain rows have more."""
    usual = phase_means(residual**2 / tilt, rows.phase, problem.phases, least=50)[rows.phase]
    return usual * tilt / rows.weight


def _bonus(rows: Rows, both: list[Floats], later: Floats, cost: Floats, half: Ints) -> Floats:
    """(k,) what the best choice would have brought more than the one that was made, cost taken off.

    One half of the customers chooses and the other prices the choice, so that luck is not taken for gain.

    Args:
        both: (k, A) effects at once, as each half of the customers shows them. later: (k, A).
    """
    row = np.arange(rows.n)
    usual = (rows.probabilities * later).sum(axis=1)
    bonus = np.zeros(rows.n)
    for f in (0, 1):
        choice = np.where(rows.eligible, both[1 - f] + later - cost, -np.inf).argmax(axis=1)
        best = both[f][row, choice] + later[row, choice] - cost[choice]
        bonus[half == f] = (best - both[f][row, rows.treatment] - usual)[half == f]
    return bonus


def _trees(frame: Frame, rows: Rows, belief: Floats, residual: Floats, fold: Ints) -> Floats:
    """(k,) what trees still expect, each half by the trees of the other."""
    features = baseline_features(rows, None if frame.belief is None else belief)
    result = np.zeros(rows.n)
    for f in (0, 1):
        own = fold == f
        data = lightgbm.Dataset(features[own], residual[own])
        trees = lightgbm.train(TREE_PARAMETERS, data, TREES)
        result[~own] = trees.predict(features[~own], num_threads=1)
    return result
