"""The pipeline: load → validate → rows → split → features → fit → evaluate → publish.

Strings the stages together and knows nothing that a stage knows. Clock and seed are arguments: the same
data, configuration and seed give a bundle with the same content.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc

from models.bundle import Bundle, Manifest, Provenance
from models.bundle.gate import EXTRA as GATE
from models.bundle.gate import GateCheck, Verdict
from models.domain.journey import Journey
from models.drift import EXTRA as DRIFT
from models.errors import NBAError, TrainingConfigError
from models.journey_file import parse_journey
from models.learned.features.builder import FeatureBuilder
from models.policy.rehearsal.shadow_prices import EXTRA
from models.registry import Registry
from training.config import TrainingConfig
from training.data.encode import Log, encode
from training.data.load import load_tables
from training.data.rejects import summary, write_rejects
from training.data.tables import data_sha256
from training.data.validate import Validated, validate_tables
from training.evaluation.figures.evaluate import evaluate_models
from training.evaluation.figures.predictions import predict
from training.evaluation.figures.scored_rows import score_rows
from training.fit.drift_reference import drift_reference
from training.fit.fit import (
    Keep,
    KeepFit,
    Prepared,
    choose_spec,
    fit_models,
    golden_rows,
    prepare,
    tree_parameters,
)
from training.fit.shadow_prices import shadow_prices
from training.fit.tune import Tuned, tune
from training.gate import choose_all, contestants, judge
from training.report.findings import Findings
from training.report.page import write_report
from training.rows.rows import count_by_source, make_rows
from training.rows.split import Part, split_rows
from training.run.cache import Cache, Model, features_key, fit_key, tables_key
from training.run.progress import Progress
from training.run.publish import publish
from training.streams import Stream, generator

_LIBRARIES: Final = ("duckdb", "lightgbm", "numpy", "pyarrow")
NO_CACHE: Final = Cache()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What a run gave. ``promoted``: why the bundle decides now, or None; ``refused``: what the gate objects
    to; ``reports``: the bundle's folder."""

    manifest: Manifest
    promoted: str | None
    refused: tuple[GateCheck, ...]
    reports: Path
    seconds: Mapping[str, float]
    validated: Validated
    journey: Journey


def read_tables(
    config: TrainingConfig, data: Path, progress: Progress, kept: Cache = NO_CACHE
) -> tuple[Journey, bytes, Validated]:
    """Journey, its bytes, and the four tables, checked; or the same tables from an earlier run.

    Raises:
        TrainingConfigError, JourneyFileError, TrainingDataError: a file is missing or wrong.
    """
    path = config.journey_path
    try:
        journey_bytes = path.read_bytes()
    except OSError as error:
        raise TrainingConfigError(
            f"cannot read the journey file {path}: {error.strerror}; correct `journey:` in {config.source}"
        ) from error
    journey = parse_journey(journey_bytes, str(path))

    def make() -> Validated:
        with progress.stage("load") as stage:
            raw = load_tables(config, data)
            stage.rows = sum(table.num_rows for table in raw.values())
        with progress.stage("validate") as stage:
            validated = validate_tables(raw, journey, config.time_zone, config.reject_share)
            stage.rows = sum(validated.tables.counts.values())
        return validated

    key = tables_key(config, journey_bytes, data)
    validated, kept_before = kept.tables(key, make)
    if kept_before:
        with progress.stage("tables of an earlier run") as stage:
            stage.rows = sum(validated.tables.counts.values())
    return journey, journey_bytes, validated


