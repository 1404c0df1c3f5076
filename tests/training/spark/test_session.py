"""Settings that would break a training are refused before it starts."""

from __future__ import annotations

from typing import Any

import pytest

from models.errors import TrainingConfigError
from training.spark.session import check_settings, is_local


def test_dynamic_allocation_is_refused_with_what_to_do() -> None:
    with pytest.raises(TrainingConfigError, match=r"Set spark\.dynamicAllocation\.enabled=false"):
        check_settings("true")
    check_settings("false")


def test_workers_of_a_local_master_see_the_files_of_this_machine(spark: Any) -> None:
    assert is_local(spark)
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
