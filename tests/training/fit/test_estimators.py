"""Our models as scikit-learn estimators: its contract, and the same model that training fits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from models.bundle import Models
from models.learned.trees.parameters import TreeParameters
from training.fit.estimators import ResponseEstimator, TransitionEstimator, design
from training.fit.prepared import Prepared
from training.rows.rows import UNKNOWN

SMALL = TreeParameters(
    minimum_rows=20,
    minimum_positives=5,
    min_data_in_leaf=5,
    calibration_rows=50,
    response_iterations=8,
    baseline_iterations=4,
    early_stopping_rounds=0,
    num_threads=1,
)


@parametrize_with_checks([ResponseEstimator(parameters=SMALL), TransitionEstimator(parameters=SMALL)])
def test_the_contract_of_scikit_learn_holds(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def prepared(trained: tuple[Prepared, Models]) -> Prepared:
    return trained[0]


@pytest.fixture(scope="module")
def rows(prepared: Prepared) -> np.ndarray:
    """Contacts with a known response and a known next phase."""
    rows = prepared.rows
    return np.flatnonzero((rows.response != UNKNOWN) & (rows.next_phase != UNKNOWN) & (rows.treatment > 0))


def estimator_of(kind: Any, prepared: Prepared, **options: Any) -> Any:
    return kind(prepared.journey, prepared.spec, parameters=SMALL, random_state=1, **options)


def test_the_phase_of_a_row_is_its_first_feature(prepared: Prepared) -> None:
    """``design`` relies on it."""
    assert prepared.spec.customer_names[0] == "phase"
    assert np.array_equal(prepared.customer_x[:, 0], prepared.situations.phase)


def test_a_clone_learns_the_same_model(prepared: Prepared, rows: np.ndarray) -> None:
    first = estimator_of(ResponseEstimator, prepared)
    x, y = design(prepared, rows), prepared.rows.response[rows]

    models = [each.fit(x, y, customer=prepared.rows.customer[rows]).model_ for each in (first, clone(first))]

    assert models[0].trees_text is not None
    assert models[0].to_files() == models[1].to_files()


def test_probabilities_are_those_of_the_bundles_model(prepared: Prepared, rows: np.ndarray) -> None:
    x = design(prepared, rows)
    response = estimator_of(ResponseEstimator, prepared).fit(x, prepared.rows.response[rows])
    transition = estimator_of(TransitionEstimator, prepared).fit(x, prepared.rows.next_phase[rows])
    phase, treatment = prepared.situations.phase[rows], prepared.rows.treatment[rows]
    each = np.arange(len(rows))

    propensity = response.model_.propensity(
        customer_x=prepared.customer_x[rows],
        candidate_x=prepared.candidate_x[rows],
        row=each,
        phase=phase,
        treatment=treatment,
    )
    baseline = transition.model_.baseline(prepared.customer_x[rows], phase)
    leads_to = transition.model_.probabilities(baseline, each, phase, treatment)
    assert np.array_equal(response.predict_proba(x)[:, 1], propensity.value)
    assert np.array_equal(transition.predict_proba(x), leads_to)
    assert transition.classes_.tolist() == [0, 1, 2]


def test_folds_by_customer_and_a_search_for_sizes(prepared: Prepared, rows: np.ndarray) -> None:
    """What a notebook does: cross-validation with whole customers, and a search over a foreign estimator."""
    x, y, customer = design(prepared, rows), prepared.rows.response[rows], prepared.rows.customer[rows]
    folds = StratifiedGroupKFold(2, shuffle=True, random_state=0)
    boosting = HistGradientBoostingClassifier(max_iter=5)
    search = GridSearchCV(
        estimator_of(ResponseEstimator, prepared, estimator=boosting),
        {"estimator__max_leaf_nodes": [4, 8]},
        scoring="neg_log_loss",
        cv=folds,
    )

    auc = cross_val_score(
        estimator_of(ResponseEstimator, prepared), x, y, groups=customer, cv=folds, scoring="roc_auc"
    )
    search.fit(x, y, groups=customer)

    assert auc.min() > 0.55
    assert search.best_params_["estimator__max_leaf_nodes"] in (4, 8)


@pytest.mark.parametrize("estimator", [HistGradientBoostingClassifier(max_iter=10), LogisticRegression()])
def test_another_estimator_stands_alone_and_is_kept_by_the_files(
    prepared: Prepared, rows: np.ndarray, estimator: Any
) -> None:
    x = design(prepared, rows)
    response = estimator_of(ResponseEstimator, prepared, estimator=estimator)
    transition = estimator_of(TransitionEstimator, prepared, estimator=estimator)
    response.fit(x, prepared.rows.response[rows])
    transition.fit(x, prepared.rows.next_phase[rows])

    for fitted in (response, transition):
        again = type(fitted.model_).from_files(fitted.model_.to_files())
        assert again.trees_alone
        assert again.trees_text == fitted.model_.trees_text
        before = fitted.predict_proba(x)
        fitted.model_ = again
        assert np.array_equal(fitted.predict_proba(x), before)
        assert before.sum(axis=1) == pytest.approx(1.0)
    label = prepared.rows.response[rows]
    said = response.predict_proba(x)[:, 1]
    assert said[label == 1].mean() > said[label == 0].mean() + 0.02


def test_wrong_columns_and_labels_are_told(prepared: Prepared, rows: np.ndarray) -> None:
    x, width = design(prepared, rows), 1 + prepared.customer_x.shape[1] + prepared.candidate_x.shape[1]
    label = prepared.rows.response[rows]

    with pytest.raises(ValueError, match=f"expected X with {width} columns, as design"):
        estimator_of(ResponseEstimator, prepared).fit(x[:, 1:], label)
    with pytest.raises(ValueError, match=r"expected labels \[0, 1\], got \[2, 3\]"):
        estimator_of(ResponseEstimator, prepared).fit(x, label + 2)
    with pytest.raises(ValueError, match="journey and spec are given together"):
        ResponseEstimator(prepared.journey).fit(x, label)


def test_a_journey_needs_no_rows(prepared: Prepared) -> None:
    """Beliefs of the journey file are enough: the teaser is believed to work in one of ten."""
    none = np.empty(0, dtype=np.int64)
    fitted = estimator_of(ResponseEstimator, prepared).fit(design(prepared, none), none)
    row = np.flatnonzero(prepared.rows.treatment == prepared.journey.treatment_index["teaser", "email"])[:1]

    assert fitted.predict_proba(design(prepared, row))[0, 1] == pytest.approx(0.1, abs=0.03)


def test_the_example_of_the_page_runs(
    log_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "scikit-learn.md"
    (example,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(log_folder)

    exec(compile(example, str(page), "exec"), {})  # noqa: S102 - our own page

    assert "'roc_auc': np.float64(0." in capsys.readouterr().out
