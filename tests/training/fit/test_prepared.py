"""Features of rows are made once and see only what is before their moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.bundle import Models
from models.learned.features.choose_columns import Counts
from training.config import FeatureRules
from training.fit.prepared import Prepared, choose_spec, prepare


def test_rows_features_and_situations_are_aligned(trained: tuple[Prepared, Models]) -> None:
    prepared, _ = trained

    assert len(prepared.rows) == len(prepared.customer_x) == len(prepared.candidate_x)
    assert prepared.situations.instant.tolist() == prepared.rows.decided_at.tolist()
    phase = prepared.customer_x[:, prepared.spec.customer_names.index("phase")]
    assert phase.tolist() == prepared.situations.phase.tolist()


def test_matrices_of_an_earlier_run_are_taken_as_they_are(trained: tuple[Prepared, Models]) -> None:
    prepared, _ = trained
    earlier = {"customer_x": prepared.customer_x, "candidate_x": prepared.candidate_x}

    again = prepare(
        prepared.journey, prepared.builder, prepared.log, prepared.trace, prepared.split, lambda make: earlier
    )

    assert again.customer_x is prepared.customer_x


def test_a_later_event_changes_no_feature_of_an_earlier_row(trained: tuple[Prepared, Models]) -> None:
    """The last event of the log is given another touchpoint: only rows after it may change."""
    prepared, _ = trained
    history = prepared.log.history
    last = int(np.argmax(history.occurred_at))
    touchpoint = history.touchpoint.copy()
    touchpoint[last] = (touchpoint[last] + 1) % len(history.touchpoints)
    log = replace(prepared.log, history=replace(history, touchpoint=touchpoint))

    changed = prepare(prepared.journey, prepared.builder, log, prepared.trace, prepared.split)

    before = prepared.rows.decided_at <= history.occurred_at[last]
    assert np.array_equal(changed.customer_x[before], prepared.customer_x[before], equal_nan=True)


def test_the_configuration_may_name_windows_and_bound_undeclared_touchpoints(
    trained: tuple[Prepared, Models],
) -> None:
    prepared, _ = trained
    counts = Counts.of(prepared.journey, prepared.log.history, prepared.log.attributes)
    spec = choose_spec(prepared.journey, counts, FeatureRules(windows_days=(3.0,), frequent_touchpoints=0))

    assert spec.windows_days == (3.0,)
    assert spec.touchpoints == tuple(t.name for t in prepared.journey.touchpoints)
