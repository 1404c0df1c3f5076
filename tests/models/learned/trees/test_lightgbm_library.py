"""LightGBM comes alone."""

from __future__ import annotations

import subprocess
import sys


def told(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_service_that_scores_with_lightgbm_does_not_load_scikit_learn() -> None:
    found = told(
        "import sys; from models.learned.trees.lightgbm_library import load_lightgbm\n"
        "lightgbm = load_lightgbm(); print('sklearn' in sys.modules, lightgbm.Booster.__name__)\n"
        "import sklearn.base; print(sklearn.base.BaseEstimator.__name__)"
    )

    assert found.split() == ["False", "Booster", "BaseEstimator"]


def test_where_scikit_learn_is_there_lightgbm_has_its_classes() -> None:
    found = told(
        "import sklearn, sys; from models.learned.trees.lightgbm_library import load_lightgbm\n"
        "lightgbm = load_lightgbm(); print(isinstance(lightgbm.LGBMClassifier(), sklearn.base.BaseEstimator))"
    )

    assert found == "True"
