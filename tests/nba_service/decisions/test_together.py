"""A batch answers and stores, byte for byte, what the same calls one by one answer and store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from models.domain.history import to_ms
from nba_service.decisions import render
from nba_service.decisions.calls import DecisionCall, InteractionCall, Profile
from nba_service.services import Services, make_services
from nba_service.settings import Settings
from nba_service.store.rows import CustomerRow, InteractionRow
from tests.nba_service.conftest import NOW

Twins = tuple[Services, Services]


@pytest.fixture(params=["learned", "playbook"])
def twins(
    request: pytest.FixtureRequest, lay_store: Callable[[Settings], None], tmp_path: Path
) -> Iterator[Twins]:
    """Two services that know the same of the same customers."""
    name = "settings" if request.param == "learned" else "playbook_settings"
    settings: Settings = request.getfixturevalue(name)
    made = []
    for twin in ("one", "many"):
        own = replace(
            settings, database_url=f"sqlite:///{tmp_path}/{twin}.sqlite", journal=tmp_path / f"{twin}-journal"
        )
        lay_store(own)
        made.append(make_services(own, clock=lambda: NOW, id_maker=lambda: "unused", poll=False))
        _fill(made[-1])
    yield made[0], made[1]
    for parts in made:
        parts.stop()


def _fill(parts: Services) -> None:
    """Twelve customers: with a profile or without, with events or none, kept states and states behind."""
    store, draw = parts.store.plain, np.random.default_rng(3)
    for number in range(12):
        customer = f"c-{number}"
        if number % 3:
            consent = {"email": bool(draw.random() < 0.8), "personalization": number != 7}
            store.put_customers(
                [CustomerRow(customer_id=customer, attributes={"age": 15 + 6 * number}, consent=consent)]
            )
        store.add_interactions(
            [
                InteractionRow(
                    interaction_id=f"i-{number}-{event}",
                    customer_id=customer,
                    occurred_at=to_ms(NOW - timedelta(days=float(draw.uniform(0.5, 90)))),
                    channel=("web", "email")[draw.integers(2)],
                    touchpoint=("visit", "quote", "unheard_of")[draw.integers(3)],
                )
                for event in range(number % 5 * 3)
            ]
        )
    store.merge("c-1", ["also-c-1"], at=to_ms(NOW), ids=iter(["merge-1"]), profile=None)


def _calls() -> list[DecisionCall]:
    """Three for most customers; some come twice under one id."""
    draw, calls = np.random.default_rng(8), []
    for number in range(36):
        customer = f"c-{number % 12}" if number != 13 else "also-c-1"
        calls.append(
            DecisionCall(
                customer_id=customer,
                decision_id=f"d-{number}",
                phase=(None, None, "interested", "customer")[draw.integers(4)],
                channels=(None, ("web",), ("web", "email"))[draw.integers(3)],
                limit=(1, 1, 2)[draw.integers(3)],
                deferred=bool(draw.random() < 0.2),
                explain=bool(draw.random() < 0.2),
                context=({}, {"locale": "de"}, {"weights": {"offer": 3.0}})[draw.integers(3)],
                profile=(None, Profile(attributes={"age": 50}, consent={"email": True}))[draw.integers(2)],
                interactions=((), (_visit(number),))[draw.integers(2)],
                decided_at=NOW - timedelta(minutes=36 - number),
            )
        )
    return [*calls, calls[0], calls[20]]


def _visit(number: int) -> InteractionCall:
    return InteractionCall(
        touchpoint="visit",
        channel="web",
        occurred_at=NOW - timedelta(days=1),
        interaction_id=f"told-{number}",
    )


def _answers(parts: Services, calls: Sequence[DecisionCall], *, batch: bool) -> list[bytes]:
    if batch:
        return [one.to_json() for one in parts.decisions.decide(calls, batch=True)]
    return [parts.decisions.decide([call])[0].to_json() for call in calls]


def test_answers_and_rows_are_the_same(twins: Twins) -> None:
    one, many = twins
    calls = _calls()

    assert _answers(many, calls, batch=True) == _answers(one, calls, batch=False)

    ids = [call.decision_id or "" for call in calls]
    stored = [parts.store.plain.decisions(ids) for parts in twins]
    assert stored[0] == stored[1]
    for customer in {call.customer_id for call in calls}:
        assert one.store.plain.past(customer) == many.store.plain.past(customer)


def test_what_was_stored_before_is_answered_among_what_is_new(twins: Twins) -> None:
    one, many = twins
    calls = _calls()
    for parts in twins:
        _answers(parts, calls[:12:2], batch=False)

    assert _answers(many, calls[:12], batch=True) == _answers(one, calls[:12], batch=False)


def test_where_they_cannot_be_decided_together_each_is_decided_alone(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the models fail: what is answered is what one call alone would get."""
    one, many = twins
    calls = _calls()[:12]

    def fail(*_: object) -> None:
        raise ArithmeticError("of one of them")

    monkeypatch.setattr(render, "decide_all_in_steps", fail)

    assert _answers(many, calls, batch=True) == _answers(one, calls, batch=False)
