"""Rows: which moments count, and what is known to have followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.journey import Journey
from models.domain.phases import PhaseMachine
from models.errors import TrainingDataError
from training.config import RowRules
from training.data.encode import encode
from training.data.tables import Tables
from training.rows.rows import UNKNOWN, DecisionRows, RowSource, make_rows


def rows_of(tables: Tables, journey: Journey, **rules: Any) -> DecisionRows:
    log = encode(tables, journey)
    trace = PhaseMachine(journey).trace(log.history)
    reward = None if tables.reward is None else tables.reward.to_numpy()
    return make_rows(log, reward, journey, trace, RowRules(**rules), np.random.default_rng(1))


@pytest.fixture(scope="module")
def rows(make_tables: Callable[..., Tables], moment: Callable[[float], Any]) -> Callable[..., Tables]:
    """Tables of one customer: a visit on day 0, teasers by mail on the given days, clicks on others."""

    def make(
        decided: list[float], clicked: dict[int, float], until: float = 100, **of_decision: Any
    ) -> Tables:
        visit = {"customer_id": "c", "channel": "web", "touchpoint": "visit"}
        decision = {"customer_id": "c", "action": "teaser", "channel": "email", **of_decision}
        return make_tables(
            interactions=[
                {**visit, "interaction_id": f"i{day}", "occurred_at": moment(day)} for day in (0, until)
            ],
            decisions=[
                {
                    "decision_id": f"d{i}",
                    "decided_at": moment(day),
                    "delivered_at": moment(day),
                    **decision,
                }
                for i, day in enumerate(decided)
            ],
            outcomes=[
                {
                    "outcome_id": f"o{i}",
                    "decision_id": f"d{i}",
                    "outcome": "clicked",
                    "occurred_at": moment(day),
                }
                for i, day in clicked.items()
            ],
        )

    return make


def test_a_response_counts_within_the_window_of_seven_days(
    rows: Callable[..., Tables], tiny_journey: Journey
) -> None:
    found = rows_of(rows([10, 20, 30], {0: 17, 1: 27.01}), tiny_journey)

    assert found.response.tolist() == [1, 0, 0]


def test_a_window_that_outlives_the_log_is_unknown_or_kept_as_asked(
    rows: Callable[..., Tables], tiny_journey: Journey
) -> None:
    tables = rows([10, 95], {1: 96})  # the window of day 95 ends on day 102, the log on day 100

    assert rows_of(tables, tiny_journey).response.tolist() == [0, UNKNOWN]
    assert rows_of(tables, tiny_journey, immature="keep").response.tolist() == [0, 1]


def test_a_decision_never_delivered_is_no_row(rows: Callable[..., Tables], tiny_journey: Journey) -> None:
    tables = rows([10, 20], {}, delivered_at=None)

    with pytest.raises(TrainingDataError, match="no row has an action"):
        rows_of(tables, tiny_journey)


def test_reward_is_value_less_cost(rows: Callable[..., Tables], tiny_journey: Journey) -> None:
    found = rows_of(rows([10, 20], {0: 11}), tiny_journey)

    # A teaser's response is worth 2 EUR, a mail costs 0.10, and no phase was entered.
    np.testing.assert_allclose(found.reward, [1.9, -0.1])


def test_the_next_phase_is_that_at_the_horizon(
    make_tables: Callable[..., Tables], moment: Callable[[float], Any], tiny_journey: Journey
) -> None:
    """A quote on day 3 is seen by a decision on day 0 (horizon 7 days), an order on day 9 is not."""
    decision = {"customer_id": "c", "action": "nothing", "channel": None}
    mail = {"action": "teaser", "channel": "email"}
    tables = make_tables(
        interactions=[
            {"interaction_id": name, "customer_id": "c", "occurred_at": moment(day), "touchpoint": name}
            for name, day in (("quote", 3), ("order", 9), ("visit", 12))
        ],
        decisions=[
            {**decision, "decision_id": f"d{day}", "decided_at": moment(day), **extra}
            for day, extra in ((0, {"delivered_at": moment(0), **mail}), (4, {}), (6, {}))
        ],
    )

    found = rows_of(tables, tiny_journey)

    interested, customer = tiny_journey.phase_index["interested"], tiny_journey.phase_index["customer"]
    assert found.next_phase.tolist() == [interested, customer, UNKNOWN]  # day 6 + 7 is after day 12


def test_without_a_log_contacts_are_exposures_and_quiet_moments_are_sampled(
    make_tables: Callable[..., Tables], moment: Callable[[float], Any], tiny_journey: Journey
) -> None:
    mail = {"channel": "email", "touchpoint": "mail_sent", "action": "teaser"}
    events = [(0, {"touchpoint": "visit"}), (5, mail), (8, {"touchpoint": "clicked"}), (40, mail), (60, mail)]
    tables = make_tables(
        interactions=[
            {"interaction_id": f"i{day}", "customer_id": "c", "occurred_at": moment(day), **event}
            for day, event in events
        ]
    )

    found = rows_of(tables, tiny_journey, quiet_per_customer=3)

    exposed = found.source == RowSource.EXPOSURE
    assert found.response[exposed].tolist() == [1, 0, UNKNOWN]
    assert (found.source == RowSource.QUIET).sum() == 3
    assert (found.treatment[~exposed] == 0).all()
    assert not found.has_probabilities


def test_stated_rewards_win(rows: Callable[..., Tables], tiny_journey: Journey) -> None:
    tables = rows([10, 20], {})
    stated = Tables(**dict(tables.items()), reward=pa.array([5.0, 7.0]))

    assert rows_of(stated, tiny_journey).reward.tolist() == [5.0, 7.0]


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(6)))
def test_the_order_of_the_files_changes_nothing(
    rows_tables: Tables, tiny_journey: Journey, order: list[int]
) -> None:
    shuffled = Tables(
        **{
            name: table.take([i for i in order if i < table.num_rows])
            if name in ("interactions", "outcomes")
            else table
            for name, table in rows_tables.items()
        }
    )

    expected, found = rows_of(rows_tables, tiny_journey), rows_of(shuffled, tiny_journey)

    for name in ("decided_at", "treatment", "response", "next_phase", "reward"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.fixture(scope="module")
def rows_tables(rows: Callable[..., Tables]) -> Tables:
    return rows([10, 20, 30, 40], {0: 11, 2: 33, 3: 60})


def test_an_entry_that_pays_once_is_a_reward_the_first_time_only(
    make_tables: Callable[..., Tables], moment: Callable[[float], Any], tiny_journey: Journey
) -> None:
    """A customer on day 2, a stranger again on day 10, a customer once more on day 20."""
    stated = {2: "customer", 10: "stranger", 20: "customer"}
    tables = make_tables(
        interactions=[
            {"interaction_id": f"i{day}", "customer_id": "c", "occurred_at": moment(day),
             "touchpoint": "visit", "channel": "web", "phase": phase}
            for day, phase in {0: None, **stated, 60: None}.items()
        ],
        decisions=[
            {"decision_id": f"d{day}", "customer_id": "c", "decided_at": moment(day), "action": action,
             "channel": channel, "delivered_at": moment(day)}
            for day, action, channel in ((1, "nothing", None), (15, "nothing", None), (30, "teaser", "email"))
        ],
    )  # fmt: skip
    phases = tuple(replace(phase, paid_once=True) for phase in tiny_journey.phases)

    each = rows_of(tables, tiny_journey).reward
    once = rows_of(tables, replace(tiny_journey, phases=phases)).reward

    np.testing.assert_allclose(each[:2], [100.0, 100.0])
    np.testing.assert_allclose(once[:2], [100.0, 0.0])
    assert once[2] == each[2]
