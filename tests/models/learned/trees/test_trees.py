"""Trees give the bits that LightGBM gives, whatever the rows hold and however they are split."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.arrays import Floats
from models.errors import FeatureMismatchError, ModelTextError
from models.learned.trees.trees import Trees

N_FEATURES = 9  # 0, 1 and 6 are categorical where the model has categories; 6 to 8 are a candidate's own
N_SHARED = 6

MODELS: dict[str, dict[str, Any]] = {
    "binary": {"objective": "binary"},
    "binary with categories": {"objective": "binary", "categorical_feature": [0, 1, 6]},
    "categories, nothing missing": {"objective": "binary", "categorical_feature": [0, 1, 6], "nan": False},
    "one category against the rest": {
        "objective": "binary",
        "categorical_feature": [0, 1, 6],
        "max_cat_to_onehot": 50,
    },
    "multiclass": {"objective": "multiclass", "num_class": 3, "categorical_feature": [0, 6]},
    "a class that never comes": {"objective": "multiclass", "num_class": 4},
    "nothing missing": {"objective": "binary", "nan": False},
    "zero as missing": {"objective": "binary", "zero_as_missing": True},
    "zero as missing, categories": {
        "objective": "multiclass",
        "num_class": 3,
        "zero_as_missing": True,
        "categorical_feature": [1, 6],
    },
    "missing not used": {"objective": "binary", "use_missing": False},
    "single leaves": {"objective": "regression", "min_data_in_leaf": 5000},
    "stumps": {"objective": "regression", "num_leaves": 2},
    "started from scores": {"objective": "binary", "init_score": True},
    "without a mean": {"objective": "regression", "boost_from_average": False},
    "8 leaves": {"objective": "binary", "num_leaves": 8},
    "64 leaves": {"objective": "binary", "num_leaves": 64},
    "dropped trees": {"objective": "binary", "boosting": "dart"},
    "only own features": {"objective": "binary", "feature_contri": [0.0] * N_SHARED + [1.0] * 3},
    "only shared features": {"objective": "binary", "feature_contri": [1.0] * N_SHARED + [0.0] * 3},
}
LEFT_TO_LIGHTGBM: dict[str, dict[str, Any]] = {
    "65 leaves": {"objective": "binary", "num_leaves": 65, "min_data_in_leaf": 2},
    "linear trees": {"objective": "regression", "linear_tree": True},
    "a forest": {"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
}


def rows_like_training(n: int, seed: int, *, nan: bool = True) -> Floats:
    rng = np.random.default_rng(seed)
    X = rng.normal(0, 2, (n, N_FEATURES)).round(2)
    X[:, [0, 1, 6]] = rng.integers(0, [5, 45, 12], (n, 3))
    X[:, 4] = rng.poisson(0.7, n)
    if nan:
        X[rng.random(X.shape) < 0.1] = np.nan
    return X


@cache
def booster(name: str) -> lightgbm.Booster:
    given_parameters = dict((MODELS | LEFT_TO_LIGHTGBM)[name])
    X = rows_like_training(1500, 1, nan=given_parameters.pop("nan", True))
    score = np.nansum(X[:, 2:], axis=1) + np.sin(np.nan_to_num(X[:, 0] * 7 + X[:, 1] + X[:, 6] * 3))
    n_classes = 3 if given_parameters["objective"] == "multiclass" else 2
    label = np.digitize(score, np.quantile(score, np.linspace(0, 1, n_classes + 1)[1:-1]))
    start = np.tanh(score) if given_parameters.pop("init_score", False) else None
    categorical = given_parameters.pop("categorical_feature", [])
    data = lightgbm.Dataset(X, label, init_score=start, categorical_feature=categorical)
    parameters = {"verbosity": -1, "num_threads": 1, "num_leaves": 31, "min_data_in_leaf": 5}
    return lightgbm.train(parameters | given_parameters, data, 12)


@cache
def trees(name: str) -> Trees:
    return Trees.from_model_string(booster(name).model_to_string())


def expected(name: str, X: NDArray[Any]) -> Floats:
    return np.asarray(booster(name).predict(X, raw_score=True, num_threads=1))


def test_a_text_that_is_held_is_not_compiled_again() -> None:
    text = booster("binary").model_to_string()
    first = Trees.from_model_string(text)

    assert Trees.from_model_string(text.encode().decode()) is first
    assert Trees.from_model_string(booster("multiclass").model_to_string()) is not first


def thresholds(name: str) -> list[float]:
    lines = booster(name).model_to_string().split("\n")
    words = (word for line in lines if line.startswith("threshold=") for word in line[10:].split())
    return sorted({float(word) for word in words})


def awkward_values(name: str) -> list[float]:
    """Thresholds and their neighbours, and all that floats have to offer."""
    at = thresholds(name)[::3]
    near = [float(np.nextafter(t, side)) for t in at for side in (-np.inf, np.inf)]
    near32 = [float(np.nextafter(np.float32(t), np.float32(side))) for t in at for side in (-np.inf, np.inf)]
    zeros = [0.0, -0.0, 1e-35, -1e-35, 1.1e-35, -1.1e-35, 1e-40, 5e-324, 0.5, -0.5, -0.999, 0.999, -1.0]
    return [
        *at,
        *near,
        *near32,
        *zeros,
        np.nan,
        np.inf,
        -np.inf,
        3e9,
        -3e9,
        1e30,
        1e300,
        44.0,
        44.9,
        45.0,
        64.0,
    ]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*MODELS, *LEFT_TO_LIGHTGBM])
def test_scores_have_the_bits_of_lightgbm(name: str, kind: type[np.floating[Any]]) -> None:
    X = rows_like_training(400, 2).astype(kind)

    assert np.array_equal(trees(name).raw_scores(X), expected(name, X))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", MODELS)
def test_awkward_values_are_decided_as_lightgbm_decides_them(name: str, kind: type[np.floating[Any]]) -> None:
    values = awkward_values(name)
    X = rows_like_training(len(values) * N_FEATURES, 3)
    for i, value in enumerate(values):
        for feature in range(N_FEATURES):
            X[i * N_FEATURES + feature, feature] = value
    with np.errstate(over="ignore"):
        X = X.astype(kind)

    assert np.array_equal(trees(name).raw_scores(X), expected(name, X))
    assert np.array_equal(
        trees(name).raw_scores_split(X[:, :N_SHARED], X[:, N_SHARED:], np.arange(len(X))), expected(name, X)
    )


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*MODELS, *LEFT_TO_LIGHTGBM])
def test_a_split_row_scores_as_the_whole_row(name: str, kind: type[np.floating[Any]]) -> None:
    shared = rows_like_training(7, 4)[:, :N_SHARED].astype(kind)
    own = rows_like_training(50, 5)[:, N_SHARED:].astype(kind)
    row = np.random.default_rng(6).integers(0, 7, 50)

    whole = expected(name, np.hstack((shared[row], own)))

    assert np.array_equal(trees(name).raw_scores_split(shared, own, row), whole)


@pytest.mark.parametrize("n_shared", [0, 1, N_FEATURES])
def test_the_columns_may_be_split_anywhere(n_shared: int) -> None:
    X = rows_like_training(30, 7)

    scores = trees("multiclass").raw_scores_split(X[:, :n_shared], X[:, n_shared:], np.arange(30))

    assert np.array_equal(scores, expected("multiclass", X))


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(list(MODELS)),
    X=st.sampled_from([(np.float32, 32), (np.float64, 64)]).flatmap(
        lambda kind: arrays(
            kind[0],
            st.tuples(st.integers(1, 4), st.just(N_FEATURES)),
            elements=st.floats(width=kind[1], allow_subnormal=True) | st.integers(-1, 46).map(float),
        )
    ),
)
def test_any_floats_score_as_in_lightgbm(name: str, X: NDArray[Any]) -> None:
    assert np.array_equal(trees(name).raw_scores(X), expected(name, X))


@pytest.mark.parametrize("name", ["binary", "multiclass", "single leaves"])
def test_one_at_a_time_equals_all_at_once(name: str) -> None:
    """Also across the chunks in which many rows are worked on."""
    X = rows_like_training(5000, 8).astype(np.float32)
    all_at_once = trees(name).raw_scores(X)

    assert np.array_equal(all_at_once, expected(name, X))
    assert np.array_equal(
        np.concatenate([trees(name).raw_scores(X[i : i + 1]) for i in range(50)]), all_at_once[:50]
    )


@pytest.mark.parametrize("name", ["binary", "multiclass", "65 leaves"])
def test_no_rows_give_no_scores(name: str) -> None:
    X = np.empty((0, N_FEATURES), np.float32)
    shape = (0, 3) if name == "multiclass" else (0,)

    assert trees(name).raw_scores(X).shape == shape
    split = trees(name).raw_scores_split(X[:, :N_SHARED], X[:, N_SHARED:], np.empty(0, np.intp))
    assert split.shape == shape


def test_models_are_compiled_unless_masks_cannot_express_them() -> None:
    assert all(trees(name).compiled for name in MODELS)
    assert not any(trees(name).compiled for name in LEFT_TO_LIGHTGBM)


def test_a_compiled_model_scores_without_loading_lightgbm() -> None:
    """A worker that never loads LightGBM saves its memory, and OpenMP after a fork cannot hang it."""
    script = (
        "import sys; import numpy as np; from models.learned.trees.trees import Trees\n"
        "Trees.from_model_string(sys.stdin.read()).raw_scores(np.zeros((2, 9), np.float32))\n"
        "sys.exit('lightgbm' in sys.modules)"
    )
    text = booster("binary").model_to_string()

    subprocess.run([sys.executable, "-c", script], input=text, text=True, check=True, timeout=60)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(FeatureMismatchError, match="9 features was given rows of 8"):
        trees("binary").raw_scores(np.zeros((1, 8)))


def damaged(text: str) -> dict[str, str]:
    return {
        "empty": "",
        "cut": text[: len(text) // 2],
        "cut within the header": text[:40],
        "a node that is its own parent": text.replace("left_child=1", "left_child=0", 1),
        "a feature too many": text.replace("split_feature=", "split_feature=99 ", 1),
        "a leaf missing": text.replace("leaf_value=", "leaf_weight=", 1),
        "no number": text.replace("threshold=", "threshold=x", 1),
        "another feature count": text.replace("max_feature_idx=8", "max_feature_idx=2"),
    }


@pytest.mark.parametrize("how", damaged(""))
def test_damaged_text_is_refused_and_does_not_reach_lightgbm(how: str) -> None:
    text = "version=v4\n" + damaged(booster("binary").model_to_string())[how]

    with pytest.raises(ModelTextError, match="LightGBM model text"):
        Trees.from_model_string(text)
