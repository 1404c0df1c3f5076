"""A bundle carries the bins that the service counts later customers into."""

from __future__ import annotations

import json

import numpy as np

from models.bundle import Models
from training.extras.drift_reference import ROWS, drift_reference
from training.fit.prepared import Prepared
from training.gate.drift import judged_features


def test_it_holds_the_features_that_the_gate_judges(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    reference = drift_reference(prepared, models, np.random.default_rng(0))
    names = {prepared.spec.customer_names[column] for column in judged_features(prepared)}

    assert names == set(reference["features"])
    assert reference["rows"] <= ROWS


def test_the_same_stream_gives_the_same_json(trained: tuple[Prepared, Models]) -> None:
    first, second = (json.dumps(drift_reference(*trained, np.random.default_rng(5))) for _ in range(2))

    assert first == second
