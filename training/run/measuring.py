"""Measure: what later rows say of fitted models.

Every figure of a training, and what a bundle carries besides its models. Where later rows show that a simple
policy is surely better than what was learned, that policy takes its place and is measured instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from training.checks.rows import check_rows
from training.checks.times import check_times
from training.evaluation.figures.evaluate import evaluate_models
from training.evaluation.figures.predictions import Predictions, predict
from training.evaluation.figures.satisfaction import satisfaction_figures
from training.evaluation.figures.scored_rows import ScoredRows, score_rows
from training.evaluation.off_policy.logged_candidates import candidates_column
from training.extras.drift_reference import drift_reference
from training.extras.shadow_prices import shadow_prices
from training.fit.fit import chosen_estimators
from training.rows.split import Part
from training.run.learning import Learned, Task, learn, simpler
from training.streams import Stream, generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the test rows say of the models.

    What the bundle carries besides them stands here too.
    """

    predictions: Predictions
    scored: ScoredRows
    metrics: Mapping[str, Any]
    prices: Mapping[str, float]
    drift: Mapping[str, Any]


def learn_and_measure(task: Task) -> tuple[Learned, Measured]:
    """Learn, and measure on later rows what was learned, or the simple policy that is surely better.

    Raises:
        NBAError: see the stages.
    """
    with threadpool_limits(1, user_api="blas"):  # its threads change the last bits of a sum
        learned = learn(task)
        measured = measure(task, learned)
        simple = simpler(task, learned, measured.metrics["policy_value"])
        return (learned, measured) if simple is None else (simple, measure(task, simple))


def measure(task: Task, learned: Learned) -> Measured:
    """All figures of the models on the test rows."""
    prepared, models, tables = learned.prepared, learned.models, learned.dataset.tables
    rng = generator(task.seed, Stream.EVALUATION)
    with task.progress.stage("evaluate") as stage:
        stage.rows = int(np.sum(prepared.split.of(Part.TEST)))
        predictions = predict(prepared, models)
        scored = score_rows(prepared, models, candidates_column(tables), rng)
        metrics = evaluate_models(
            prepared,
            models,
            learned.parameters,
            task.config.evaluation,
            scored,
            tables.reward is not None,
            rng,
            predictions,
            chosen_estimators(task.config),
            learned.simple,
        )
        metrics["effects_in_money"] = learned.contest.to_json()
        if learned.satisfaction is not None:
            metrics["satisfaction"] = satisfaction_figures(prepared, learned.satisfaction, scored)
        findings = (*check_times(tables, prepared.journey), *check_rows(prepared))
        metrics["data_checks"] = [each.to_json() for each in findings]
        return Measured(
            predictions=predictions,
            scored=scored,
            metrics=metrics,
            prices=shadow_prices(prepared, models, generator(task.seed, Stream.SHADOW_PRICES)),
            drift=drift_reference(prepared, models, generator(task.seed, Stream.DRIFT_REFERENCE)),
        )
