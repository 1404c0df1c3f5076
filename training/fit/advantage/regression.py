"""The regression of what came of decisions on innovations.

In groups that are shrunk together, and fold by fold. What came minus what was to be expected whatever was
done is explained by what was done minus its probability. Knows residuals and their noise; knows nothing of
what they are residuals of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.learned.advantage.model import Effects, Situation
from training.fit.advantage.design import GROUPS, Design, rows_of
from training.fit.advantage.rows import FOLDS, Problem, Rows, more_than_usual
from training.fit.advantage.shrinkage import Shrunk, few_large, posterior, shrink

ROUNDS_OF_SHRINKAGE: Final = 25
FEW: Final = (GROUPS.index("phase × treatment"), GROUPS.index("treatment × attribute"))
"""Groups of many coefficients of which few may be large."""


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Effects of one kind, and the residuals that they were learned from.

    ``residual``: (k,) what came minus what was to be expected. ``noise``: (k,) its variance.
    ``phase_said``, ``personal_said``: (k,) what effects of other folds say of it, by phase and by customer.
    """

    effects: Effects
    posterior: Shrunk
    residual: Floats
    noise: Floats
    phase_said: Floats
    personal_said: Floats


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
        prior: Effects | None = None,
    ) -> None:
        self._design = Design(problem, situation.attributes.shape[1])
        self._rows, self._situation, self._fold = rows, situation, fold
        self._weight = rows.innovation() * (situation.scale / np.sqrt(noise))[:, None].astype(np.float32)
        self._noise, self._prior = noise, prior
        self._foretold: Floats | float = 0.0
        if prior is not None:
            effect = prior.at_once(situation)
            self._foretold = more_than_usual(effect, rows.probabilities, rows.treatment)
        self._groups = self._design.groups()
        known = None if variances is None else variances > 0
        own = (fold == f for f in range(FOLDS))
        self._grams = np.stack(
            [self._design.gram(rows_of(situation, at), self._weight[at], known) for at in own]
        )
        self._variances = variances
        self._rounds = 1 if variances is not None else ROUNDS_OF_SHRINKAGE

    def fit(self, residual: Floats) -> tuple[Effects, Shrunk]:
        """Effects from all rows; those of the prior are where they start."""
        residual = residual - self._foretold
        noise = self._level(residual)
        found = shrink(
            self._grams.sum(axis=0) / noise,
            self._moments(residual).sum(axis=0) / noise,
            self._groups,
            rounds=self._rounds,
            variances=self._variances,
        )
        if self._rounds > 1:
            self._variances = found.variances
        return self._effects(found.coefficients), found

    def of_halves(self, residual: Floats) -> list[Effects]:
        """Effects from each half alone, shrunk as the whole is."""
        half = np.arange(FOLDS) // (FOLDS // 2)
        return self._among(residual, np.stack([half == f for f in (0, 1)]))

    def without_folds(self, residual: Floats) -> list[Effects]:
        """Effects from all rows but those of each fold, shrunk as the whole is."""
        return self._among(residual, ~np.eye(FOLDS, dtype=bool))

    def _among(self, residual: Floats, several: Mask) -> list[Effects]:
        variances = np.ones(len(GROUPS)) if self._variances is None else self._variances
        kept = np.flatnonzero(variances[self._groups] > 0)
        return [
            self._effects(posterior(gram, moment, variances, self._groups, kept)[0])
            for gram, moment in self._of_folds(residual, several)
        ]

    def _singly(self, residual: Floats, found: Shrunk, several: Mask) -> list[tuple[Effects, Shrunk]]:
        """From some of the folds each, every coefficient of ``FEW`` shrunk by what these say of it."""
        made = (
            few_large(gram, moment, self._groups, found.variances, FEW)
            for gram, moment in self._of_folds(residual, several)
        )
        return [(self._effects(own.coefficients), own) for own in made]

    def _of_folds(self, residual: Floats, several: Mask) -> Iterator[tuple[Floats, Floats]]:
        """Z'WZ and Z'Wy of the folds in each of ``several``, (k, FOLDS)."""
        residual = residual - self._foretold
        noise = self._level(residual)
        moments = self._moments(residual) / noise
        for among in several:
            yield self._grams[among].sum(axis=0) / noise, moments[among].sum(axis=0)

    def _effects(self, coefficients: Floats) -> Effects:
        found = self._design.effects(coefficients)
        return found if self._prior is None else found.plus(self._prior)

    def _moments(self, residual: Floats) -> Floats:
        """(FOLDS, columns)."""
        pull = residual / np.sqrt(self._noise)
        own = (self._fold == f for f in range(FOLDS))
        return np.stack(
            [
                self._design.moment(rows_of(self._situation, at), self._weight[at] * pull[at, None])
                for at in own
            ]
        )

    def explain(self, residual: Floats, *, sparse: bool = False) -> Explained:
        """Effects from all rows, and what those without each fold say of its rows.

        Args:
            sparse: whether each coefficient of ``FEW`` is shrunk by what it says itself.
        """
        effects, found = self.fit(residual)
        folds = ~np.eye(FOLDS, dtype=bool)
        if sparse and self._rounds > 1:
            (effects, found), *others = self._singly(residual, found, np.vstack([folds.any(axis=0), folds]))
            without = [each for each, _ in others]
        else:
            without = self._among(residual, folds)
        said = np.zeros((2, len(residual)))
        for f, elsewhere in enumerate(without):
            own = np.flatnonzero(self._fold == f)
            here = rows_of(self._situation, own)
            done = self._rows.probabilities[own], self._rows.treatment[own]
            for k, part in enumerate((elsewhere.phase_part(here), elsewhere.personal_part(here))):
                said[k, own] = more_than_usual(part, *done)
        return Explained(effects, found, residual, self._noise * self._level(residual), *said)

    def _level(self, residual: Floats) -> float:
        return max(float((residual**2 / self._noise).mean()), 1e-6)
