"""Rows after what was learned are the test part, seen as the bundle's own features see them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from models.bundle import Models
from models.domain.history import from_ms
from models.errors import TrainingDataError
from models.policy.engine import Engine
from training.fit.prepared import Prepared
from training.rows.split import Part
from training.run.dataset import Dataset
from training.studies.later_rows import later_rows


@pytest.fixture(scope="module")
def engine(trained: tuple[Prepared, Models]) -> Engine:
    return Engine(trained[0].journey, trained[1], "small")


def test_the_rows_after_an_instant_are_the_test_part(
    dataset: Dataset, engine: Engine, trained: tuple[Prepared, Models]
) -> None:
    cut = int(trained[0].split.test_from) - 1

    prepared = later_rows(dataset, engine, from_ms(cut))

    later = prepared.split.of(Part.TEST)
    assert np.array_equal(later, prepared.rows.decided_at > cut)
    assert np.array_equal(
        prepared.customer_x[later], trained[0].customer_x[trained[0].split.of(Part.TEST)], equal_nan=True
    )


def test_without_an_instant_every_row_is(dataset: Dataset, engine: Engine) -> None:
    prepared = later_rows(dataset, engine, None)

    assert prepared.split.of(Part.TEST).all()


def test_a_log_without_later_decisions_is_refused(dataset: Dataset, engine: Engine) -> None:
    with pytest.raises(TrainingDataError, match="no decision of the log is later than 2027-01-01"):
        later_rows(dataset, engine, datetime(2027, 1, 1, tzinfo=UTC))
