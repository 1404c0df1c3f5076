"""A training as a run of MLflow.

For those who keep their experiments there: parameters, every number of the metrics, seconds of the stages,
and the report as artefacts. MLflow is an extra and off by default; nothing of it is loaded before it is asked
for. Knows names that MLflow allows; decides nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from models.errors import TrainingConfigError
from training.run.result import TrainingResult

EXPERIMENT: Final = "nba"
MOST_LISTED: Final = 1_000
"""Metrics in one call, as many as a server takes."""


def track(result: TrainingResult, uri: str, experiment: str = EXPERIMENT) -> str:
    """Write the training down as a finished run.

    Args:
        uri: of the tracking server, or of a database such as ``sqlite:///mlflow.db``.
        experiment: made if it is not there.

    Returns:
        The run's id.

    Raises:
        TrainingConfigError: MLflow is not installed, or the server does not take the run.
    """
    mlflow = _mlflow()
    manifest = result.manifest
    try:
        client = mlflow.tracking.MlflowClient(tracking_uri=uri)
        known = client.get_experiment_by_name(experiment)
        number = client.create_experiment(experiment) if known is None else known.experiment_id
        run = client.create_run(number, run_name=manifest.bundle_id, tags=tags(result)).info.run_id
        moment = int(manifest.created_at.timestamp() * 1000)
        entities = mlflow.entities
        listed = [entities.Metric(name, value, moment, 0) for name, value in metrics(result).items()]
        stated = [entities.Param(name, value) for name, value in parameters(result).items()]
        for begin in range(0, max(len(listed), 1), MOST_LISTED):
            part = listed[begin : begin + MOST_LISTED]
            client.log_batch(run, metrics=part, params=stated if begin == 0 else [])
        client.log_artifacts(run, str(result.reports), "report")
        client.log_dict(run, manifest.to_json(), "manifest.json")
        client.set_terminated(run)
    except mlflow.exceptions.MlflowException as error:
        raise TrainingConfigError(
            f"the bundle {manifest.bundle_id} is published, but MLflow at {uri} did not take the run: {error}"
        ) from error
    return str(run)


def tags(result: TrainingResult) -> dict[str, str]:
    """What one searches runs by."""
    manifest, gate = result.manifest, result.manifest.provenance.extra["gate"]
    return {
        "nba.bundle_id": manifest.bundle_id,
        "nba.content_sha256": manifest.content_sha256,
        "nba.data_sha256": manifest.provenance.data_sha256 or "",
        "nba.journey_sha256": manifest.journey_sha256,
        "nba.company": result.journey.company,
        "nba.gate": "passed" if gate["passed"] else "refused",
        "nba.promoted": result.promoted or "",
    }


def parameters(result: TrainingResult) -> dict[str, str]:
    """What was chosen before the training, and on how many rows."""
    extra = result.manifest.provenance.extra
    chosen = {"seed": extra["seed"], "refit": extra["refit"], "trees": extra["trees"], "rows": extra["rows"]}
    return {name: str(value) for name, value in _leaves({**chosen, "models": extra.get("models", {})})}


def metrics(result: TrainingResult) -> dict[str, float]:
    """Every finite number of the figures, and the seconds of each stage."""
    figures = result.manifest.provenance.metrics
    kept = {name: figures[name] for name in ("response", "transition", "policy_value", "journey_value")}
    return {
        name: float(value)
        for name, value in _leaves({**kept, "seconds": result.seconds})
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    }


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Names joined by slashes, of letters that MLflow allows, with what stands there; lists are left out."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            plain = re.sub(r"[^A-Za-z0-9_. -]+", "_", str(name))
            yield from _leaves(each, f"{path}/{plain}" if path else plain)
    elif not isinstance(value, list | tuple):
        yield path, value


def _mlflow() -> Any:
    try:
        import mlflow
        import mlflow.entities
        import mlflow.exceptions
        import mlflow.tracking
    except ImportError as error:
        raise TrainingConfigError(
            "--mlflow needs MLflow, which is not installed: pip install -e '.[mlflow]'"
        ) from error
    return mlflow
