"""How many EUR a decision can move at all.

For this phase and this customer. The standard deviation of the value of what happens next: of the phase it is
the unit of effects, so that one prior holds for all phases, and of the customer it says how much more or less
than usual is at stake.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import lightgbm
import numpy as np

from models.arrays import Floats, Ints, Mask
from models.learned.advantage.belief import certain
from models.learned.advantage.believed import Outlook
from models.learned.advantage.served import MARGIN, TILT, Stakes
from training.fit.advantage.chain import PhaseChain
from training.fit.advantage.rows import Problem, Rows
from training.fit.advantage.shrinkage import shrink

TREES: Final = 40
MOST_ROWS: Final = 60_000
PARAMETERS: Final = {
    "verbose": -1, "num_threads": 1, "deterministic": True, "seed": 1, "learning_rate": 0.1,
    "num_leaves": 12, "min_data_in_leaf": 150, "lambda_l2": 5.0, "feature_fraction": 0.8,
    "bagging_fraction": 0.8, "bagging_freq": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Moves up of k decisions.

    ``moved``: (k,) whether customers moved up, or how probably. ``information``: (k,) by how much a step of
    log-odds changes that: the variance of moving up, as far as it can be seen. ``seen``: (k,) that share.
    ``after``: (k, P + 1) the next phase.
    """

    moved: Floats
    information: Floats
    seen: Floats
    after: Floats


def stated_moves(up: Mask, rows: Rows, ahead: Outlook) -> Moved:
    """Moves as they were stated."""
    moved = up[rows.phase, rows.next_phase].astype(np.float64)
    return Moved(moved, ahead.binomial, np.ones(rows.n), certain(rows.next_phase, len(up)))


