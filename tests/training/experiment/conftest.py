"""An experiment with letters and mails: letters help those over 50 and annoy the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

CUSTOMERS = 8_000


@pytest.fixture(scope="session")
def experiment_table() -> pa.Table:
    rng = np.random.default_rng(7)
    age = rng.integers(20, 80, CUSTOMERS)
    arm = rng.integers(0, 3, CUSTOMERS)
    lift = np.where(arm == 1, np.where(age > 50, 0.25, -0.1), np.where(arm == 2, 0.05, 0.0))
    bought = rng.random(CUSTOMERS) < 0.2 + lift
    return pa.table(
        {
            "Arm": np.array(["control", "Letter", "E-Mail"])[arm],
            "Spent (EUR)": np.where(bought, 20.0, 0.0),
            "Age": age,
            "Home": np.array(["town", "country"])[rng.integers(0, 2, CUSTOMERS)],
            "Member": rng.random(CUSTOMERS) < 0.5,
            "Row id": [f"row {number}" for number in range(CUSTOMERS)],
        }
    )


@pytest.fixture(scope="session")
def experiment_file(experiment_table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("experiment") / "letters.csv"
    csv.write_csv(experiment_table, path)
    return path
