"""What is in the tables that would mislead a training."""

from __future__ import annotations

from training.checks.finding import Finding
from training.checks.rows import check_rows
from training.checks.times import check_times
from training.run.dataset import Dataset
from training.run.learning import Task, prepare_task
from training.run.progress import Progress


def check(dataset: Dataset) -> tuple[Finding, ...]:
    """Everything worth knowing before a model is fitted; warnings first.

    Raises:
        TrainingDataError: nothing can be learned from the tables at all.
    """
    prepared = prepare_task(Task(dataset=dataset, seed=dataset.config.seed, progress=Progress()))
    found = [*check_times(dataset.tables, dataset.journey), *check_rows(prepared)]
    return tuple(sorted(found, key=lambda each: not each.warning))
