"""Learn: from a dataset to models.

Rows, features, fits, and effects in money; nothing is measured, judged or published here. Clock and seed are
arguments: the same data, configuration and seed give the same models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from models.arrays import Ints, Mask
from models.bundle import Models
from models.domain.journey import Journey
from models.errors import TrainingConfigError
from models.learned.advantage.served import ServedAdvantage
from models.learned.satisfaction import SatisfactionModel
from models.learned.trees.network import IN_THREADS, Network
from models.learned.trees.parameters import TreeParameters
from models.policy.engine import Engine
from training.config import TrainingConfig
from training.data.tables import data_sha256
from training.evaluation.figures.scored_rows import candidate_mask
from training.evaluation.off_policy.logged_candidates import candidates_column
from training.evaluation.off_policy.policies import NOTHING
from training.fit.advantage.carried import Champion
from training.fit.advantage.log_rows import learnable
from training.fit.advantage.served import (
    Contest,
    LearnedInMoney,
    learn_again,
    learn_in_money,
    not_learned,
)
from training.fit.advantage.simple import Simple, do_nothing, responses_alone
from training.fit.fit import chosen_estimators, fit_models, tree_parameters
from training.fit.keep import KeepFit, Model
from training.fit.prepared import Prepared
from training.fit.satisfaction import LearnedSatisfaction, learn_satisfaction
from training.fit.tune import Tuned, tune
from training.gate.floor import surely_better
from training.rows.split import Part, without_test
from training.run.cache import Cache
from training.run.cache_keys import features_key, fit_key
from training.run.dataset import Dataset
from training.run.inputs import NO_CACHE, prepare_rows
from training.run.progress import Progress
from training.streams import Stream, generator

MOST_SCREENED: Final = 20_000
"""Decisions whose candidates are worked out by rules where the log does not name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A dataset, and how to learn from it.

    Attributes:
        seed: of everything that is drawn.
        cache: features and fitted models of earlier runs.
        tune_trials: sizes of trees to try on the calibration part; 0: those of the configuration.
        prepared: rows to learn from instead of all of the dataset's; then nothing comes from a cache.
        champion: effects in money may start from its own.
    """

    dataset: Dataset
    seed: int
    progress: Progress
    cache: Cache = NO_CACHE
    tune_trials: int = 0
    prepared: Prepared | None = None
    champion: Champion | None = None

    @property
    def config(self) -> TrainingConfig:
        return self.dataset.config


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The rows of a task and the fitted models.

    ``fingerprint``: SHA-256 of the tables; ``tuned``: sizes of trees, where they were searched for;
    ``simple``: policies that could take the models' place; ``satisfaction``: None where the journey file asks
    for none.
    """

    dataset: Dataset
    fingerprint: str
    prepared: Prepared
    parameters: TreeParameters
    tuned: Tuned | None
    models: Models
    contest: Contest
    simple: Mapping[str, Simple]
    satisfaction: LearnedSatisfaction | None = None


def learn(task: Task) -> Learned:
    """Make rows and features of the dataset, and fit every model.

    Raises:
        NBAError: see the stages.
    """
    config = task.config
    parameters = tree_parameters(config)
    estimators = chosen_estimators(config)
    if task.tune_trials and estimators:
        raise TrainingConfigError(
            f"{config.source}: field models: --tune searches sizes of our trees; leave one of the two out."
        )
    tables, journey_bytes, made = task.dataset.tables, task.dataset.journey_bytes, task.dataset.made
    prepared = prepare_task(task)
    fingerprint = data_sha256(tables) if made is None else made.fingerprint
    rows = int((prepared.split.part < Part.TEST).sum())
    tuned = None
    if task.tune_trials:
        start, trials = parameters, task.tune_trials
        key = fit_key(config, journey_bytes, fingerprint, parameters, task.seed, trials)
        keep = _keep(task, key, rows)
        tuned = keep("sizes of trees", lambda: tune(prepared, start, trials, task.seed), Tuned.from_files)
        parameters = tuned.parameters
    rng = generator(task.seed, Stream.FITS)
    key = fit_key(config, journey_bytes, fingerprint, parameters, task.seed)
    keep = _keep(task, key, rows, rng)
    models = fit_models(prepared, parameters, rng, keep, estimators, _network(task))
    in_money = (
        keep(
            _money_stage(task),
            lambda: _in_money(prepared, models, candidates_column(tables), task.champion),
            LearnedInMoney.from_files,
        )
        if config.effects_in_money
        else not_learned("training.yaml asks for no effects in money")
    )
    satisfaction = _learn_satisfaction(prepared, keep)
    return Learned(
        dataset=task.dataset,
        fingerprint=fingerprint,
        prepared=prepared,
        parameters=parameters,
        tuned=tuned,
        models=replace(models, advantage=in_money.served, satisfaction=_table(satisfaction)),
        contest=in_money.contest,
        simple=in_money.simple,
        satisfaction=satisfaction,
    )


