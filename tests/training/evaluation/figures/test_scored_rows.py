"""Later rows are scored once, as the service would score them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from models.bundle import Models
from models.policy.engine import Engine
from training.evaluation.figures import scored_rows
from training.evaluation.figures.scored_rows import candidate_mask, score_rows, thinned
from training.fit.prepared import Prepared
from training.rows.split import Part


def test_later_rows_with_probability_and_reward_are_scored(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained

    found = score_rows(prepared, models, None, np.random.default_rng(1))

    known = prepared.split.of(Part.TEST) & np.isfinite(prepared.rows.reward)
    assert found.weighted
    assert np.array_equal(found.rows, np.flatnonzero(known))
    assert found.expected is not None
    assert found.expected.shape == found.mask.shape
    outside = ~found.mask
    outside[:, 0] = False
    assert not found.priority[outside].any()
    assert not found.propensity[outside].any()


def test_a_log_without_probabilities_is_scored_and_not_weighted(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    unknown = np.full(len(prepared.rows), np.nan)
    rows = replace(prepared.rows, action_probability=unknown)
    blind = replace(prepared, split=replace(prepared.split, rows=rows))

    found = score_rows(blind, models, None, np.random.default_rng(1))

    assert not found.weighted
    assert found.expected is None
    assert np.array_equal(found.rows, np.flatnonzero(prepared.split.of(Part.TEST)))


def test_blocks_change_nothing(trained: tuple[Prepared, Models], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = score_rows(*trained, None, np.random.default_rng(1))
    monkeypatch.setattr(scored_rows, "BLOCK", 100)

    parts = score_rows(*trained, None, np.random.default_rng(1))

    for name in ("propensity", "priority", "deviation"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))


def test_too_many_rows_are_thinned_by_whole_customers(trained: tuple[Prepared, Models]) -> None:
    rows = trained[0].rows
    use = np.arange(len(rows))

    kept = thinned(use, rows, 2, np.random.default_rng(1), most_candidates=3_000)

    assert thinned(use, rows, 2, np.random.default_rng(1)) is use
    assert len(kept) == pytest.approx(1_500, rel=0.15)
    customers = np.unique(rows.customer[kept])
    assert np.array_equal(kept, np.flatnonzero(np.isin(rows.customer, customers)))


def test_logged_candidates_win_and_the_rules_fill_what_is_silent(trained: tuple[Prepared, Models]) -> None:
    prepared, _ = trained
    use = np.flatnonzero(prepared.split.of(Part.TEST))[:2]
    said: list[str | None] = [None] * len(prepared.rows)
    said[int(prepared.rows.decision[use[0]])] = json.dumps([{"action": "offer", "channel": "email"}])

    engine = Engine(prepared.journey, None, "none")
    mask = candidate_mask(prepared, engine, use, pa.array(said, pa.string()))

    offer = prepared.journey.treatment_index["offer", "email"]
    assert np.flatnonzero(mask[0]).tolist() == [offer]
    assert np.array_equal(mask[1], candidate_mask(prepared, engine, use[1:], None)[0])
