"""The small log, read and learned from by the calls that a notebook makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.api import Dataset, Evaluation, Policy, fit, load_tables


@pytest.fixture(scope="package")
def dataset(log_folder: Path) -> Dataset:
    return load_tables(log_folder, log_folder / "training.yaml")


@pytest.fixture(scope="package")
def fitted(dataset: Dataset) -> tuple[Policy, Evaluation]:
    return fit(dataset)


@pytest.fixture(scope="package")
def policy(fitted: tuple[Policy, Evaluation]) -> Policy:
    return fitted[0]