def _learn_satisfaction(prepared: Prepared, keep: KeepFit) -> LearnedSatisfaction | None:
    """What treatments change in the next score; None where the journey file asks for no satisfaction."""
    asked = prepared.journey.objective.satisfaction
    if asked is None:
        return None
    return keep("satisfaction", lambda: learn_satisfaction(prepared, asked), LearnedSatisfaction.from_files)


def _table(satisfaction: LearnedSatisfaction | None) -> SatisfactionModel | None:
    return None if satisfaction is None else satisfaction.model


def prepare_task(task: Task) -> Prepared:
    """Rows with labels, parts and features.

    Raises:
        TrainingConfigError: they came with the dataset, for another seed.
    """
    if task.prepared is not None:
        return task.prepared
    dataset, cache = task.dataset, task.cache
    if dataset.made is not None:
        if dataset.made.seed != task.seed:
            raise TrainingConfigError(
                f"the rows of this dataset were drawn with seed {dataset.made.seed}, expected {task.seed}; "
                "load it with the seed that it is trained with."
            )
        return dataset.made.prepared
    key = features_key(task.config, dataset.key, task.seed)
    return prepare_rows(
        task.config,
        dataset.journey,
        dataset.validated,
        task.seed,
        task.progress,
        lambda make: cache.arrays(key, make)[0],
    )


def _network(task: Task) -> Network:
    return IN_THREADS if task.dataset.made is None else task.dataset.made.network


def _money_stage(task: Task) -> str:
    """Its name, by which the cache knows what the effects started from."""
    return "effects in money" + ("" if task.champion is None else f" from {task.champion.bundle_id}")


def _in_money(
    prepared: Prepared, models: Models, candidates_json: Any, champion: Champion | None
) -> LearnedInMoney:
    return learn_in_money(prepared, models, *_money_rows(prepared, models, candidates_json), champion)


def _money_rows(prepared: Prepared, models: Models, candidates_json: Any) -> tuple[Ints, Mask]:
    """Rows that effects can be learned from, and their candidates."""
    at = learnable(prepared) if candidates_json is not None else learnable(prepared, MOST_SCREENED)
    engine = Engine(prepared.journey, models, "candidate")
    return at, candidate_mask(prepared, engine, at, candidates_json)


def simpler(task: Task, learned: Learned, values: Mapping[str, Any]) -> Learned | None:
    """The simple policy that later decisions show to be surely better, in the form of a bundle; or None.

    Args:
        values: ``policy_value`` of the metrics.
    """
    journey = learned.prepared.journey
    floor = surely_better(values, journey.gate, tuple(learned.simple))
    if floor is None or not task.config.effects_in_money:
        return None
    models = replace(learned.models, advantage=_simple(floor, journey, learned.models, learned.simple))
    return replace(learned, models=models, contest=replace(learned.contest, ranks=False, floor=floor))


def _simple(floor: str, journey: Journey, models: Models, learned: Mapping[str, Simple]) -> ServedAdvantage:
    if floor in learned:
        return learned[floor].served(journey, models)
    return (do_nothing if floor == NOTHING else responses_alone)(journey, models)


def refit(task: Task, learned: Learned) -> Models:
    """The same models from all rows, those of the test among them; what was measured stays."""
    config, contest = task.config, learned.contest
    whole = without_test(learned.prepared.split, config.rows.purge, config.rows.early_labels)
    prepared = replace(learned.prepared, split=whole)
    rng = generator(task.seed, Stream.REFIT)
    key = fit_key(config, learned.dataset.journey_bytes, learned.fingerprint, learned.parameters, task.seed)
    kept = _keep(task, key, len(prepared.rows), rng)

    def keep(name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]) -> Model:
        return kept(f"{name} again", make, read)

    models = fit_models(prepared, learned.parameters, rng, keep, chosen_estimators(config), _network(task))
    models = replace(models, satisfaction=_table(_learn_satisfaction(prepared, keep)))
    if not contest.ranks and contest.floor is None:
        return models
    texts = candidates_column(learned.dataset.tables)
    found = keep(
        _money_stage(task),
        lambda: learn_again(prepared, models, *_money_rows(prepared, models, texts), contest, task.champion),
        LearnedInMoney.from_files,
    )
    served = found.served
    if contest.floor is not None:
        simple = {**learned.simple, **found.simple}
        served = _simple(contest.floor, prepared.journey, models, simple)
    return replace(models, advantage=served)


def _keep(task: Task, key: str, rows: int, rng: np.random.Generator | None = None) -> KeepFit:
    """Makes each fit a stage of its own, or takes it from an earlier run.

    Args:
        rows: that the models learn from.
        rng: what the fits draw from, one after the other; None: each makes its own.
    """

    def keep(name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]) -> Model:
        def fit() -> Model:
            with task.progress.stage(f"fit {name}") as stage:
                stage.rows = rows
                made = make()
                if task.dataset.made is not None:
                    task.dataset.made.release()
                return made

        cache = task.cache if task.prepared is None else NO_CACHE
        model, cached = cache.fit(name, key, fit, read, rng)
        if cached:
            with task.progress.stage(f"{name} of an earlier run") as stage:
                stage.rows = rows
        return model

    return keep
