"""What could have been chosen comes from the log where it tells, and from the rules where it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from models.domain.journey import Journey
from models.errors import TrainingDataError
from models.policy.engine import Engine
from training.config import read_config
from training.data.validate import validate_tables
from training.evaluation.figures.scored_rows import candidate_mask
from training.evaluation.off_policy.logged_candidates import candidates_column, logged_candidates
from training.evaluation.off_policy.off_policy import LoggedDecisions, evaluate
from training.fit.prepared import Prepared
from training.run.inputs import prepare_rows
from training.run.progress import Progress
from training.simulator.log.log import simulate_log, tables_of
from training.simulator.world.load import load_world


def test_each_row_gets_its_own_list(tiny_journey: Journey) -> None:
    first, second = tiny_journey.treatments[1], tiny_journey.treatments[2]
    texts = pa.array(
        [
            '[{"action": "nothing", "channel": null, "action_probability": 0.5}]',
            f'[{{"action": "{first.action}", "channel": "{first.channel}"}},'
            f' {{"action": "{second.action}", "channel": "{second.channel}"}},'
            ' {"action": "of_last_year", "channel": "email"}]',
            None,
            "[]",
        ]
    )
    mask, told = logged_candidates(tiny_journey, texts, np.array([1, 0, 2, 3, 1]))
    assert [np.flatnonzero(row).tolist() for row in mask] == [[1, 2], [0], [], [], [1, 2]]
    assert told.tolist() == [True, True, False, False, True]


def test_a_log_that_names_no_candidates_has_none(make_tables: Callable[..., Any]) -> None:
    decision = {
        "decision_id": "d", "customer_id": "c", "decided_at": datetime(2026, 1, 5, tzinfo=UTC),
        "action": "nothing", "action_probability": 1.0, "delivered_at": None,
    }  # fmt: skip
    named = '[{"action": "nothing"}]'

    assert candidates_column(make_tables(decisions=[decision])) is None
    assert candidates_column(make_tables(decisions=[{**decision, "candidates": named}])).to_pylist() == [
        named
    ]


@pytest.mark.parametrize("text", ["{", "7", '["teaser"]', '[{"channel": "email"}]', '[{"action": []}]'])
def test_what_is_no_list_of_candidates_is_refused(tiny_journey: Journey, text: str) -> None:
    with pytest.raises(TrainingDataError, match="expected a JSON list of objects with action and channel"):
        logged_candidates(tiny_journey, pa.array([text]), np.array([0]))


@pytest.fixture(scope="module")
def solar(examples: Path) -> tuple[Prepared, Any]:
    """300 simulated customers of the solar company, and the texts of their candidates."""
    world = load_world(examples / "solar/simulator.yaml")
    tables = tables_of(simulate_log(world, 300, 140, np.random.default_rng(3)))
    validated = validate_tables(dict(tables.items()), world.journey)
    config = read_config(examples / "solar/training.yaml")
    prepared = prepare_rows(config, world.journey, validated, 5, Progress())
    return prepared, validated.tables.decisions.column("candidates").combine_chunks()


def weights(prepared: Prepared, use: Any, mask: Any) -> Any:
    """Of the uniform policy over the candidates: value of a reward of one, and what evaluate objects to."""
    rows = prepared.rows.take(use)
    target = (mask / mask.sum(axis=1, keepdims=True))[np.arange(len(use)), rows.treatment]
    log = LoggedDecisions(
        customer=rows.customer, reward=np.ones(len(use)), logged=rows.action_probability, target=target
    )
    return evaluate(log, np.random.default_rng(0), 20)


def test_random_can_be_judged_where_the_log_tells_the_candidates(solar: tuple[Prepared, Any]) -> None:
    prepared, texts = solar
    use = np.flatnonzero(np.isfinite(prepared.rows.action_probability))
    engine = Engine(prepared.journey, None, "none")
    told = candidate_mask(prepared, engine, use, texts)
    rows = prepared.rows.take(use)
    assert told[np.arange(len(use)), rows.treatment].all()
    found = weights(prepared, use, told)
    assert not found.refused
    assert found.mean_weight == pytest.approx(1.0, abs=0.03)


def test_rows_without_a_list_get_what_the_rules_allow(solar: tuple[Prepared, Any]) -> None:
    prepared, texts = solar
    use = np.flatnonzero(np.isfinite(prepared.rows.action_probability))[:400]
    engine = Engine(prepared.journey, None, "none")
    told, ruled = (candidate_mask(prepared, engine, use, given) for given in (texts, None))
    assert ruled[:, 0].all()
    assert (told != ruled).any()  # quiet hours and CEL rules, which the simulator does not know
    silent = np.arange(len(texts)) % 2 == 0
    half = pa.array([None if quiet else text for quiet, text in zip(silent, texts.to_pylist(), strict=True)])
    mixed = candidate_mask(prepared, engine, use, half)
    own = silent[prepared.rows.decision[use]]
    np.testing.assert_array_equal(mixed, np.where(own[:, None], ruled, told))


def test_texts_in_chunks_are_read_like_whole_ones(tiny_journey: Journey) -> None:
    """As those of a log in buckets lie: some chunks empty, positions in any order, one twice."""
    rows = [None, '[{"action": "nothing"}]', '[{"action": "teaser", "channel": "email"}]', None]
    rows += ['[{"action": "care", "channel": "web"}, {"action": "nothing"}]']
    whole = pa.array(rows, pa.string())
    chunks = pa.chunked_array([whole.slice(0, 2), whole.slice(0, 0), whole.slice(2, 1), whole.slice(3, 2)])
    decision = np.array([4, 0, 2, 2, 3, 1])

    expected, together = (
        logged_candidates(tiny_journey, whole, decision),
        logged_candidates(tiny_journey, chunks, decision),
    )

    assert together[0].tolist() == expected[0].tolist()
    assert together[1].tolist() == [True, False, True, True, False, True]
    assert logged_candidates(tiny_journey, chunks, np.zeros(0, dtype=np.int64))[0].shape[0] == 0
