"""What the models said of later rows, beside what happened."""

from __future__ import annotations

import numpy as np
import pytest

from models.bundle import Models
from training.evaluation.figures import predictions
from training.evaluation.figures.predictions import predict, propensities
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN
from training.rows.split import Part


def test_only_later_rows_with_known_labels_are_there(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    found, rows = predict(prepared, models), prepared.rows

    assert (prepared.split.part[found.response_rows] == Part.TEST).all()
    assert (rows.treatment[found.response_rows] > 0).all()
    assert np.isin(found.response, [0, 1]).all()
    assert np.array_equal(found.next_phase, rows.next_phase[found.phase_rows])
    assert (rows.next_phase[found.phase_rows] != UNKNOWN).all()
    assert found.leads_to.sum(axis=1) == pytest.approx(1.0)
    assert found.leads_to.shape == (len(found.phase_rows), len(prepared.journey.phases))


def test_chunks_change_nothing(trained: tuple[Prepared, Models], monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, models = trained
    whole = predict(prepared, models)
    monkeypatch.setattr(predictions, "CHUNK", 7)

    parts = predict(prepared, models)

    assert np.array_equal(whole.propensity, parts.propensity)
    assert np.array_equal(whole.leads_to, parts.leads_to)


def test_of_no_rows_nothing_is_said(trained: tuple[Prepared, Models]) -> None:
    assert propensities(*trained, np.empty(0, dtype=np.int64)).shape == (0,)
