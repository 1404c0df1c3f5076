"""A decision of a run over tables is worked out again from its columns and the store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.domain.history import to_ms
from models.policy.batch.capacity import Cut
from models.policy.batch.rows import RowWriter, with_cuts
from models.policy.steps import run_steps
from nba_service.data.log_replay import Replaying, ReplayReport
from nba_service.decisions.calls import DecisionCall
from nba_service.services import Services
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow
from tests.nba_service.conftest import NOW

BEFORE = to_ms(NOW - timedelta(days=2))


@pytest.fixture
def imported(parts: Services) -> Iterator[Any]:
    """Puts the decision of a run into the store, changed as told, and replays it."""
    store = parts.store.plain
    store.put_customers([CustomerRow(customer_id="c-1", consent={"email": True}, updated_at=BEFORE)])
    store.add_interactions(
        [InteractionRow(interaction_id="i", customer_id="c-1", occurred_at=BEFORE, touchpoint="quote")]
    )
    engine = parts.source.current().engine
    call = DecisionCall(customer_id="c-1", decision_id="run/c-1", channels=("email",), decided_at=NOW)

    def put(cuts: dict[str, Cut] | None = None, **changes: Any) -> ReplayReport:
        request = replace(parts.decisions.asked_with(parts.source.current(), call).request, configured=None)
        row = RowWriter(engine, "run")(run_steps(engine, request)) | changes
        context = row["context"] if cuts is None else with_cuts(row["context"], cuts)
        own = {name: row[name] for name in ("action", "channel", "action_probability", "policy", "arm")}
        stored = DecisionRow(
            decision_id="run/c-1", customer_id="c-1", decided_at=to_ms(NOW), delivered_at=None, contacts=(),
            context=context, candidates=row["candidates"], bundle=engine.bundle_id, request=None, answer=None,
            state=None, **own,
        )  # fmt: skip
        store.add_decisions([stored], {})
        return Replaying(parts.store, parts.source, parts.decisions).replay(0, 10)

    return put


def test_what_was_decided_is_decided_again(imported: Any) -> None:
    report = imported()

    assert (report.decisions, report.identical) == (1, 1)


def test_another_probability_is_told_with_its_columns(imported: Any) -> None:
    report = imported(action_probability=0.123)

    assert report.different == 1
    assert report.differences[0].fields["action_probability"][0] == 0.123


def test_a_cut_that_the_run_did_not_have_is_seen(imported: Any) -> None:
    """With no room at all the mail would have been lost."""
    report = imported(cuts={"email": Cut(last=None, first_out=None)})

    assert report.different == 1
    assert "candidates" in report.differences[0].fields


def test_a_profile_that_was_written_since_could_be_why(imported: Any, parts: Services) -> None:
    parts.store.plain.put_customers(
        [CustomerRow(customer_id="c-1", consent={"email": True}, updated_at=to_ms(NOW) + 1)]
    )

    assert imported().identical == 1
    report = Replaying(parts.store, parts.source, parts.decisions).replay(0, 10)
    assert (report.identical, report.impossible) == (1, {})


def test_another_decision_of_a_changed_profile_is_not_called_different(
    imported: Any, parts: Services
) -> None:
    parts.store.plain.put_customers(
        [CustomerRow(customer_id="c-1", consent={"email": True}, updated_at=to_ms(NOW) + 1)]
    )

    report = imported(candidates=json.dumps([{"action": "nothing", "channel": None}]))

    assert report.impossible == {"REPLAY_IMPOSSIBLE": 1}
