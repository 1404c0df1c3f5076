"""Simple policies in the form of a bundle.

For logs where what was learned is surely worse: nothing, p × value, one action for everybody, a plan along
the phases, an uplift learner. The last three are tables in EUR that are learned from the same rows. Knows the
form; knows nothing of when they are better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Ints
from models.bundle import Models
from models.domain.journey import Journey
from models.learned.advantage.attributes import AttributeColumns
from models.learned.advantage.model import Advantage, Effects
from models.learned.advantage.served import TILT, Centres, ServedAdvantage, Stakes
from models.learned.files import array_bytes, read_array
from models.policy.eligibility.catalogue import Catalogue
from training.fit.advantage.chain import PhaseChain
from training.fit.advantage.rows import Problem, Rows, halves

BEST_ACTION: Final = "best single action"
PHASE_CHAIN: Final = "phase chain"
UPLIFT: Final = "uplift by attributes"
FEWEST: Final = 60
"""Decisions of a treatment; with fewer nothing is said of it."""
LEAST: Final = 0.02
"""Probabilities below this count as this, so that no single row decides."""
RIDGES: Final = (3.0, 30.0, 300.0, 3_000.0)


@dataclass(frozen=True, slots=True, eq=False)
class Simple:
    """A policy that takes what gains most by a table.

    ``cells``: (P, A) EUR over doing nothing, cost not taken off. ``slopes``: (A, K) by attribute.
    """

    columns: AttributeColumns
    cells: Floats
    slopes: Floats

    def effect(self, phase: AnyInts, customer_x: AnyFloats) -> Floats:
        """(n, A) EUR over doing nothing, cost not taken off."""
        result: Floats = self.cells[phase] + self.columns.read(customer_x) @ self.slopes.T
        return result

    def served(self, journey: Journey, models: Models) -> ServedAdvantage:
        """As a bundle carries it: nothing is at stake, so the scale of every customer is the least one."""
        made = _without_effects(journey, models, responses=False)
        effects = replace(
            made.advantage.money, by_phase=self.cells / TILT[0], by_attribute=self.slopes / TILT[0]
        )
        stakes = replace(made.stakes, margin=np.zeros(self.slopes.shape[1]))
        advantage = replace(made.advantage, money=effects)
        return replace(made, advantage=advantage, attributes=self.columns, stakes=stakes)

    def to_files(self, name: str) -> dict[str, bytes]:
        """For a training that resumes."""
        at = self.columns
        columns = np.stack((at.position.astype(float), at.code.astype(float), at.mean, at.spread))
        parts = {"columns": columns, "cells": self.cells, "slopes": self.slopes}
        return {f"{name}/{part}.npy": array_bytes(array) for part, array in parts.items()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes], name: str) -> Simple:
        """What ``to_files`` gave."""
        columns, cells, slopes = (
            read_array(files, f"{name}/{part}.npy") for part in ("columns", "cells", "slopes")
        )
        position, code = (each.astype(np.int64) for each in columns[:2])
        read = AttributeColumns(position=position, code=code, mean=columns[2], spread=columns[3])
        return cls(read, cells, slopes)


def learn_simple(
    problem: Problem, rows: Rows, chain: PhaseChain, columns: AttributeColumns
) -> dict[str, Simple]:
    """One action for everybody, the plan along the phases, and the uplift by attributes.

    A value of later phases is the chain's, for all three.
    """
    worth = rows.reward + problem.discount * chain.values[0, rows.next_phase]
    flat = np.zeros((problem.treatments, len(columns.position)))
    planned = chain.worth[0] - chain.worth[0][:, :1] + problem.cost
    tables = {PHASE_CHAIN: Simple(columns, np.where(np.isfinite(planned), planned, 0.0), flat)}
    best = _best_action(problem, rows, worth)
    if best is not None:
        tables[BEST_ACTION] = Simple(columns, np.tile(best, (problem.phases, 1)), flat)
    cells, slopes = _uplift(problem, rows, worth)
    return {**tables, UPLIFT: Simple(columns, cells, slopes)}


def _best_action(problem: Problem, rows: Rows, worth: Floats) -> Floats | None:
    """(A,) EUR that the best treatment adds, 0 for the others; None where none pays."""
    p = rows.probabilities[np.arange(rows.n), rows.treatment]
    weight = rows.weight / np.maximum(p, LEAST)
    many = np.bincount(rows.treatment, minlength=problem.treatments) >= FEWEST
    total = np.bincount(rows.treatment, weight, minlength=problem.treatments)
    mean = np.bincount(rows.treatment, weight * worth, minlength=problem.treatments)
    added = mean / np.maximum(total, 1e-9)
    added = np.where(many, added - added[0], 0.0)
    best = int((added - problem.cost).argmax())
    if best == 0 or not many[0]:
        return None
    result: Floats = np.where(np.arange(problem.treatments) == best, added, 0.0)
    return result


def _uplift(problem: Problem, rows: Rows, worth: Floats) -> tuple[Floats, Floats]:
    """Doubly robust scores of each treatment against nothing, regressed on phase and attributes.

    Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects", 2023.
    """
    phases, row = problem.phases, np.arange(rows.n)
    x = np.column_stack([np.ones(rows.n), np.eye(phases)[rows.phase], rows.attributes])
    fold = halves(rows)
    expected = np.zeros((rows.n, problem.treatments))
    many = np.bincount(rows.treatment, minlength=problem.treatments) >= FEWEST
    for a in np.flatnonzero(many):
        for f in (0, 1):
            own = (rows.treatment == a) & (fold == f)
            expected[fold != f, a] = x[fold != f] @ _solve(x[own], worth[own], RIDGES[1])
    scores = expected.copy()
    p = np.maximum(rows.probabilities[row, rows.treatment], LEAST)
    scores[row, rows.treatment] += rows.weight * (worth - expected[row, rows.treatment]) / p
    found = np.zeros((problem.treatments, x.shape[1]))
    for a in np.flatnonzero(many & many[0])[1:]:
        own = rows.eligible[:, a]
        found[a] = _ridge(x[own], scores[own, a] - scores[own, 0], fold[own])
    return (found[:, :1] + found[:, 1 : phases + 1]).T, found[:, phases + 1 :]


def _ridge(x: Floats, y: Floats, fold: Ints) -> Floats:
    """Coefficients with the penalty that predicts the other half best."""

    def loss(ridge: float) -> float:
        return sum(
            float(((y[fold != f] - x[fold != f] @ _solve(x[fold == f], y[fold == f], ridge)) ** 2).sum())
            for f in (0, 1)
        )

    return _solve(x, y, min(RIDGES, key=loss))


def _solve(x: Floats, y: Floats, ridge: float) -> Floats:
    """The first column is a constant."""
    penalty = np.diag(np.append(1e-6, np.full(x.shape[1] - 1, ridge)))
    return np.asarray(np.linalg.solve(x.T @ x + penalty, x.T @ y), dtype=np.float64)


def do_nothing(journey: Journey, models: Models) -> ServedAdvantage:
    """Nothing adds anything, and every contact has its cost."""
    return _without_effects(journey, models, responses=False)


def responses_alone(journey: Journey, models: Models) -> ServedAdvantage:
    """A treatment adds what its response brings, p × value, and nothing else."""
    return _without_effects(journey, models, responses=True)


def _without_effects(journey: Journey, models: Models, responses: bool) -> ServedAdvantage:
    phases, treatments = len(journey.phases), len(journey.treatments)
    catalogue = Catalogue.of(journey)
    nil, none = np.zeros((phases, treatments)), np.zeros(0)
    effects = Effects(
        channel=np.array([journey.channel_index.get(t.channel or "", -1) for t in journey.treatments]),
        tires=np.arange(treatments) > 0,
        by_phase=nil,
        by_attribute=np.zeros((treatments, 0)),
        by_contact=np.zeros(5),
        by_recent=np.zeros(treatments),
    )
    return ServedAdvantage(
        advantage=Advantage(cost=catalogue.cost.astype(np.float64), later=nil, money=effects),
        treatments=tuple((t.action, t.channel) for t in journey.treatments),
        channels=tuple(journey.channel_index),
        attributes=AttributeColumns(
            position=np.zeros(0, dtype=np.int64), code=np.zeros(0, dtype=np.int64), mean=none, spread=none
        ),
        stakes=Stakes(
            reward=np.zeros((phases, phases)),
            after=np.zeros(phases),
            margin=none,
            variance=np.ones(phases),
            up=np.zeros((phases, phases), dtype=bool),
        ),
        centres=Centres(taste=np.zeros(len(journey.channels)), felt=np.zeros(4), recent=np.zeros(treatments)),
        step_days=models.value.horizon_days,
        value=np.zeros(treatments) if responses else catalogue.value.astype(np.float64),
        error=nil,
        error_of_moves=nil,
    )