def train(
    config: TrainingConfig,
    data: Path,
    *,
    registry: Registry,
    reports: Path,
    now: datetime,
    seed: int,
    promote: bool = False,
    progress: Progress,
    kept: Cache = NO_CACHE,
    tune_trials: int = 0,
) -> TrainingResult:
    """Learn a bundle from data and publish it.

    Args:
        data: the folder that the sources' patterns are relative to.
        reports: folder of reports; the bundle's gets its id.
        now: aware; becomes part of the bundle's id.
        seed: of everything that is drawn.
        promote: make it the champion even if there is one.
        kept: tables, features and fitted models of earlier runs.
        tune_trials: sizes of trees to try on the calibration part; 0: those of the configuration.

    Raises:
        NBAError: see the stages.
    """
    parameters = tree_parameters(config)
    journey, journey_bytes, validated = read_tables(config, data, progress, kept)
    keep = _keep_features(config, journey_bytes, data, seed, kept)
    prepared = prepare_rows(config, journey, validated, seed, progress, keep)
    fingerprint = data_sha256(validated.tables)
    tuned = None
    learned = int((prepared.split.part < Part.TEST).sum())
    if tune_trials:
        key = fit_key(config, journey_bytes, fingerprint, parameters, seed, tune_trials)
        start, staged = parameters, _keep_fits(kept, key, np.random.default_rng(0), progress, learned)
        tuned = staged("sizes of trees", lambda: tune(prepared, start, tune_trials, seed), Tuned.from_files)
        parameters = tuned.parameters
    rngs = [generator(seed, stream) for stream in (Stream.FITS, Stream.EVALUATION)]
    key = fit_key(config, journey_bytes, fingerprint, parameters, seed)
    models = fit_models(prepared, parameters, rngs[0], _keep_fits(kept, key, rngs[0], progress, learned))
    with progress.stage("evaluate") as stage:
        stage.rows = int((prepared.split.part == Part.TEST).sum())
        tables = validated.tables
        predictions = predict(prepared, models)
        scored = score_rows(prepared, models, _candidates(tables), rngs[1])
        metrics = evaluate_models(
            prepared,
            models,
            parameters,
            config.evaluation,
            scored,
            tables.reward is not None,
            rngs[1],
            predictions,
        )
        prices = shadow_prices(prepared, models, generator(seed, Stream.SHADOW_PRICES))
        drift = drift_reference(prepared, models, generator(seed, Stream.DRIFT_REFERENCE))
    with progress.stage("gate") as stage:
        stage.rows = len(predictions.phase_rows)
        rng = generator(seed, Stream.GATE)
        champion = _champion(registry)
        contest = contestants(prepared, models, champion, tables)
        choices = choose_all(contest, scored, rng)
        verdict = judge(prepared, models, predictions, contest, choices, config.evaluation.bootstrap, rng)
    with progress.stage("publish"):
        published = publish(
            models,
            journey_bytes,
            golden_rows(prepared),
            _provenance(
                config,
                prepared,
                validated,
                fingerprint,
                metrics,
                seed,
                asdict(parameters),
                verdict,
                prices,
                drift,
                tuned,
            ),
            registry,
            now,
            promote,
        )
        folder = reports / published.manifest.bundle_id
        write_rejects(validated.rejects, folder / "rejects.jsonl")
    with progress.stage("report"):
        findings = Findings(
            prepared=prepared,
            models=models,
            manifest=published.manifest,
            predictions=predictions,
            choices=choices,
            champion=champion,
        )
        write_report(findings, folder, generator(seed, Stream.REPORT))
    return TrainingResult(
        manifest=published.manifest,
        promoted=published.promoted,
        refused=published.refused,
        reports=folder,
        seconds=dict(progress.seconds),
        validated=validated,
        journey=journey,
    )


def prepare_rows(
    config: TrainingConfig,
    journey: Journey,
    validated: Validated,
    seed: int,
    progress: Progress,
    keep: Keep = lambda make: make(),
) -> Prepared:
    """Rows with labels, parts and features."""
    with progress.stage("rows") as stage:
        log = encode(validated.tables, journey)
        builder = FeatureBuilder(choose_spec(journey, log, config.features), journey)
        trace = builder.machine.trace(log.history)
        rng = generator(seed, Stream.ROWS)
        reward = None if validated.tables.reward is None else validated.tables.reward.to_numpy()
        rows = make_rows(log, reward, journey, trace, config.rows, rng)
        split = split_rows(rows, _customer_start(log), config.split, config.rows.purge)
        stage.rows = len(rows)
    with progress.stage("features") as stage:
        prepared = prepare(journey, builder, log, trace, split, keep)
        stage.rows = len(rows)
    return prepared