@dataclass(frozen=True, slots=True, eq=False)
class PhaseUnits:
    """The unit of each phase, and what attributes change in it.

    ``mean``, ``spread``: of the attributes. ``margin``: (K,) slopes of the reward by attribute.
    ``variance``: (P,) of the next value, by stated phase.
    """

    problem: Problem
    chain: PhaseChain
    mean: Floats
    spread: Floats
    margin: Floats
    variance: Floats

    @property
    def up(self) -> Mask:
        """(P, P + 1) whether a next phase is worth more than staying."""
        return self.chain.up(self.problem.discount)

    def standardised(self, attributes: Floats) -> Floats:
        """Attributes with mean 0 and spread 1 in the log."""
        result: Floats = (attributes - self.mean) / self.spread
        return result

    def tilt(self, variance: Floats, phase: Ints) -> Floats:
        """How much more than usual in the phase is at stake."""
        result: Floats = np.clip(variance / self.variance[phase], *TILT)
        return result

    def unit(self, phase: Ints) -> Floats:
        """EUR: the standard deviation of the phase."""
        result: Floats = np.sqrt(self.variance[phase])
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Scale(PhaseUnits):
    """Baseline of next phases, and the unit of each phase."""

    booster: Any

    def ahead(self, features: Floats, rows: Rows, belief: Floats) -> Outlook:
        """By the baseline, and the values of the chain at the next step."""
        del belief
        phase, step = rows.phase, np.minimum(rows.step + 1, self.problem.horizon)
        logits = self.booster.predict(features, raw_score=True, num_threads=1)
        logits = logits + np.log(self.chain.base)[phase]
        chance = np.exp(logits - logits.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        factor = np.clip(1.0 + self.standardised(rows.attributes) @ self.margin, *MARGIN)
        worth = self.chain.reward[phase] * factor[:, None] + self.problem.discount * self.chain.values[step]
        mean = (chance * worth).sum(axis=1)
        upwards = chance * self.up[phase]
        return Outlook(
            variance=np.maximum((chance * worth**2).sum(axis=1) - mean**2, 1e-9),
            up=_possible(upwards.sum(axis=1)),
            stake=np.maximum((upwards * worth).sum(axis=1) - upwards.sum(axis=1) * mean, 0.0),
        )

    def moved(self, rows: Rows, ahead: Outlook) -> Moved:
        """Moves as they were stated."""
        return stated_moves(self.up, rows, ahead)


@dataclass(frozen=True, slots=True, eq=False)
class StakesScale:
    """The same by a model of the next phase; attributes are standardised."""

    problem: Problem
    chain: PhaseChain
    stakes: Stakes

    @property
    def up(self) -> Mask:
        """(P, P) whether a next phase is worth more than staying."""
        return self.stakes.up

    @property
    def variance(self) -> Floats:
        return self.stakes.variance

    def standardised(self, attributes: Floats) -> Floats:
        """Attributes as they are."""
        return attributes

    def tilt(self, variance: Floats, phase: Ints) -> Floats:
        """How much more than usual in the phase is at stake."""
        result: Floats = np.clip(variance / self.stakes.variance[phase], *TILT)
        return result

    def unit(self, phase: Ints) -> Floats:
        """EUR: the standard deviation of the phase."""
        result: Floats = np.sqrt(self.stakes.variance[phase])
        return result

    def ahead(self, features: Floats, rows: Rows, belief: Floats) -> Outlook:
        """By what the model foretells if nothing is done."""
        del belief
        return Outlook(
            variance=self.stakes.variance_ahead(rows.ahead, rows.attributes, rows.phase),
            up=_possible((rows.ahead * self.up[rows.phase]).sum(axis=1)),
            stake=self.stakes.stake(rows.ahead, rows.attributes, rows.phase),
        )

    def moved(self, rows: Rows, ahead: Outlook) -> Moved:
        """Moves as they were stated."""
        return stated_moves(self.up, rows, ahead)


def _possible(chance: Floats) -> Floats:
    return np.clip(chance, 1e-6, 1.0 - 1e-6)


def fit_stakes(problem: Problem, rows: Rows, chain: PhaseChain) -> StakesScale:
    """The reward's slopes and each phase's usual variance, ``rows.ahead`` being given."""
    p = problem.phases
    draft = Stakes(
        reward=chain.reward[:, :p],
        after=problem.discount * chain.values[0, :p],
        margin=margin_of(problem, rows, rows.attributes),
        variance=np.ones(p),
        up=chain.up(problem.discount)[:, :p],
    )
    ahead = draft.variance_ahead(rows.ahead, rows.attributes, rows.phase)
    return StakesScale(problem, chain, replace(draft, variance=phase_means(ahead, rows.phase, p)))


def baseline_features(rows: Any, belief: Floats | None) -> Floats:
    """What the baseline and the trees of the value see; ``rows`` has the columns of ``Rows``."""
    columns = [rows.attributes, rows.contact, rows.other, rows.taste, rows.phase[:, None], rows.step[:, None]]
    return np.column_stack(columns if belief is None else [*columns, belief])


def fit_scale(problem: Problem, rows: Rows, chain: PhaseChain, features: Floats) -> Scale:
    """Boosted next phases on top of the phase's own shares, and the reward's slopes."""
    use = np.random.default_rng(0).permutation(rows.n)[:MOST_ROWS]
    start = np.log(chain.base)[rows.phase[use]].ravel(order="F")
    data = lightgbm.Dataset(features[use], rows.next_phase[use], init_score=start)
    parameters = {**PARAMETERS, "objective": "multiclass", "num_class": problem.phases + 1}
    booster = lightgbm.train(parameters, data, TREES)
    mean, spread = rows.attributes.mean(axis=0), rows.attributes.std(axis=0) + 1e-9
    margin = margin_of(problem, rows, (rows.attributes - mean) / spread)
    draft = Scale(problem, chain, mean, spread, margin, np.ones(problem.phases), booster)
    variance = draft.ahead(features, rows, certain(rows.phase, problem.phases)).variance
    return replace(draft, variance=phase_means(variance, rows.phase, problem.phases))


def margin_of(problem: Problem, rows: Rows, x: Floats) -> Floats:
    """Ridge of the reward, relative to its phase, on the attributes."""
    paid = rows.reward > 0
    if paid.sum() < 20:
        return np.zeros(x.shape[1])
    key = rows.phase[paid] * (problem.phases + 1) + rows.next_phase[paid]
    total = np.bincount(key, rows.reward[paid]) / np.maximum(np.bincount(key), 1)
    relative = np.minimum(rows.reward[paid] / total[key], 5.0) - 1.0
    noise = max(float(relative.var()), 1e-6)
    gram, moment = x[paid].T @ x[paid] / noise, x[paid].T @ relative / noise
    return shrink(gram, moment, np.zeros(x.shape[1], dtype=np.int64), rounds=8).coefficients


def phase_means(values: Floats, phase: Ints, phases: int, least: int = 30) -> Floats:
    """(P,) means, the overall one where there are few rows; at least 1e-4 of the largest."""
    count = np.bincount(phase, minlength=phases)
    mean = np.bincount(phase, values, minlength=phases) / np.maximum(count, 1)
    mean = np.where(count >= least, mean, values.mean())
    return np.maximum(mean, max(1e-4 * float(mean.max()), 1e-9))
