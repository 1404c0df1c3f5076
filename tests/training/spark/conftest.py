"""A Spark session, where there is Java and PySpark and somebody asked for these tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from training.config import TrainingConfig, read_config
from training.data.tables import write_tables
from training.run.inputs import read_tables
from training.run.progress import Progress


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a session run in ``make test-spark``: starting Java takes longer than most tests."""
    wanted = os.environ.get("NBA_TEST_SPARK") == "1"
    for item in items:
        if {"spark", "of_a_cluster"} & {*getattr(item, "fixturenames", ())} and not wanted:
            item.add_marker(pytest.mark.skip(reason="needs Spark; run make test-spark"))


@pytest.fixture(scope="session")
def no_spark() -> str | None:
    """Why there can be no session; None: there can."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "no Java: Spark 4 needs Java 17 or newer"
    try:
        import pandas  # noqa: F401 - Spark asks for it
        import pyspark
    except ImportError as error:
        return f"no PySpark: {error}; pip install -e '.[spark]'"
    return None if int(pyspark.__version__.split(".")[0]) >= 4 else "PySpark 4 or newer is needed"


@pytest.fixture(scope="session")
def spark(no_spark: str | None) -> Iterator[Any]:
    if no_spark is not None:
        pytest.skip(no_spark)
    from training.spark.session import open_session

    session = open_session("local[2, 4]", "nba-tests")  # a task may fail four times
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def parquet_folder(log_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small log as the four tables in Parquet."""
    folder = tmp_path_factory.mktemp("parquet")
    _, _, validated = read_tables(read_config(log_folder / "training.yaml"), log_folder, Progress())
    write_tables(validated.tables, folder)
    return folder


@pytest.fixture(scope="session")
def network_config(log_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ``training.yaml`` for exported tables whose trees several machines can grow."""
    from training.api.data import EXPORTED

    settings = yaml.safe_load(EXPORTED.read_text())
    settings["journey"] = str(log_folder / "journey.yaml")
    settings["trees"] = {
        "response_iterations": 10, "baseline_iterations": 5, "networked": True, "num_threads": 1,
    }  # fmt: skip
    settings["evaluation"] = {"bootstrap": 20}
    path = tmp_path_factory.mktemp("network") / "training.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


@pytest.fixture(scope="session")
def parquet_config(log_folder: Path) -> TrainingConfig:
    """Exported tables as they lie, with trees of the network mode."""
    from dataclasses import replace

    from training.api.data import EXPORTED

    small = read_config(log_folder / "training.yaml")
    config = read_config(EXPORTED).with_journey(log_folder / "journey.yaml")
    trees = {**small.trees, "networked": True, "num_threads": 1}
    return replace(config, trees=trees, evaluation=replace(small.evaluation, random_split=False), seed=3)
