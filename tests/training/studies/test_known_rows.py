"""Rows as they were known then: nothing of later days is in them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from models.errors import TrainingDataError
from training.config import Split
from training.rows.rows import UNKNOWN
from training.rows.split import Part
from training.run.learning import Learned
from training.studies.known_rows import as_of, rows_at


def test_some_rows_keep_their_features(learned: Learned) -> None:
    at = np.array([5, 3, 900])
    found = rows_at(learned.prepared, at)

    assert np.array_equal(found.rows.customer, learned.prepared.rows.customer[at])
    assert np.array_equal(found.customer_x, learned.prepared.customer_x[at], equal_nan=True)
    assert np.array_equal(found.situations.phase, learned.prepared.situations.phase[at])


def test_nothing_later_than_the_instant_is_known(learned: Learned) -> None:
    """Decisions of the last week before it have no answer yet: it takes seven days."""
    cut = int(np.median(learned.prepared.rows.decided_at))

    then = as_of(learned.prepared, cut, Split(), purge=False)

    rows = then.rows
    assert rows.decided_at.max() < cut
    late = rows.response_known_at > cut
    assert late.any()
    assert (rows.response[late] == UNKNOWN).all()
    assert np.isnan(rows.reward[late]).all()
    assert (rows.next_phase[rows.next_known_at > cut] == UNKNOWN).all()
    assert np.isfinite(rows.reward[~late & (rows.next_known_at <= cut)]).all()


def test_parts_are_those_of_a_training_of_that_day(learned: Learned) -> None:
    cut = int(np.median(learned.prepared.rows.decided_at))

    then = as_of(learned.prepared, cut, Split(calibrate_from=0.5, test_from=0.75), purge=True)

    shares = np.bincount(then.split.part) / len(then.rows)
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.01)


def test_instants_of_a_configuration_are_those_of_another_day(learned: Learned) -> None:
    stated = Split(
        calibrate_from=datetime(2030, 1, 1, tzinfo=UTC), test_from=datetime(2031, 1, 1, tzinfo=UTC)
    )
    cut = int(np.median(learned.prepared.rows.decided_at))

    then = as_of(learned.prepared, cut, stated, purge=False)

    assert then.split.of(Part.TEST).any()


def test_before_the_first_decision_nothing_was_known(learned: Learned) -> None:
    with pytest.raises(TrainingDataError, match="no decision is earlier than the first cut"):
        as_of(learned.prepared, int(learned.prepared.rows.decided_at.min()), Split(), purge=False)
