"""The small log as a dataset, and policies to compare on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from models.domain.history import from_ms
from training.config import read_config
from training.fit.advantage.simple import do_nothing
from training.rows.split import Part
from training.run.dataset import Dataset, load_dataset
from training.run.learning import Learned, Task, learn
from training.run.progress import Progress
from training.studies.compare import Side


@pytest.fixture(scope="package")
def dataset(log_folder: Path) -> Dataset:
    return load_dataset(read_config(log_folder / "training.yaml"), log_folder, Progress())


@pytest.fixture(scope="package")
def silent(dataset: Dataset) -> Dataset:
    """The same log without action probabilities."""
    decisions = dataset.tables.decisions
    column = decisions.schema.get_field_index("action_probability")
    empty = decisions.set_column(
        column, decisions.schema.field(column), pa.nulls(decisions.num_rows, pa.float64())
    )
    tables = replace(dataset.tables, decisions=empty)
    return replace(dataset, validated=replace(dataset.validated, tables=tables))


@pytest.fixture(scope="package")
def learned(dataset: Dataset) -> Learned:
    return learn(Task(dataset=dataset, seed=3, progress=Progress()))


@pytest.fixture(scope="package")
def side(learned: Learned) -> Side:
    """What was learned of the small log."""
    rows = learned.prepared.rows.decided_at[learned.prepared.split.part < Part.TEST]
    until = from_ms(int(rows.max()))
    return Side(name="new", journey=learned.prepared.journey, models=learned.models, learned_until=until)


@pytest.fixture(scope="package")
def idle(side: Side) -> Side:
    """A bundle whose effects say that nothing is worth doing."""
    assert side.models is not None
    models = replace(side.models, advantage=do_nothing(side.journey, side.models))
    return replace(side, name="idle", models=models)
