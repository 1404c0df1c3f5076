"""The propensity of a treatment for a customer.

P(positive outcome within the response window | customer). Trees on customer and candidate features, started
from the shrunk phase × treatment table. Doing nothing is a treatment like any other: where it was never
followed by a positive outcome its propensity is exactly 0.

Knows features; knows nothing of money or of which treatments are allowed. ``fit.py`` learns it.

Terms: docs/glossary.md. Method: DESIGN, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats
from models.learned.files import array_bytes, json_bytes, read_array, read_json
from models.learned.response.calibration import Knots
from models.learned.trees.trees import Trees
from models.statistics import NORMAL_90, share_interval

LIMIT: Final = 30.0
"""Log-odds beyond which a probability has no more bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Propensity:
    """Propensities of m candidates, shape (m,) each.

    ``low`` and ``high``: 90 % interval. ``evidence``: decisions that the estimate is worth, those it
    borrows from like treatments included.
    """

    value: Floats
    low: Floats
    high: Floats
    evidence: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class ResponseModel:
    """Table, trees and calibration, fitted by ``fit_response``.

    Attributes:
        start: shape (P, T). Log-odds that the trees start from.
        shift: shape (P, T). Calibration of each phase and treatment, in log-odds.
        evidence: shape (P, T). Decisions that the estimate is worth.
        rows: shape (P, T). Decisions seen.
        knots: calibration of all.
        trees_text: LightGBM's text; None: the table speaks alone.
        trees_alone: whether the trees say it all and are not added to ``start``.
        nothing_responds: whether doing nothing was ever followed by a positive outcome.
    """

    start: Floats
    shift: Floats
    evidence: Floats
    rows: Floats
    knots: Knots
    trees_text: str | None
    nothing_responds: bool
    trees_alone: bool = False

    def propensity(
        self,
        *,
        customer_x: AnyFloats,
        candidate_x: AnyFloats,
        row: AnyInts,
        phase: AnyInts,
        treatment: AnyInts,
    ) -> Propensity:
        """Propensities of m candidates.

        Args:
            customer_x: shape (n, F). Customer features of n situations.
            candidate_x: shape (m, G). Candidate features.
            row: shape (m,). Situation of each candidate.
            phase: shape (n,). Phase codes.
            treatment: shape (m,). Treatment codes; 0 is doing nothing.
        """
        cell = phase[row] * self.start.shape[1] + treatment
        log_odds = self.knots.apply(self.score(customer_x, candidate_x, row, cell))
        log_odds += self.shift.take(cell)
        value = 1.0 / (1.0 + np.exp(-np.minimum(np.maximum(log_odds, -LIMIT), LIMIT)))
        if not self.nothing_responds:
            value[treatment == 0] = 0.0
        evidence = self.evidence.take(cell)
        low, high = score_interval(value, evidence)
        return Propensity(value=value, low=low, high=high, evidence=evidence)

    def score(self, customer_x: AnyFloats, candidate_x: AnyFloats, row: AnyInts, cell: AnyInts) -> Floats:
        """Log-odds before calibration, shape (m,); ``cell``: shape (m,), phase · T + treatment."""
        start = self.before_trees(cell)
        if self.trees is None:
            return start
        return np.asarray(start + self.trees.raw_scores_split(customer_x, candidate_x, row))

    def before_trees(self, cell: AnyInts) -> Floats:
        """What the trees are added to, shape (m,)."""
        return np.zeros(len(cell)) if self.trees_alone else np.asarray(self.start.take(cell))

    @cached_property
    def trees(self) -> Trees | None:
        return None if self.trees_text is None else Trees.from_model_string(self.trees_text)

    def to_files(self) -> dict[str, bytes]:
        """The model as files; the same model gives the same bytes."""
        settings = {"nothing_responds": self.nothing_responds}
        files = {
            "response.json": json_bytes(settings | ({"trees_alone": True} if self.trees_alone else {})),
            "response_table.npy": array_bytes(np.stack((self.start, self.shift, self.evidence, self.rows))),
            "response_knots.npy": array_bytes(np.stack((self.knots.score, self.knots.log_odds))),
        }
        if self.trees_text is not None:
            files["response_trees.txt"] = self.trees_text.encode()
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> ResponseModel:
        """What ``to_files`` gave; BundleError if a file is missing or of another kind."""
        table, knots = read_array(files, "response_table.npy"), read_array(files, "response_knots.npy")
        text, settings = files.get("response_trees.txt"), read_json(files, "response.json")
        return cls(
            start=table[0],
            shift=table[1],
            evidence=table[2],
            rows=table[3],
            knots=Knots(knots[0], knots[1]),
            trees_text=None if text is None else text.decode(),
            nothing_responds=bool(settings["nothing_responds"]),
            trees_alone=bool(settings.get("trees_alone", False)),
        )


def score_interval(value: Floats, evidence: Floats) -> tuple[Floats, Floats]:
    """90 % score interval of propensities with ``evidence`` decisions behind them, shape (m,) each.

    Nothing can happen where the propensity is exactly 0.
    """
    low, high = share_interval(value, evidence, NORMAL_90)
    high[value == 0.0] = 0.0
    return low, high
