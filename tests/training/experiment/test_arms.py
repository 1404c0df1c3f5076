"""Means of arms and their differences, held against SciPy and a published experiment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from training.experiment.arms import arm_figures
from training.experiment.read import Experiment, experiment_of, read_experiment


@pytest.fixture(scope="module")
def experiment(experiment_table: pa.Table) -> Experiment:
    return experiment_of(experiment_table, "letters", treatment="Arm", outcome="Spent (EUR)")


def test_differences_and_intervals_are_welchs(experiment: Experiment) -> None:
    """With a thousand customers an arm Student's t is the normal distribution to three digits."""
    control, *others = arm_figures(experiment)

    assert control.more is None
    for code, arm in enumerate(others, start=1):
        one, other = experiment.outcome[experiment.arm == code], experiment.outcome[experiment.arm == 0]
        expected = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
        assert arm.more is not None
        assert arm.mean == pytest.approx(one.mean())
        assert arm.more.value == pytest.approx(one.mean() - other.mean())
        assert (arm.more.low, arm.more.high) == pytest.approx((expected.low, expected.high), abs=2e-3)


def test_unequal_probabilities_are_weighed_out() -> None:
    """Older people buy more and were drawn more often: unweighted, a useless letter seems to help."""
    rng = np.random.default_rng(3)
    old = rng.random(20_000) < 0.5
    probability = np.where(old, 0.8, 0.2)
    treated = rng.random(20_000) < probability
    bought = (rng.random(20_000) < np.where(old, 0.6, 0.2)).astype(np.float64)
    experiment = Experiment(
        source="it",
        arms=("control", "letter"),
        arm=treated.astype(np.int64),
        outcome=bought,
        probability=np.where(treated, probability, 1 - probability),
        attributes=pa.table({}),
        notes=(),
    )

    weighed = arm_figures(experiment)[1].more
    plain = arm_figures(replace(experiment, probability=np.full(20_000, 0.5)))[1].more

    assert weighed is not None
    assert plain is not None
    assert weighed.low < 0 < weighed.high
    assert plain.low > 0.1


def test_hillstroms_experiment_is_as_published(real_data: Path) -> None:
    """Visits: men's e-mail +7.7, women's +4.5 points; spending 1.42, 1.08 and 0.65 USD."""
    path = real_data / "hillstrom" / "hillstrom.csv.gz"
    spending = read_experiment(path, treatment="segment", outcome="spend", control="No E-Mail")
    visited = spending.attributes.column("visit").to_numpy().astype(np.float64)
    visits = replace(spending, outcome=visited)

    found = {arm.name: arm for arm in arm_figures(visits)}
    assert found["Mens E-Mail"].more is not None
    assert found["Womens E-Mail"].more is not None
    assert found["Mens E-Mail"].more.value == pytest.approx(0.0766, abs=5e-5)
    assert found["Womens E-Mail"].more.value == pytest.approx(0.0452, abs=5e-5)
    means = {arm.name: arm.mean for arm in arm_figures(spending)}
    assert means == pytest.approx(
        {"No E-Mail": 0.6528, "Mens E-Mail": 1.4226, "Womens E-Mail": 1.0772}, abs=1e-4
    )
