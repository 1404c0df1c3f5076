"""The candidates of a single situation, by the compiled kernel.

What a decision asks. NumPy's code for many situations (``ResponseModel``, ``TransitionModel``) is the
contract: both give the same bits. Exponentials are NumPy's in either way: those of other libraries differ
in the last bits.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models import kernel
from models.arrays import Floats, Floats32, Ints
from models.bundle import Models
from models.learned.features.summary import ValueFeatures
from models.learned.response.calibration import Knots
from models.learned.response.model import LIMIT
from models.learned.transition.course import LARGEST
from models.learned.trees.trees import TreePlan, Trees
from models.statistics import NORMAL_90


class Stakes(NamedTuple):
    """What candidates are reckoned in EUR with; see ``TreatmentFactors``.

    ``stake``, ``cost``: shape (T,); ``entry``: (P,); ``weight``: (k,) of the request; ``propensity``,
    ``journey``: whether these count; ``interval_width``: of an interval, in standard deviations.
    """

    stake: Floats
    cost: Floats
    entry: Floats
    weight: Floats | None
    propensity: bool
    journey: bool
    interval_width: float


@dataclass(frozen=True, slots=True, eq=False)
class OneSituation:
    """Tables of the models as the kernel reads them, by phase.

    Attributes:
        start, shift, evidence: (T,) each. effects, shift_error: (T, P) each.
    """

    shift: tuple[Floats, ...]
    evidence: tuple[Floats, ...]
    effects: tuple[Floats, ...]
    shift_error: tuple[Floats, ...]
    nothing_responds: bool
    start: tuple[Floats, ...]
    knots: Knots
    trees: TreePlan | None
    outlook: CustomerOutlook

    @classmethod
    def of(cls, models: Models) -> OneSituation | None:
        """None: there is no kernel, or it cannot take the models."""
        response, transition = models.response, models.transition
        if kernel.native is None or len(transition.effects) > kernel.MOST_PHASES:
            return None
        if not all(trees is None or trees.compiled for trees in (response.trees, transition.trees)):
            return None
        return cls(
            shift=_by_phase(response.shift),
            evidence=_by_phase(response.evidence),
            effects=_by_phase(transition.effects),
            shift_error=_by_phase(transition.standard_errors),
            nothing_responds=response.nothing_responds,
            start=_by_phase(np.zeros_like(response.start) if response.trees_alone else response.start),
            knots=response.knots,
            trees=_plan(response.trees, len(models.spec.customer_names)),
            outlook=CustomerOutlook(models),
        )

    def log_odds(self, phase: int, customer_x: Floats32, candidate_x: Floats32, treatment: Ints) -> Floats:
        """Of the response, as far as the calibration of phases and treatments: shape (k,)."""
        scores = self.start[phase].take(treatment)
        if self.trees is not None:
            scores += self.trees.scores(customer_x, candidate_x)
        return self.knots.apply(scores)

    def figures(
        self, phase: int, treatment: Ints, log_odds: Floats, baseline: Floats, worth: Floats, stakes: Stakes
    ) -> tuple[Floats, Floats]:
        """All that is expected of candidates, in EUR, where effects in money were not learned.

        Args:
            treatment, log_odds, baseline: as ``chances`` takes them; the first candidate alone does nothing.
            worth: shape (2, P). Discounted values at the horizon, without and with a contact.

        Returns:
            Shape (10, k): propensity, low, high, evidence, immediate, journey, cost, priority, over nothing
            and deviation, as ``Scores`` has them; and (k, P).
        """
        k, phases = len(treatment), baseline.shape[1]
        powers, figures, leads_to = np.empty(k + k * phases), np.empty((10, k)), np.empty((k, phases))
        kernel.native.score_candidates(
            log_odds, np.ascontiguousarray(treatment, dtype=np.int64), baseline, worth, stakes.weight,
            self.shift[phase], self.evidence[phase], self.effects[phase], self.shift_error[phase],
            stakes.stake, stakes.cost, stakes.entry, phase, LIMIT, NORMAL_90, stakes.interval_width,
            self.nothing_responds, stakes.propensity, stakes.journey, np.exp, powers, figures, leads_to,
        )  # fmt: skip
        return figures, leads_to

    def chances(
        self, phase: int, treatment: Ints, log_odds: Floats, baseline: Floats
    ) -> tuple[Floats, Floats]:
        """Propensities and where candidates lead.

        Args:
            treatment: shape (k,). Codes.
            log_odds: shape (k,). Of the response, as far as the calibration of cells.
            baseline: shape (1, P). ``TransitionModel.baseline``.

        Returns:
            Shape (4, k): propensity, low, high, evidence; and (k, P).
        """
        k, phases = len(treatment), baseline.shape[1]
        powers, figures, leads_to = np.empty(k + k * phases), np.empty((4, k)), np.empty((k, phases))
        native, treatment = kernel.native, np.ascontiguousarray(treatment, dtype=np.int64)
        native.candidate_exponents(
            log_odds, self.shift[phase], treatment, baseline, self.effects[phase], LIMIT, powers
        )
        np.exp(powers, out=powers)
        native.candidate_chances(
            powers, treatment, self.evidence[phase], NORMAL_90, self.nothing_responds, figures, leads_to
        )
        return figures, leads_to


class CustomerOutlook:
    """Where a customer goes, and what phases are worth then.

    If nothing is done; compiled once. The columns of the course as they are, then those of journey value as
    they are (where corrections need them) and as they will be: by moved and contacted.
    """

    def __init__(self, models: Models) -> None:
        transition, value = models.transition, models.value
        course, features = transition.course, value.features
        phases = len(transition.chain)
        self._models = models
        blocks = [
            *([] if course is None else [course.features]),
            *[features] * (5 if features.corrected else 4),
        ]
        self._bounded = 0 if course is None else len(course.features.names)
        self._columns = _joined(blocks, "columns").astype(np.int64)
        self._missing, self._mean, self._scale = (_joined(blocks, n) for n in ("missing", "mean", "scale"))
        self._least, self._most = (
            np.concatenate([getattr(block.shape, name) for block in blocks]) for name in ("least", "most")
        )
        self._logged = np.concatenate([block.shape.logged for block in blocks])
        forward = value.forward
        ahead = 4 * len(features.names)
        now = len(self._columns) - ahead
        self._factor = [np.append(np.ones(now), forward.factor[p].ravel()) for p in range(phases)]
        self._summand = [np.append(np.zeros(now), forward.summand[p].ravel()) for p in range(phases)]
        self._corrections = np.ascontiguousarray(features.corrections) if features.corrected else None
        self._slope = np.ascontiguousarray(features.correction[:, 3]) if features.corrected else None
        self._ahead = (slice(now, None), (1, 2, 2, len(features.names)))
        self._trees = _plan(transition.trees, len(models.spec.customer_names))
        self._towards = np.zeros((phases, phases)) if course is None else course.towards
        self._towards = np.ascontiguousarray(self._towards, dtype=np.int64)
        self._before = transition.before_trees(np.arange(phases))
        self._classes = np.ascontiguousarray(transition.classes, dtype=np.int64)
        self._stay = [value.weights[np.array([p]), 1:, None] for p in range(phases)]
        self._move = value.weights[:, 1:].T
        self._course = None if course is None else course.weights
        self._scale_of_trees = transition.calibration.scale
        self._discount = [float(discount) for discount in value.discount]
        self._rooms = threading.local()

    def of(self, customer_x: Floats32, phase: int) -> tuple[Floats, Floats]:
        """``TransitionModel.baseline``, shape (1, P), and discounted values at the horizon, shape (2, P)."""
        value, native, room = self._models.value, kernel.native, self._room()
        native.customer_columns(
            customer_x, self._columns, self._missing, self._factor[phase], self._summand[phase], self._least,
            self._most, self._logged, room.raw, room.logs,
        )  # fmt: skip
        np.log1p(room.logs, room.logs)
        native.standard_columns(
            room.raw, room.logs, self._logged, self._mean, self._scale, self._bounded, LARGEST,
            self._corrections, self._slope, room.x,
        )  # fmt: skip
        moves = None if self._course is None else np.matmul(room.course, self._course)
        trees = None if self._trees is None else self._trees.scores(customer_x)
        baseline, worth = np.empty((1, len(self._before))), np.empty((2, len(self._before)))
        native.customer_outlook(
            moves, self._towards[phase], self._before[phase], trees, self._classes, self._scale_of_trees,
            np.matmul(room.staying, self._stay[phase]), np.matmul(room.moving, self._move), value.level,
            value.low, value.high, self._discount[phase], phase, value.contact_costs, baseline, worth,
        )  # fmt: skip
        return baseline, worth

    def _room(self) -> _Room:
        """Room for the columns of one customer, of this thread alone."""
        room: _Room | None = getattr(self._rooms, "own", None)
        if room is None:
            raw, logs, x = np.empty((3, len(self._columns)))
            ahead, shape = self._ahead
            forward = x[ahead].reshape(shape)
            course = x[None, None, : self._bounded]
            room = self._rooms.own = _Room(raw, logs, x, course, forward[:, 0], forward[:, 1])
        return room


class _Room(NamedTuple):
    """Columns as they are, their logarithms and standardised; views of these for the products of matrices."""

    raw: Floats
    logs: Floats
    x: Floats
    course: Floats
    staying: Floats
    moving: Floats


def _plan(trees: Trees | None, customer_columns: int) -> TreePlan | None:
    return None if trees is None else trees.plan(min(customer_columns, trees.n_features))


def _joined(blocks: list[ValueFeatures], name: str) -> Floats:
    return np.concatenate([np.asarray(getattr(block, name), dtype=np.float64) for block in blocks])


def _by_phase(table: Floats) -> tuple[Floats, ...]:
    return tuple(np.ascontiguousarray(own, dtype=np.float64) for own in table)
