"""A Spark session that a training can rely on.

Knows how one is found or made, and which settings would break a training; knows nothing of tables or models.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

from models.errors import TrainingConfigError

_ARROW_ROWS: Final = 50_000
"""Rows that Spark hands over at a time."""


def open_session(master: str | None, name: str = "nba") -> Any:
    """A session on a master; None: the one that is there, or the one that ``spark-submit`` asks for.

    Raises:
        TrainingConfigError: Spark does not start, or its settings would break a training.
    """
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName(name)
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", _ARROW_ROWS)
    if master is not None:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.master(master).config("spark.ui.enabled", "false")
    try:
        session: Any = builder.getOrCreate()
    except Exception as error:  # whatever Java or the cluster says
        first = str(error).strip().splitlines()[:1]
        raise TrainingConfigError(
            f"Spark does not start: {first[0] if first else type(error).__name__}. "
            "Spark 4 needs Java 17 or newer."
        ) from error
    session.conf.set("spark.sql.session.timeZone", "UTC")
    check_settings(session.conf.get("spark.dynamicAllocation.enabled", "false"))
    return session


def check_settings(dynamic_allocation: str) -> None:
    """
    Raises:
        TrainingConfigError: workers may go while trees are grown.
    """
    if dynamic_allocation.lower() == "true":
        raise TrainingConfigError(
            "spark.dynamicAllocation.enabled is true, expected false: the machines that grow trees must all "
            "start together and stay. Set spark.dynamicAllocation.enabled=false and state "
            "spark.executor.instances."
        )


def is_local(session: Any) -> bool:
    """Whether all workers see the files of this machine."""
    return str(session.conf.get("spark.master", "")).startswith("local")
