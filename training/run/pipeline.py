"""The stages of a training, in order.

Load → validate → rows → split → features → fit → evaluate → gate → publish → report. Strings the stages
together and knows nothing that a stage knows. Clock and seed are part of a ``Run``: the same data,
configuration and seed give a bundle with the same content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
from threadpoolctl import threadpool_limits

from models.arrays import Ints, Mask
from models.bundle import Bundle, Models
from models.bundle.gate import Verdict
from models.domain.journey import Journey
from models.errors import NBAError, TrainingConfigError
from models.learned.advantage.served import ServedAdvantage
from models.learned.trees.parameters import TreeParameters
from models.policy.engine import Engine
from models.registry import Registry
from training.config import TrainingConfig
from training.data.rejects import write_rejects
from training.data.tables import data_sha256
from training.data.validate import Validated
from training.evaluation.figures.evaluate import evaluate_models
from training.evaluation.figures.predictions import Predictions, predict
from training.evaluation.figures.scored_rows import ScoredRows, candidate_mask, score_rows
from training.evaluation.off_policy.policies import NOTHING
from training.extras.drift_reference import drift_reference
from training.extras.shadow_prices import shadow_prices
from training.fit.advantage.log_rows import learnable
from training.fit.advantage.served import (
    Contest,
    LearnedInMoney,
    learn_again,
    learn_in_money,
    not_learned,
)
from training.fit.advantage.simple import do_nothing, responses_alone
from training.fit.candidates import golden_rows
from training.fit.fit import chosen_estimators, fit_models, tree_parameters
from training.fit.keep import KeepFit, Model
from training.fit.prepared import Prepared
from training.fit.tune import Tuned, tune
from training.gate import Choices, choose_all, contestants, judge
from training.gate.floor import surely_better
from training.gate.golden import check_golden_decisions, eleven_utc
from training.report.findings import Findings
from training.report.page import write_report
from training.report.page_figures import page_figures
from training.rows.split import Part, without_test
from training.run.cache import Cache
from training.run.cache_keys import features_key, fit_key, tables_key
from training.run.inputs import NO_CACHE, prepare_rows, read_tables
from training.run.progress import Progress
from training.run.provenance import provenance
from training.run.publish import Published, publish
from training.run.result import TrainingResult
from training.streams import Stream, generator

MOST_SCREENED: Final = 20_000
"""Decisions whose candidates are worked out by rules where the log does not name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One training: what it is made of, and where its results go.

    Attributes:
        data: the folder that the sources' patterns are relative to.
        reports: folder of reports; the bundle's gets its id.
        now: aware; becomes part of the bundle's id.
        seed: of everything that is drawn.
        promote: make the bundle the champion even if there is one.
        cache: tables, features and fitted models of earlier runs.
        tune_trials: sizes of trees to try on the calibration part; 0: those of the configuration.
    """

    config: TrainingConfig
    data: Path
    registry: Registry
    reports: Path
    now: datetime
    seed: int
    progress: Progress
    promote: bool = False
    cache: Cache = NO_CACHE
    tune_trials: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The rows of a run and the fitted models.

    ``fingerprint``: SHA-256 of the tables.
    """

    journey_bytes: bytes
    validated: Validated
    fingerprint: str
    prepared: Prepared
    parameters: TreeParameters
    tuned: Tuned | None
    models: Models
    contest: Contest


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the gate says of the models.

    Next to the bundle that decides now.
    """

    champion: Bundle | None
    choices: Choices
    verdict: Verdict


def train(run: Run) -> TrainingResult:
    """Learn a bundle from data and publish it.

    Raises:
        NBAError: see the stages.
    """
    with threadpool_limits(1, user_api="blas"):  # its threads change the last bits of a sum
        learned = _learn(run)
        measured = _measure(run, learned)
        simpler = _simpler(run, learned, measured)
        if simpler is not None:
            learned, measured = simpler, _measure(run, simpler)
        judged = _judge(run, learned, measured)
        models = learned.models
        if run.config.refit:
            models = _refit(run, learned)
            judged = replace(judged, verdict=_with_golden_decisions(judged.verdict, learned.prepared, models))
        published = _publish(run, learned, measured, judged, models)
        reports = _report(run, learned, measured, judged, published)
    return TrainingResult(
        manifest=published.manifest,
        promoted=published.promoted,
        refused=published.refused,
        reports=reports,
        seconds=dict(run.progress.seconds),
        validated=learned.validated,
        journey=learned.prepared.journey,
    )


def _learn(run: Run) -> Learned:
    config, cache, progress = run.config, run.cache, run.progress
    parameters = tree_parameters(config)  # a wrong size is told before anything is read
    estimators = chosen_estimators(config)
    if run.tune_trials and estimators:
        raise TrainingConfigError(
            f"{config.source}: field models: --tune searches sizes of our trees; leave one of the two out."
        )
    journey, journey_bytes, validated = read_tables(config, run.data, progress, cache)
    features = features_key(config, tables_key(config, journey_bytes, run.data), run.seed)
    prepared = prepare_rows(
        config, journey, validated, run.seed, progress, lambda make: cache.arrays(features, make)[0]
    )
    fingerprint = data_sha256(validated.tables)
    rows = int((prepared.split.part < Part.TEST).sum())
    tuned = None
    if run.tune_trials:
        start, trials = parameters, run.tune_trials
        key = fit_key(config, journey_bytes, fingerprint, parameters, run.seed, trials)
        keep = _keep(run, key, rows)
        tuned = keep("sizes of trees", lambda: tune(prepared, start, trials, run.seed), Tuned.from_files)
        parameters = tuned.parameters
    rng = generator(run.seed, Stream.FITS)
    key = fit_key(config, journey_bytes, fingerprint, parameters, run.seed)
    keep = _keep(run, key, rows, rng)
    models = fit_models(prepared, parameters, rng, keep, estimators)
    in_money = (
        keep(
            "effects in money",
            lambda: _in_money(prepared, models, _logged_candidates(validated.tables)),
            LearnedInMoney.from_files,
        )
        if config.effects_in_money
        else not_learned("training.yaml asks for no effects in money")
    )
    return Learned(
        journey_bytes=journey_bytes,
        validated=validated,
        fingerprint=fingerprint,
        prepared=prepared,
        parameters=parameters,
        tuned=tuned,
        models=replace(models, advantage=in_money.served),
        contest=in_money.contest,
    )


def _in_money(prepared: Prepared, models: Models, candidates_json: Any) -> LearnedInMoney:
    return learn_in_money(prepared, models, *_money_rows(prepared, models, candidates_json))


def _money_rows(prepared: Prepared, models: Models, candidates_json: Any) -> tuple[Ints, Mask]:
    """Rows that effects can be learned from, and their candidates."""
    at = learnable(prepared) if candidates_json is not None else learnable(prepared, MOST_SCREENED)
    engine = Engine(prepared.journey, models, "candidate")
    return at, candidate_mask(prepared, engine, at, candidates_json)


def _simpler(run: Run, learned: Learned, measured: Measured) -> Learned | None:
    """The simple policy that later decisions show to be surely better, in the form of a bundle; or None."""
    journey = learned.prepared.journey
    floor = surely_better(measured.metrics["policy_value"], journey.gate)
    if floor is None or not run.config.effects_in_money:
        return None
    models = replace(learned.models, advantage=_simple(floor, journey, learned.models))
    return replace(learned, models=models, contest=replace(learned.contest, ranks=False, floor=floor))


def _simple(floor: str, journey: Journey, models: Models) -> ServedAdvantage:
    return (do_nothing if floor == NOTHING else responses_alone)(journey, models)


def _refit(run: Run, learned: Learned) -> Models:
    """The same models from all rows, those of the test among them; what was measured stays."""
    config, contest = run.config, learned.contest
    prepared = replace(learned.prepared, split=without_test(learned.prepared.split, config.rows.purge))
    rng = generator(run.seed, Stream.REFIT)
    key = fit_key(config, learned.journey_bytes, learned.fingerprint, learned.parameters, run.seed)
    kept = _keep(run, key, len(prepared.rows), rng)

    def keep(name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]) -> Model:
        return kept(f"{name} again", make, read)

    models = fit_models(prepared, learned.parameters, rng, keep, chosen_estimators(config))
    if contest.floor is not None:
        return replace(models, advantage=_simple(contest.floor, prepared.journey, models))
    if not contest.ranks:
        return models
    texts = _logged_candidates(learned.validated.tables)
    found = keep(
        "effects in money",
        lambda: learn_again(prepared, models, *_money_rows(prepared, models, texts), contest),
        LearnedInMoney.from_files,
    )
    return replace(models, advantage=found.served)


def _with_golden_decisions(verdict: Verdict, prepared: Prepared, models: Models) -> Verdict:
    """The verdict, but the golden decisions are those of ``models``."""
    engine = Engine(prepared.journey, models, "refitted")
    asked = check_golden_decisions(engine, prepared.journey.gate, eleven_utc(prepared.log.end))
    checks = tuple(asked if check.name == asked.name else check for check in verdict.checks)
    return replace(verdict, checks=checks)


def _measure(run: Run, learned: Learned) -> Measured:
    prepared, models, tables = learned.prepared, learned.models, learned.validated.tables
    rng = generator(run.seed, Stream.EVALUATION)
    with run.progress.stage("evaluate") as stage:
        stage.rows = int((prepared.split.part == Part.TEST).sum())
        predictions = predict(prepared, models)
        scored = score_rows(prepared, models, _logged_candidates(tables), rng)
        metrics = evaluate_models(
            prepared,
            models,
            learned.parameters,
            run.config.evaluation,
            scored,
            tables.reward is not None,
            rng,
            predictions,
            chosen_estimators(run.config),
        )
        metrics["effects_in_money"] = learned.contest.to_json()
        return Measured(
            predictions=predictions,
            scored=scored,
            metrics=metrics,
            prices=shadow_prices(prepared, models, generator(run.seed, Stream.SHADOW_PRICES)),
            drift=drift_reference(prepared, models, generator(run.seed, Stream.DRIFT_REFERENCE)),
        )


def _judge(run: Run, learned: Learned, measured: Measured) -> Judged:
    prepared, models, predictions = learned.prepared, learned.models, measured.predictions
    rng = generator(run.seed, Stream.GATE)
    with run.progress.stage("gate") as stage:
        stage.rows = len(predictions.phase_rows)
        champion = _champion(run.registry)
        contest = contestants(prepared, models, champion, learned.validated.tables)
        choices = choose_all(contest, measured.scored, rng)
        resamples = run.config.evaluation.bootstrap
        values = measured.metrics["policy_value"]
        verdict = judge(prepared, models, predictions, contest, choices, values, resamples, rng)
    return Judged(champion=champion, choices=choices, verdict=verdict)


def _publish(run: Run, learned: Learned, measured: Measured, judged: Judged, models: Models) -> Published:
    origin = provenance(
        config=run.config,
        prepared=learned.prepared,
        validated=learned.validated,
        fingerprint=learned.fingerprint,
        metrics=measured.metrics,
        seed=run.seed,
        parameters=learned.parameters,
        verdict=judged.verdict,
        prices=measured.prices,
        drift=measured.drift,
        tuned=learned.tuned,
        pages=page_figures(learned.prepared, learned.models, measured.predictions, judged.choices),
    )
    with run.progress.stage("publish"):
        published = publish(
            models,
            learned.journey_bytes,
            golden_rows(learned.prepared),
            origin,
            run.registry,
            run.now,
            run.promote,
        )
        folder = run.reports / published.manifest.bundle_id
        write_rejects(learned.validated.rejects, folder / "rejects.jsonl")
    return published


def _report(run: Run, learned: Learned, measured: Measured, judged: Judged, published: Published) -> Path:
    folder = run.reports / published.manifest.bundle_id
    with run.progress.stage("report"):
        findings = Findings(
            prepared=learned.prepared,
            models=learned.models,
            manifest=published.manifest,
            predictions=measured.predictions,
            choices=judged.choices,
            champion=judged.champion,
        )
        write_report(findings, folder, generator(run.seed, Stream.REPORT))
    return folder


def _keep(run: Run, key: str, rows: int, rng: np.random.Generator | None = None) -> KeepFit:
    """Makes each fit a stage of its own, or takes it from an earlier run.

    Args:
        rows: that the models learn from.
        rng: what the fits draw from, one after the other; None: each makes its own.
    """

    def keep(name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]) -> Model:
        def fit() -> Model:
            with run.progress.stage(f"fit {name}") as stage:
                stage.rows = rows
                return make()

        model, cached = run.cache.fit(name, key, fit, read, rng)
        if cached:
            with run.progress.stage(f"{name} of an earlier run") as stage:
                stage.rows = rows
        return model

    return keep


def _champion(registry: Registry) -> Bundle | None:
    """The bundle that decides now; None where there is none, or where it does not load any more."""
    champion = registry.champion()
    if champion is None:
        return None
    try:
        return registry.load(champion)
    except NBAError:
        return None


def _logged_candidates(tables: Any) -> Any:
    column = tables.decisions.column("candidates").combine_chunks()
    return None if column.null_count == len(column) else pc.cast(column, "string")
