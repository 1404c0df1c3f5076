"""What more customers to learn from are worth.

The same training on ever larger shares of the customers, each judged on the same later decisions. Knows
shares; knows nothing of how models are fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from models.errors import NBAError, TrainingDataError
from training.evaluation.off_policy.bootstrap import Estimate
from training.evaluation.off_policy.policies import OURS
from training.rows.split import Part
from training.run.dataset import Dataset
from training.run.learning import Task, prepare_task
from training.run.measuring import learn_and_measure
from training.run.progress import Progress
from training.streams import Stream, generator
from training.studies.known_rows import rows_at
from training.studies.plain import plain

SHARES: Final = (0.125, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A training on some of the customers.

    Attributes:
        customers, decisions: that were learned from.
        earned: per later decision, doubly robust; None: ``refused`` says why.
        auc: of propensities; None without contacts of both kinds.
    """

    share: float
    customers: int
    decisions: int
    earned: Estimate | None
    auc: float | None
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """Points by growing share; money in ``currency``."""

    currency: str
    points: tuple[Point, ...]

    @property
    def verdict(self) -> str:
        """The first sentence that somebody reads."""
        told = [(point, point.earned) for point in self.points if point.earned is not None]
        if len(told) < 2:
            return f"The log cannot tell what more customers are worth: {self.points[-1].refused}."
        (fewer, before), (all_, after) = told[-2], told[-1]
        inside = before.low <= after.value <= before.high
        word = (
            "is within the interval before, so more customers are not known to help"
            if inside
            else "is outside the interval before, so more customers still help"
            if after.value > before.value
            else "is lower, so the customers of one period may not be those of the next"
        )
        return (
            f"From {fewer.customers:,} to {all_.customers:,} customers the value goes from "
            f"{before.value:.3f} to {after.value:.3f} {self.currency} per decision, which {word}."
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values, the verdict first."""
        return {"verdict": self.verdict, **plain(self)}


def learning_curve(
    dataset: Dataset,
    shares: Sequence[float] = SHARES,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
) -> LearningCurve:
    """Train on growing shares of the customers; a smaller share is part of every larger one.

    Args:
        shares: of the customers, in (0, 1].
        seed: of everything that is drawn; None: the configuration's.
        progress: told which stage runs.

    Raises:
        TrainingDataError: a share is out of range.
    """
    if not shares or not all(0 < share <= 1 for share in shares):
        raise TrainingDataError(
            f"shares: expected numbers in (0, 1], got {', '.join(map(str, shares)) or 'none'}."
        )
    drawn = dataset.config.seed if seed is None else seed
    task = Task(dataset=dataset, seed=drawn, progress=progress or Progress())
    whole = prepare_task(task)
    rows, part = whole.rows, whole.split.part
    draw = generator(drawn, Stream.LEARNING_CURVE).random(int(rows.customer.max()) + 1)[rows.customer]
    points = []
    for share in sorted(shares):
        use = np.flatnonzero((part == Part.TEST) | (draw < share))
        learned = use[part[use] < Part.TEST]
        prepared = rows_at(whole, use)
        try:
            _, measured = learn_and_measure(replace(task, prepared=prepared))
        except NBAError as error:
            points.append(
                _point(share, rows.customer[learned], None, None, f"it cannot be trained ({error})")
            )
            continue
        metrics = measured.metrics
        values = metrics["policy_value"]
        ours = values["policies"].get(OURS, {})
        found = ours.get("gamma") or ours.get("dr") or ours.get("snips")
        refused = values["reason"] or "; ".join(ours.get("refused", []))
        earned = Estimate(**found) if found and not refused else None
        points.append(
            _point(share, rows.customer[learned], earned, metrics["response"]["overall"]["auc"], refused)
        )
    return LearningCurve(currency=dataset.journey.currency, points=tuple(points))


def _point(share: float, customer: Any, earned: Estimate | None, auc: float | None, refused: str) -> Point:
    return Point(
        share=share,
        customers=len(np.unique(customer)),
        decisions=len(customer),
        earned=earned,
        auc=auc,
        refused=refused,
    )
