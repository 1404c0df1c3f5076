"""Models are fitted on the training and calibration parts alone, one after the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Models
from models.errors import TrainingConfigError
from training.config import TrainingConfig, read_config
from training.fit.fit import fit_models, tree_parameters
from training.fit.prepared import Prepared
from training.rows.split import Part


@pytest.fixture
def config(log_folder: Path) -> TrainingConfig:
    return read_config(log_folder / "training.yaml")


def test_the_test_part_teaches_nothing(trained: tuple[Prepared, Models], config: TrainingConfig) -> None:
    """With every response of the test part turned around the models are the same bytes."""
    prepared, models = trained
    test = prepared.split.part == Part.TEST
    response = prepared.rows.response.copy()
    response[test] = 1 - response[test]
    rows = replace(prepared.rows, response=response)
    turned = replace(prepared, split=replace(prepared.split, rows=rows))

    again = fit_models(turned, tree_parameters(config), np.random.default_rng(0))

    assert test.any()
    assert again.to_files() == models.to_files()


def test_models_are_fitted_in_the_order_in_which_they_build_on_each_other(
    trained: tuple[Prepared, Models], config: TrainingConfig
) -> None:
    prepared, _ = trained
    names = []

    def keep(name, make, read):  # type: ignore[no-untyped-def]
        names.append(name)
        return make()

    fit_models(prepared, tree_parameters(config), np.random.default_rng(0), keep)

    assert names == ["response", "transition", "value"]


@pytest.mark.parametrize(
    ("trees", "told"),
    [({"leaves": 3}, "trees.leaves"), ({"response_leaves": "many"}, "expected a int, got 'many'")],
)
def test_a_wrong_size_is_told_by_field(config: TrainingConfig, trees: dict[str, object], told: str) -> None:
    with pytest.raises(TrainingConfigError, match=told):
        tree_parameters(replace(config, trees=trees))


def test_a_whole_number_will_do_where_a_fraction_is_meant(config: TrainingConfig) -> None:
    assert tree_parameters(replace(config, trees={"lambda_l2": 2})).lambda_l2 == 2
