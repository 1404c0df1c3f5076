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

from models.arrays import Floats, Floats32, Ints, Mask
from models.learned.advantage.belief import PhaseBelief
from models.learned.advantage.model import Advantage, Situation
from training.fit.advantage.believing import attach
from training.fit.advantage.design import GROUPS, Design
from training.fit.advantage.rows import Problem, Rows, halves
from training.fit.advantage.scale import PARAMETERS, Scale, StakesScale, baseline_features, phase_means
from training.fit.advantage.shrinkage import Shrunk, posterior, shrink
from training.fit.advantage.value import LIMIT, ValueFit, ValueFound, delayed_table, value_columns

ROUNDS: Final = 3
ROUNDS_OF_SHRINKAGE: Final = 25
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
    scale: Scale | StakesScale
    belief: PhaseBelief | None
    centres: Centres

    def situation(self, rows: Rows, belief: Floats) -> tuple[Situation, Floats]:
        """What effects depend on, and (k,) how much more than usual is at stake."""
        features = baseline_features(rows, None if self.belief is None else belief)
        variance = self.scale.next_variance(features, rows)
        tilt = self.scale.tilt(variance, rows.phase)
        made = Situation(
            scale=self.scale.unit(rows.phase) * tilt,
            belief=belief[:, : self.problem.phases],
            attributes=self.scale.standardised(rows.attributes),
            taste=rows.taste - self.centres.taste,
            contact=rows.contact - self.centres.contact,
            recent=rows.recent - self.centres.recent,
        )
        return made, tilt


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Effects, and the residuals that they were learned from.

    ``residual``: (k,) what came minus what was to be expected. ``noise``: (k,) its variance.
    ``waiting``: (k, D) and ``coefficients``: (D,) what earlier innovations still add to the residual.
    """

    advantage: Advantage
    waiting: Floats32
    coefficients: Floats
    residual: Floats
    noise: Floats
    posterior: Shrunk


class Regression:
    """The effect regression of some rows; only residuals change between its rounds."""

    def __init__(
        self,
        problem: Problem,
        rows: Rows,
        situation: Situation,
        noise: Floats,
        fold: Ints,
        variances: Floats | None,
    ) -> None:
        self._design = Design(problem, situation.attributes.shape[1])
        self._rows, self._situation, self._fold = rows, situation, fold
        self._weight = rows.innovation() * (situation.scale / np.sqrt(noise))[:, None].astype(np.float32)
        self._noise = noise
        self._groups = self._design.groups()
        known = None if variances is None else variances > 0
        self._grams = [
            self._design.gram(_rows_of(situation, fold == f), self._weight[fold == f], known) for f in (0, 1)
        ]
        self._variances = variances
        self._rounds = 1 if variances is not None else ROUNDS_OF_SHRINKAGE

    def fit(self, residual: Floats) -> tuple[Advantage, Shrunk]:
        """Effects from all rows."""
        noise = float((residual**2 / self._noise).mean())
        moments = [self._moment(residual, self._fold == f) for f in (0, 1)]
        gram = (self._grams[0] + self._grams[1]) / noise
        found = shrink(
            gram,
            (moments[0] + moments[1]) / noise,
            self._groups,
            rounds=self._rounds,
            variances=self._variances,
        )
        if self._rounds > 1:
            self._variances = found.variances
        return self._design.advantage(found.coefficients), found

    def of_halves(self, residual: Floats) -> list[Advantage]:
        """Effects from each half alone, shrunk as the whole is."""
        noise = float((residual**2 / self._noise).mean())
        variances = np.ones(len(GROUPS)) if self._variances is None else self._variances
        kept = np.flatnonzero(variances[self._groups] > 0)
        found = []
        for f in (0, 1):
            moment = self._moment(residual, self._fold == f) / noise
            coefficients, _ = posterior(self._grams[f] / noise, moment, variances, self._groups, kept)
            found.append(self._design.advantage(coefficients))
        return found

    def _moment(self, residual: Floats, own: Mask) -> Floats:
        pull = (residual / np.sqrt(self._noise))[own]
        return self._design.moment(_rows_of(self._situation, own), self._weight[own] * pull[:, None])


def learn(frame: Frame, rows: Rows, variances: Floats | None = None) -> Learned:
    """Learn effects from whole journeys; ``variances``: of groups of effects, where they are known."""
    problem, fold = frame.problem, halves(rows)
    beliefs = attach(frame.belief, problem, rows)
    situation, tilt = frame.situation(rows, beliefs[0])
    unit = np.sqrt(frame.scale.variance)
    columns = value_columns(problem, rows, situation.attributes, beliefs, unit)
    chain = frame.scale.chain.values
    discount = np.where(rows.ends, 0.0, problem.discount)
    limit = LIMIT * float(np.abs(chain).max()) + 1.0
    found = ValueFound((chain[rows.step + 1] * beliefs[1]).sum(axis=1), np.zeros(columns.delayed.shape[1]))
    target: Floats = rows.reward + discount * found.after
    value = ValueFit(problem, rows, columns, target, fold)
    noise = _noise(target - value.cross_fitted(target), tilt, rows, problem)
    regression = Regression(problem, rows, situation, noise, fold, variances)
    for last in [False] * (ROUNDS - 1) + [True]:
        target = rows.reward + discount * found.after
        expected = value.cross_fitted(target)
        if last:
            expected = expected + _trees(frame, rows, beliefs[0], target - expected, fold)
        residual = target - expected
        advantage, posterior = regression.fit(residual)
        delayed = delayed_table(problem, found.delayed)
        if not last:
            bonus = _bonus(rows, situation, regression.of_halves(residual), delayed, fold)
            found = value.iterate(rows.reward + bonus, discount, found.after, limit)
    return Learned(
        advantage=replace(advantage, later=delayed),
        waiting=columns.delayed,
        coefficients=found.delayed,
        residual=residual,
        noise=noise * float((residual**2 / noise).mean()),
        posterior=posterior,
    )


def _noise(residual: Floats, tilt: Floats, rows: Rows, problem: Problem) -> Floats:
    """(k,) variance of the residual: by phase, in proportion to the tilt; less certain rows have more."""
    usual = phase_means(residual**2 / tilt, rows.phase, problem.phases, least=50)[rows.phase]
    return usual * tilt / rows.weight


def _bonus(rows: Rows, situation: Situation, both: list[Advantage], delayed: Floats, fold: Ints) -> Floats:
    """(k,) what the best choice would have brought more than the one that was made, cost taken off.

    One half of the customers chooses and the other prices the choice, so that luck is not taken for gain.
    """
    row = np.arange(rows.n)
    later = situation.scale[:, None] * (situation.belief @ delayed)
    usual = (rows.probabilities * later).sum(axis=1)
    effects = [advantage.effect(situation) for advantage in both]
    cost = both[0].cost
    bonus = np.zeros(rows.n)
    for f in (0, 1):
        choice = np.where(rows.eligible, effects[1 - f] + later - cost, -np.inf).argmax(axis=1)
        best = effects[f][row, choice] + later[row, choice] - cost[choice]
        bonus[fold == f] = (best - effects[f][row, rows.treatment] - usual)[fold == f]
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


def _rows_of(s: Situation, own: Mask) -> Situation:
    return Situation(
        scale=s.scale[own], belief=s.belief[own], attributes=s.attributes[own], taste=s.taste[own],
        contact=s.contact[own], recent=s.recent[own],
    )  # fmt: skip
