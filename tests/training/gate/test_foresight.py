"""Predictions of what was really done, judged on the same rows for every policy."""

from __future__ import annotations

import numpy as np
import pytest

from models.bundle import Models
from models.policy.engine import Engine
from training.fit.prepared import Prepared
from training.gate.champion import Contestant
from training.gate.foresight import foresight
from training.metrics import auc
from training.rows.rows import UNKNOWN
from training.rows.split import Part


def test_it_is_what_the_evaluation_of_a_training_says(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    engine = Engine(prepared.journey, models, "new")
    use = np.flatnonzero(prepared.split.of(Part.TEST))

    found = foresight(Contestant(engine=engine, prepared=prepared), "new", prepared, use)

    contacts = use[(prepared.rows.response[use] != UNKNOWN) & (prepared.rows.treatment[use] > 0)]
    propensity = models.response.propensity(
        customer_x=prepared.customer_x[contacts],
        candidate_x=prepared.candidate_x[contacts],
        row=np.arange(len(contacts)),
        phase=prepared.situations.phase[contacts],
        treatment=prepared.rows.treatment[contacts],
    ).value
    assert found.contacts == len(contacts)
    assert found.auc == pytest.approx(auc(prepared.rows.response[contacts].astype(np.int64), propensity))
    assert 0 < found.next_phase_log_loss < 1
