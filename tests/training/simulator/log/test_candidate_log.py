"""The log says what else could have been chosen, and the logging policy chose among exactly that."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from training.simulator.log.candidate_log import candidate_texts, pack
from training.simulator.log.log import simulate_log, tables_of
from training.simulator.world.world import World


def test_every_set_of_candidates_comes_back_as_it_was(solar: World) -> None:
    treatments = solar.journey.treatments
    eligible = np.random.default_rng(1).random((300, len(treatments))) < 0.3
    texts = candidate_texts(pack(eligible), treatments).to_pylist()
    for mask, text in zip(eligible, texts, strict=True):
        expected = [treatments[code] for code in np.flatnonzero(mask)]
        assert [(c["action"], c["channel"]) for c in json.loads(text)] == [
            (each.action, each.channel) for each in expected
        ]


def test_no_decision_has_no_text(solar: World) -> None:
    none = np.zeros((0, len(solar.journey.treatments)), dtype=bool)
    assert candidate_texts(pack(none), solar.journey.treatments).to_pylist() == []


@pytest.fixture(scope="module")
def decisions(solar: World) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = tables_of(
        simulate_log(solar, 300, 200, np.random.default_rng(7))
    ).decisions.to_pylist()
    return rows


def test_the_treatment_taken_was_a_candidate_and_so_was_doing_nothing(
    decisions: list[dict[str, object]],
) -> None:
    for row in decisions:
        listed = [(c["action"], c["channel"]) for c in json.loads(str(row["candidates"]))]
        assert (row["action"], row["channel"]) in listed
        assert ("nothing", None) in listed
        assert len(set(listed)) == len(listed)


def test_the_uniform_policy_over_the_candidates_has_weights_that_average_one(
    decisions: list[dict[str, object]],
) -> None:
    """Σ over the candidates of p·(1/K)/p is one if and only if all of them could be chosen, and no other."""
    chance = np.array([row["action_probability"] for row in decisions], dtype=np.float64)
    count = np.array([len(json.loads(str(row["candidates"]))) for row in decisions])
    weight = 1.0 / (count * chance)
    customers = Counter(str(row["customer_id"]) for row in decisions)
    assert len(customers) == 300
    error = weight.std() / np.sqrt(len(weight))
    assert error < 0.05
    assert abs(weight.mean() - 1.0) < 4 * error
