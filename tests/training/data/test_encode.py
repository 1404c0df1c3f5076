"""Tables become codes: interactions, contacts and outcomes in one history."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from models.domain.history import DAY_MS
from models.domain.interaction import Kind
from models.domain.journey import Journey
from training.data.encode import CONTACT, codes_of, encode, milliseconds, treatment_parts
from training.data.tables import Tables


@pytest.fixture(scope="module")
def tables(make_tables: Callable[..., Tables], moment: Callable[[float], Any]) -> Tables:
    """One customer: a visit, a teaser by mail that was delivered and clicked, one that never was."""
    return make_tables(
        customers=[{"customer_id": "c", "attributes": json.dumps({"age": 40, "vip": None}),
                    "consent": json.dumps({"email": True}), "time_zone": "Europe/Vienna"}],
        interactions=[{"interaction_id": "i", "customer_id": "c", "occurred_at": moment(1), "channel": "web",
                       "touchpoint": "visit", "value": 12.345}],
        decisions=[
            {"decision_id": "d", "customer_id": "c", "decided_at": moment(2), "delivered_at": moment(2.5),
             "action": "teaser", "channel": "email", "action_probability": 0.25,
             "context": json.dumps({"phase": "customer"})},
            {"decision_id": "e", "customer_id": "c", "decided_at": moment(4), "delivered_at": None,
             "action": "nothing", "channel": None, "action_probability": None,
             "context": json.dumps({"phase": 3})},
        ],
        outcomes=[{"outcome_id": "o", "decision_id": "d", "outcome": "clicked", "occurred_at": moment(3)}],
    )  # fmt: skip


def test_events_of_all_sources_are_one_history_in_time_order(tables: Tables, tiny_journey: Journey) -> None:
    history = encode(tables, tiny_journey).history

    assert history.kind.tolist() == [Kind.TOUCHPOINT, Kind.CONTACT, Kind.OUTCOME]
    assert [history.touchpoints[code] for code in history.touchpoint] == ["visit", CONTACT, "clicked"]
    assert history.value_cents.tolist() == [1234, 0, 0]
    teaser, email = tiny_journey.action_index["teaser"], tiny_journey.channel_index["email"]
    assert history.action.tolist() == [-1, teaser, teaser]
    assert history.channel.tolist() == [tiny_journey.channel_index["web"], email, email]
    assert (np.diff(history.occurred_at) > 0).all()


def test_decisions_and_outcomes_keep_their_order(
    tables: Tables, tiny_journey: Journey, moment: Callable[[float], Any]
) -> None:
    log = encode(tables, tiny_journey)

    assert log.decisions.treatment.tolist() == [tiny_journey.treatment_index["teaser", "email"], 0]
    assert log.decisions.action_probability[0] == 0.25
    assert np.isnan(log.decisions.action_probability[1])
    assert log.decisions.stated_phase.tolist() == [tiny_journey.phase_index["customer"], -1]
    assert log.decisions.delivered_at[1] == np.iinfo(np.int64).min
    assert log.outcomes.decision.tolist() == [0]
    assert log.end == round(moment(4).timestamp() * 1000)
    assert log.decisions.decided_at[1] - log.decisions.decided_at[0] == 2 * DAY_MS


def test_customers_have_what_is_present(tables: Tables, tiny_journey: Journey) -> None:
    log = encode(tables, tiny_journey)

    assert log.customer_ids.to_pylist() == ["c"]
    assert log.attributes == [{"age": 40}]
    assert log.consents == [{"email": True}]
    assert log.time_zones == ["Europe/Vienna"]


def test_a_log_of_nothing_ends_where_time_begins(
    make_tables: Callable[..., Tables], tiny_journey: Journey, moment: Callable[[float], Any]
) -> None:
    one = {"interaction_id": "i", "customer_id": "c", "occurred_at": moment(1), "touchpoint": "visit"}
    tables = make_tables(interactions=[one])
    empty = Tables(**{name: table.slice(0, 0) for name, table in tables.items()})

    log = encode(empty, tiny_journey)

    assert (log.end, len(log.decisions), len(log.history.occurred_at)) == (0, 0, 0)


def test_names_that_nobody_knows_have_no_code() -> None:
    assert codes_of(pa.array(["b", None, "z", "a"]), ["a", "b"]).tolist() == [1, -1, -1, 0]
    times = pa.array([5, None], pa.timestamp("ms", "UTC"))
    assert milliseconds(times, missing=-7).tolist() == [5, -7]


def test_parts_of_a_treatment(tiny_journey: Journey) -> None:
    action, channel = treatment_parts(tiny_journey)

    assert (action[0], channel[0]) == (-1, -1)
    for code, treatment in enumerate(tiny_journey.treatments[1:], 1):
        assert tiny_journey.actions[action[code]].name == treatment.action
        assert tiny_journey.channels[channel[code]].name == treatment.channel