def _keep_features(config: TrainingConfig, journey_bytes: bytes, data: Path, seed: int, kept: Cache) -> Keep:
    key = features_key(config, tables_key(config, journey_bytes, data), seed)
    return lambda make: kept.arrays(key, make)[0]


def _keep_fits(kept: Cache, key: str, rng: np.random.Generator, progress: Progress, rows: int) -> KeepFit:
    """Each fit a stage of its own, or taken from an earlier run. ``rows``: that the models learn from."""

    def keep(name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]) -> Model:
        def fit() -> Model:
            with progress.stage(f"fit {name}") as stage:
                stage.rows = rows
                return make()

        model, kept_before = kept.fit(name, key, fit, read, rng)
        if kept_before:
            with progress.stage(f"{name} of an earlier run") as stage:
                stage.rows = rows
        return model

    return keep


def _customer_start(log: Log) -> Any:
    """First event of each customer, or the end of the log for those without any."""
    start, times = log.history.start, log.history.occurred_at
    first = np.append(times, log.end)[start[:-1]]
    return np.where(np.diff(start) > 0, first, log.end)


def _champion(registry: Registry) -> Bundle | None:
    """The bundle that decides now; None where there is none, or where it does not load any more."""
    champion = registry.champion()
    if champion is None:
        return None
    try:
        return registry.load(champion)
    except NBAError:
        return None


def _candidates(tables: Any) -> Any:
    column = tables.decisions.column("candidates").combine_chunks()
    return None if column.null_count == len(column) else pc.cast(column, "string")


def _provenance(
    config: TrainingConfig,
    prepared: Prepared,
    validated: Validated,
    fingerprint: str,
    metrics: Mapping[str, Any],
    seed: int,
    parameters: Mapping[str, Any],
    verdict: Verdict,
    prices: Mapping[str, float],
    drift: Mapping[str, Any],
    tuned: Tuned | None,
) -> Provenance:
    rows, split = prepared.rows, prepared.split
    learned = rows.decided_at[split.part < Part.TEST]
    return Provenance(
        training_from=_instant(int(learned.min())),
        training_until=_instant(int(learned.max())),
        data_sha256=fingerprint,
        metrics=metrics,
        extra={
            GATE: verdict.to_json(),
            "seed": seed,
            EXTRA: prices,
            DRIFT: drift,
            "trees": parameters,
            "tuned": None
            if tuned is None
            else {"trials": tuned.trials, "loss": tuned.loss, "start_loss": tuned.start_loss},
            "tables": validated.tables.counts,
            "rejected": [
                {"table": table, "column": column, "reason": reason, "rows": number}
                for table, column, reason, number in summary(validated.rejects)[:50]
            ],
            "rejected_rows": len(validated.rejects),
            "customers_made": validated.customers_made,
            "unused_columns": {name: list(columns) for name, columns in validated.unused_columns.items()},
            "rows": {
                **count_by_source(rows),
                "train": int(split.of(Part.TRAIN).sum()),
                "calibrate": int(split.of(Part.CALIBRATE).sum()),
                "test": int(split.of(Part.TEST).sum()),
                "purged_responses": split.purged,
            },
            "split": {
                "by": config.split.by,
                "calibrate_from": _instant(split.calibrate_from).isoformat(),
                "test_from": _instant(split.test_from).isoformat(),
            },
            "libraries": {"python": platform.python_version(), **{n: version(n) for n in _LIBRARIES}},
        },
    )


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
