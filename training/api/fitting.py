"""Fit, train, evaluate, promote: from tables to a policy that may decide.

``fit`` learns and measures in memory; ``train`` does the same and publishes, as ``nba train`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from models.bundle.gate import admit, overrule
from models.domain.history import from_ms
from models.learned.trees.parameters import TreeParameters
from models.registry import Promotion, Registry
from training.api.policy import Policy
from training.evaluation.figures.evaluate import evaluate_models
from training.evaluation.figures.scored_rows import score_rows
from training.evaluation.off_policy.bootstrap import Estimate
from training.evaluation.off_policy.logged_candidates import candidates_column
from training.rows.split import Part
from training.run.cache import Cache
from training.run.dataset import Dataset
from training.run.learning import Learned, Task
from training.run.measuring import learn_and_measure
from training.run.pipeline import Run
from training.run.pipeline import train as run_training
from training.run.progress import Progress
from training.run.result import TrainingResult
from training.streams import Stream, generator
from training.studies.later_rows import later_rows

UNPUBLISHED: Final = "not published"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFigure:
    """What one policy would have earned on later decisions.

    Attributes:
        value: per decision, doubly robust where the log allows, with its 95 % interval; None: ``refused``
            says why.
        effective_decisions: how many decisions the weights are worth.
    """

    policy: str
    value: Estimate | None
    effective_decisions: float
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A policy on decisions that it did not learn from.

    Attributes:
        policies: itself (``ours``) next to policies that everyone knows.
        auc, calibration_error: of propensities; None without later contacts of both kinds.
        metrics: every figure, as the manifest of a bundle has them.
        notes: what the log cannot tell.
    """

    policies: tuple[PolicyFigure, ...]
    auc: float | None
    calibration_error: float | None
    metrics: Mapping[str, Any]
    notes: tuple[str, ...]

    @property
    def ours(self) -> PolicyFigure | None:
        """The policy itself; None where the log has no action probabilities."""
        return next((each for each in self.policies if each.policy == "ours"), None)


def fit(
    dataset: Dataset,
    *,
    seed: int | None = None,
    tune: int = 0,
    progress: Progress | None = None,
    cache: Cache | None = None,
) -> tuple[Policy, Evaluation]:
    """Learn a policy and measure it on later rows; nothing is written.

    Args:
        seed: of everything that is drawn; None: the configuration's.
        tune: sizes of trees to try first.
        progress: told which stage runs.
        cache: features and models of earlier runs.

    Raises:
        NBAError: see the stages of a training.
    """
    task = _task(dataset, seed, tune, progress, cache)
    learned, measured = learn_and_measure(task)
    return policy_of(learned), _evaluation(measured.metrics)


def train(
    dataset: Dataset,
    registry: Path | str,
    *,
    reports: Path | str | None = None,
    now: datetime | None = None,
    promote: bool = False,
    seed: int | None = None,
    tune: int = 0,
    progress: Progress | None = None,
    cache: Cache | None = None,
) -> TrainingResult:
    """Learn, measure, judge and publish a bundle, with its report: what ``nba train`` does.

    Args:
        registry: folder of the registry; made if it is not there.
        reports: folder of reports; None: next to the registry.
        now: aware; becomes part of the bundle's id; None: the time.
        promote: ask the gate to let it decide at once.
        seed, tune, progress, cache: as ``fit``.

    Raises:
        NBAError: see the stages of a training.
    """
    root = Path(registry)
    run = Run(
        task=_task(dataset, seed, tune, progress, cache),
        registry=Registry(root),
        reports=root.parent / "reports" if reports is None else Path(reports),
        now=datetime.now(UTC) if now is None else now,
        promote=promote,
    )
    return run_training(run)


def evaluate(policy: Policy, dataset: Dataset, *, since: datetime | None = None) -> Evaluation:
    """Measure a policy on the decisions of a log that are later than those it learned from.

    Args:
        since: only decisions later than that; None: later than what it learned from.

    Raises:
        TrainingDataError: there are none.
        NBAError: the log has names that the policy's journey file does not know.
    """
    prepared = later_rows(dataset, policy.engine(), since or policy.learned_until)
    rng = generator(dataset.config.seed, Stream.EVALUATION_AGAIN)
    scored = score_rows(prepared, policy.models, candidates_column(dataset.tables), rng)
    metrics = evaluate_models(
        prepared,
        policy.models,
        TreeParameters(),
        dataset.config.evaluation,
        scored,
        dataset.tables.reward is not None,
        rng,
    )
    return _evaluation(metrics)


def promote(
    registry: Path | str, bundle_id: str, reason: str, *, force: bool = False, now: datetime | None = None
) -> Promotion:
    """Let a published bundle decide, if the gate allows it; ``force`` overrules the gate and is kept.

    Raises:
        GateError: the gate refuses it.
        RegistryError, BundleError: there is no such bundle, or it does not load.
    """
    gate = overrule if force else admit
    return Registry(Path(registry)).promote(
        bundle_id, reason, datetime.now(UTC) if now is None else now, admit=gate
    )


def policy_of(learned: Learned) -> Policy:
    """The policy of a training that was not published."""
    known = learned.prepared.rows.decided_at[learned.prepared.split.part < Part.TEST]
    return Policy(
        name=UNPUBLISHED,
        journey=learned.prepared.journey,
        models=learned.models,
        learned_until=from_ms(int(known.max())) if len(known) else None,
    )


def _task(
    dataset: Dataset, seed: int | None, tune: int, progress: Progress | None, cache: Cache | None
) -> Task:
    return Task(
        dataset=dataset,
        seed=dataset.config.seed if seed is None else seed,
        progress=progress or Progress(),
        cache=cache or Cache(),
        tune_trials=tune,
    )


def _evaluation(metrics: Mapping[str, Any]) -> Evaluation:
    overall = metrics["response"]["overall"]
    return Evaluation(
        policies=tuple(_figure(name, each) for name, each in metrics["policy_value"]["policies"].items()),
        auc=overall["auc"],
        calibration_error=overall["calibration_error"],
        metrics=metrics,
        notes=tuple(metrics["notes"]),
    )


def _figure(name: str, value: Mapping[str, Any]) -> PolicyFigure:
    found = value.get("gamma") or value.get("dr") or value.get("snips")
    return PolicyFigure(
        policy=name,
        value=Estimate(**found) if found and not value["refused"] else None,
        effective_decisions=value["effective_sample_size"],
        refused="; ".join(value["refused"]),
    )
