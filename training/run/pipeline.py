"""The stages of a training, in order.

Rows → split → features → fit → evaluate → gate → publish → report, of a dataset that was loaded and checked.
Strings the stages together (``learning.py``, ``measuring.py``) and knows nothing that a stage knows. Clock
and seed are part of a ``Run``: the same data, configuration and seed give a bundle with the same content.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from threadpoolctl import threadpool_limits

from models.bundle import Bundle, Models
from models.bundle.gate import Verdict
from models.domain.history import to_ms
from models.errors import NBAError
from models.policy.engine import Engine
from models.registry import Registry
from training.data.rejects import write_rejects
from training.fit.advantage.carried import Champion
from training.fit.candidates import golden_rows
from training.fit.prepared import Prepared
from training.gate import Choices, choose_all, contestants, judge
from training.gate.contest import Contest
from training.gate.golden import check_golden_decisions, eleven_utc
from training.report.findings import Findings
from training.report.page import write_report
from training.report.page_figures import page_figures
from training.run.learning import Learned, Task, refit
from training.run.measuring import Measured, learn_and_measure
from training.run.provenance import provenance
from training.run.publish import Published, publish
from training.run.result import TrainingResult
from training.streams import Stream, generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One training: what it learns from, and where its results go.

    Attributes:
        task: the dataset, and how to learn from it.
        reports: folder of reports; the bundle's gets its id.
        now: aware; becomes part of the bundle's id.
        promote: make the bundle the champion even if there is one.
    """

    task: Task
    registry: Registry
    reports: Path
    now: datetime
    promote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the gate says of the models.

    Next to the bundle that decides now.
    """

    champion: Bundle | None
    contest: Contest
    choices: Choices
    verdict: Verdict


def train(run: Run) -> TrainingResult:
    """Learn a bundle from data and publish it.

    Raises:
        NBAError: see the stages.
    """
    with threadpool_limits(1, user_api="blas"):  # its threads change the last bits of a sum
        run = replace(run, task=replace(run.task, champion=_carried_from(run)))
        learned, measured = learn_and_measure(run.task)
        judged = _judge(run, learned, measured)
        models = learned.models
        if run.task.config.refit:
            models = refit(run.task, learned)
            judged = replace(judged, verdict=_with_golden_decisions(judged.verdict, learned.prepared, models))
        published = _publish(run, learned, measured, judged, models)
        reports = _report(run, learned, measured, judged, published)
    return TrainingResult(
        manifest=published.manifest,
        promoted=published.promoted,
        refused=published.refused,
        reports=reports,
        seconds=dict(run.task.progress.seconds),
        validated=learned.dataset.validated,
        journey=learned.prepared.journey,
    )


def _with_golden_decisions(verdict: Verdict, prepared: Prepared, models: Models) -> Verdict:
    """The verdict, but the golden decisions are those of ``models``."""
    engine = Engine(prepared.journey, models, "refitted")
    asked = check_golden_decisions(engine, prepared.journey.gate, eleven_utc(prepared.log.end))
    checks = tuple(asked if check.name == asked.name else check for check in verdict.checks)
    return replace(verdict, checks=checks)


def _judge(run: Run, learned: Learned, measured: Measured) -> Judged:
    prepared, models, predictions = learned.prepared, learned.models, measured.predictions
    rng = generator(run.task.seed, Stream.GATE)
    with run.task.progress.stage("gate") as stage:
        stage.rows = len(predictions.phase_rows)
        champion = _champion(run.registry)
        contest = contestants(prepared, models, champion, learned.dataset.tables)
        choices = choose_all(contest, measured.scored, rng)
        resamples = run.task.config.evaluation.bootstrap
        values = measured.metrics["policy_value"]
        verdict = judge(prepared, models, predictions, contest, choices, values, resamples, rng)
    return Judged(champion=champion, contest=contest, choices=choices, verdict=verdict)


def _publish(run: Run, learned: Learned, measured: Measured, judged: Judged, models: Models) -> Published:
    origin = provenance(
        config=run.task.config,
        prepared=learned.prepared,
        validated=learned.dataset.validated,
        fingerprint=learned.fingerprint,
        metrics=measured.metrics,
        seed=run.task.seed,
        parameters=learned.parameters,
        verdict=judged.verdict,
        prices=measured.prices,
        drift=measured.drift,
        tuned=learned.tuned,
        pages=page_figures(learned.prepared, learned.models, measured.predictions, judged.choices),
    )
    with run.task.progress.stage("publish"):
        published = publish(
            models,
            learned.dataset.journey_bytes,
            golden_rows(learned.prepared),
            origin,
            run.registry,
            run.now,
            run.promote,
        )
        folder = run.reports / published.manifest.bundle_id
        write_rejects(learned.dataset.validated.rejects, folder / "rejects.jsonl")
    return published


def _report(run: Run, learned: Learned, measured: Measured, judged: Judged, published: Published) -> Path:
    folder = run.reports / published.manifest.bundle_id
    with run.task.progress.stage("report"):
        findings = Findings(
            prepared=learned.prepared,
            models=learned.models,
            manifest=published.manifest,
            predictions=measured.predictions,
            contest=judged.contest,
            choices=judged.choices,
            champion=judged.champion,
        )
        write_report(findings, folder, generator(run.task.seed, Stream.REPORT))
    return folder


def _carried_from(run: Run) -> Champion | None:
    """The champion, where the configuration asks for its effects and it says until when it learned."""
    if not (run.task.config.effects_from_champion and run.task.config.effects_in_money):
        return None
    bundle = _champion(run.registry)
    until = None if bundle is None else bundle.manifest.provenance.training_until
    if bundle is None or until is None:
        return None
    return Champion(bundle_id=bundle.manifest.bundle_id, until=to_ms(until), models=bundle.models)


def _champion(registry: Registry) -> Bundle | None:
    """The bundle that decides now; None where there is none, or where it does not load any more."""
    champion = registry.champion()
    if champion is None:
        return None
    try:
        return registry.load(champion)
    except NBAError:
        return None
