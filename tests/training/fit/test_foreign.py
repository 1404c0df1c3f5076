"""Estimators of scikit-learn in the place of our trees: carried exactly, or refused by name."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from models.errors import TrainingConfigError
from models.learned.trees.trees import Trees
from training.fit.foreign import CARRIED, Carried, check_carried, make_estimator

N = 1_500


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, 4)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = np.nan
    x[:, 2] = rng.integers(0, 5, N)
    x[:, 3] = np.nan  # a feature that nobody ever had
    return x


def labels(x: np.ndarray, classes: int) -> np.ndarray:
    score = np.nan_to_num(x[:, 0]) + np.isin(x[:, 2], [1, 4]) + np.random.default_rng(1).logistic(size=N)
    return np.digitize(score, [0.5] if classes == 2 else [-0.5, 1.0])


@pytest.mark.parametrize(("classes", "scores"), [(2, 1), (2, 2), (3, 3)])
def test_boosting_says_what_scikit_learn_says_to_the_bit(x: np.ndarray, classes: int, scores: int) -> None:
    label = labels(x, classes)
    boosting = HistGradientBoostingClassifier(max_iter=10, random_state=3)

    text = Carried(boosting)(x, label, scores=scores, categorical=(2,), rng=np.random.default_rng(0))

    known = np.where(np.isnan(x).all(axis=0), np.float32(0), x)
    expected = boosting.fit(known, label).predict_proba(known)
    raw = Trees.from_model_string(text).raw_scores(x)
    odds = raw[:, 1] - raw[:, 0] if scores == 2 else raw
    ours = 1 / (1 + np.exp(-odds)) if classes == 2 else np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    assert ours == pytest.approx(expected[:, 1] if classes == 2 else expected, rel=1e-12)
    assert np.array_equal(raw, lightgbm.Booster(model_str=text).predict(x, raw_score=True, num_threads=1))


@pytest.mark.parametrize("name", ["HistGradientBoostingClassifier", "LogisticRegression"])
def test_the_same_generator_gives_the_same_text(x: np.ndarray, name: str) -> None:
    full = next(each for each in CARRIED if each.endswith(f".{name}"))
    learner = Carried(make_estimator(full, {"max_iter": 20}, "t"))
    texts = [
        learner(x, labels(x, 2), scores=1, categorical=(2,), rng=np.random.default_rng(5)) for _ in range(2)
    ]

    assert texts[0] == texts[1]
    assert Trees.from_model_string(texts[0]).compiled


def test_a_fit_leaves_the_estimator_as_it_was(x: np.ndarray) -> None:
    estimator = LogisticRegression()

    Carried(estimator)(x, labels(x, 2), scores=1, categorical=(), rng=np.random.default_rng(0))

    assert not hasattr(estimator, "coef_")


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("sklearn.ensemble.RandomForestClassifier", {}, "cannot be carried into a bundle"),
        ("os.system", {}, "expected one of sklearn.ensemble.HistGradientBoostingClassifier"),
        ("sklearn.linear_model.LogisticRegression", {"c": 1}, "LogisticRegression has no c; it has C"),
        (
            "sklearn.ensemble.HistGradientBoostingClassifier",
            {"max_leaf_nodes": 65},
            "max_leaf_nodes: expected at most 64, got 65",
        ),
        (
            "sklearn.ensemble.HistGradientBoostingClassifier",
            {"categorical_features": [0]},
            "categorical_features: leave it out",
        ),
    ],
)
def test_what_cannot_be_carried_is_refused_with_its_field(
    name: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(TrainingConfigError, match=told) as refused:
        make_estimator(name, options, "training.yaml: field models.response")

    assert str(refused.value).startswith("training.yaml: field models.response")


def test_an_estimator_in_a_notebook_is_checked_too() -> None:
    with pytest.raises(TrainingConfigError, match="RandomForestClassifier cannot be carried"):
        check_carried(RandomForestClassifier())


@pytest.mark.parametrize("name", ["HistGradientBoostingClassifier", "LogisticRegression"])
def test_rows_count_as_much_as_their_weights_say(x: np.ndarray, name: str) -> None:
    """Positives that count a tenth each: what is learned expects about that many."""
    full = next(each for each in CARRIED if each.endswith(f".{name}"))
    label = labels(x, 2)
    weight = np.where(label > 0, 0.1, 1.0)
    learner = Carried(make_estimator(full, {"max_iter": 50}, "t"))

    text = learner(
        x, label, scores=1, categorical=(2,), rng=np.random.default_rng(5), weight=weight
    )  # fmt: skip

    chance = 1 / (1 + np.exp(-Trees.from_model_string(text).raw_scores(x)))
    assert np.average(chance, weights=weight) == pytest.approx(np.average(label, weights=weight), rel=0.05)
