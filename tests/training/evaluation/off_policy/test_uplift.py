"""The rival's ranking: what a contact adds by two regressions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from training.evaluation.off_policy import uplift
from training.evaluation.off_policy.uplift import fit_uplift
from training.fit.prepared import Prepared
from training.rows.split import Part


@pytest.fixture(scope="module")
def prepared(trained: tuple[Prepared, Models]) -> Prepared:
    """Mails bring 5 EUR, everything else 1."""
    prepared, _ = trained
    mail = prepared.journey.treatment_index["teaser", "email"]
    reward = np.where(prepared.rows.treatment == mail, 5.0, 1.0)
    return replace(prepared, split=replace(prepared.split, rows=replace(prepared.rows, reward=reward)))


def test_what_a_treatment_adds_is_found_and_nothing_adds_nothing(prepared: Prepared) -> None:
    found = fit_uplift(prepared, np.random.default_rng(1))
    assert found is not None
    at = np.arange(20)
    added = {}
    for name in (("nothing", None), ("teaser", "email"), ("teaser", "web")):
        treatment = np.full(20, prepared.journey.treatment_index[name])
        candidate_x = prepared.builder.candidate_features(prepared.situations, at, treatment)
        added[name[1]] = found.worth(prepared.customer_x[at], candidate_x, at, treatment)

    assert added[None].tolist() == [0.0] * 20
    assert added["email"] == pytest.approx(4.0, abs=0.2)
    assert added["web"] == pytest.approx(0.0, abs=0.2)


def test_it_is_fitted_on_earlier_rows_alone(prepared: Prepared) -> None:
    later = prepared.split.part == Part.TEST
    reward = np.where(later, 1e6, prepared.rows.reward)
    other = replace(prepared, split=replace(prepared.split, rows=replace(prepared.rows, reward=reward)))

    first, second = (fit_uplift(each, np.random.default_rng(1)) for each in (prepared, other))

    assert first is not None
    assert second is not None
    x = prepared.customer_x[:50]
    assert np.array_equal(first.alone.raw_scores(x), second.alone.raw_scores(x))


def test_without_enough_rows_of_either_kind_there_is_none(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacted = replace(prepared.rows, treatment=np.ones_like(prepared.rows.treatment))
    assert (
        fit_uplift(replace(prepared, split=replace(prepared.split, rows=contacted)), np.random.default_rng(1))
        is None
    )

    monkeypatch.setattr(uplift, "MOST_ROWS", 900)  # a few hundred of each kind are left
    assert fit_uplift(prepared, np.random.default_rng(1)) is None
