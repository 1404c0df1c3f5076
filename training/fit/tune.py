"""Tune: search sizes of the trees on the calibration slice.

The test part is never looked at. Knows Optuna (extra ``tune``) and the two models' fits. For every trial both
models grow on the earlier four fifths of the training part, stop and calibrate on its last fifth, and are
judged on the calibration part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from models.errors import TrainingConfigError
from models.learned.files import json_bytes, read_json
from models.learned.trees.parameters import TreeParameters
from training.fit.fit import fit_response_model, fit_transition_model
from training.fit.prepared import Prepared
from training.metrics import class_log_loss, log_loss
from training.rows.rows import UNKNOWN
from training.rows.split import Part, Parts
from training.streams import Stream, generator

INNER: Final = 0.8
"""Share of the training part that trees grow on while tuning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """The best sizes, and their loss and that at the start.

    Losses are the mean log-loss of both models.
    """

    parameters: TreeParameters
    loss: float
    start_loss: float
    trials: int

    def to_files(self) -> dict[str, bytes]:
        """As a file; ``from_files`` gives the same."""
        return {"tuned.json": json_bytes(asdict(self))}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Tuned:
        """What ``to_files`` gave; BundleError if it is missing or of another kind."""
        stored = read_json(files, "tuned.json")
        return cls(**{**stored, "parameters": TreeParameters(**stored["parameters"])})


def tune(
    prepared: Prepared,
    start: TreeParameters,
    trials: int,
    seed: int,
    tried: Callable[[int], None] = lambda _: None,
) -> Tuned:
    """Try ``trials`` sizes, the ones at the start first; the same seed tries the same.

    Args:
        tried: told the number of each finished trial.

    Raises:
        TrainingConfigError: Optuna is not installed.
    """
    optuna = _optuna()
    part = inner_parts(prepared)

    def objective(trial: Any) -> float:
        trial_loss = loss(prepared, part, _suggested(trial, start), generator(seed, Stream.TUNING))
        tried(trial.number + 1)
        return trial_loss

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(_values(start))
    study.optimize(objective, n_trials=trials)
    best = replace(start, **study.best_params)
    return Tuned(
        parameters=best, loss=float(study.best_value), start_loss=float(study.trials[0].value), trials=trials
    )


def inner_parts(prepared: Prepared) -> Parts:
    """Parts for tuning: the calibration slice takes the test's place, and the test part is left out.

    Left out means TEST with labels that ``loss`` does not read: shape (n,).
    """
    part, decided_at = prepared.split.part, prepared.rows.decided_at
    inner = np.full(len(part), Part.TEST, dtype=part.dtype)
    training = part == Part.TRAIN
    cut = np.quantile(decided_at[training], INNER)
    inner[training & (decided_at <= cut)] = Part.TRAIN
    inner[training & (decided_at > cut)] = Part.CALIBRATE
    return inner


def loss(prepared: Prepared, part: Parts, parameters: TreeParameters, rng: np.random.Generator) -> float:
    """Log-loss of responses plus that of next phases on the calibration slice."""
    inner = replace(prepared, split=replace(prepared.split, part=part))
    response = fit_response_model(inner, part, parameters, rng)
    transition = fit_transition_model(inner, parameters, rng)
    rows, judged = prepared.rows, prepared.split.of(Part.CALIBRATE)
    treated = np.flatnonzero(judged & (rows.response != UNKNOWN) & (rows.treatment > 0))
    propensity = response.propensity(
        customer_x=prepared.customer_x[treated],
        candidate_x=prepared.candidate_x[treated],
        row=np.arange(len(treated)),
        phase=prepared.situations.phase[treated],
        treatment=rows.treatment[treated],
    ).value
    moved = np.flatnonzero(judged & (rows.next_phase != UNKNOWN))
    phase = prepared.situations.phase[moved]
    leads_to = transition.probabilities(
        transition.baseline(prepared.customer_x[moved], phase),
        np.arange(len(moved)),
        phase,
        rows.treatment[moved],
    )
    parts = (log_loss(rows.response[treated], propensity), class_log_loss(rows.next_phase[moved], leads_to))
    return float(np.nansum(parts))


def _suggested(trial: Any, start: TreeParameters) -> TreeParameters:
    return replace(
        start,
        response_leaves=trial.suggest_int("response_leaves", 7, 63),
        baseline_leaves=trial.suggest_int("baseline_leaves", 4, 31),
        learning_rate=trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
        min_data_in_leaf=trial.suggest_int("min_data_in_leaf", 10, 400, log=True),
        lambda_l2=trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
    )


def _values(start: TreeParameters) -> dict[str, Any]:
    """Where the search begins, moved into its bounds."""
    return {
        "response_leaves": min(max(start.response_leaves, 7), 63),
        "baseline_leaves": min(max(start.baseline_leaves, 4), 31),
        "learning_rate": min(max(start.learning_rate, 0.01), 0.2),
        "min_data_in_leaf": min(max(start.min_data_in_leaf, 10), 400),
        "lambda_l2": min(max(start.lambda_l2, 0.1), 100.0),
    }


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise TrainingConfigError(
            "--tune needs Optuna, which is not installed. Install it with `pip install -e '.[tune]'`."
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
