"""A decision for an account is about one of its people, also where the models fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from models.bundle import Models
from models.domain.journey import Accounts, Journey, Role
from models.policy.engine import Engine
from nba_service.decisions.accounts.choosing import choose_of_account
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.render import Asked
from nba_service.engine.serving import Serving
from nba_service.errors import Problem
from nba_service.store.rows import CustomerRow, StoredAccount, StoredState

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
Made = Callable[..., Serving]


@pytest.fixture
def serving(tiny_journey: Journey, tiny_models: Models) -> Serving:
    roles = (Role(name="user", label="User"), Role(name="decider", label="Decider"))
    return Serving.of(Engine(replace(tiny_journey, accounts=Accounts(roles=roles)), tiny_models, "b"))


def choose(serving: Serving, *people: tuple[str, str]) -> Asked:
    states = tuple(
        StoredState(
            customer=CustomerRow(customer_id=who, account_id="acme", role=role),
            events=(),
            person=who,
            version=place,
        )
        for place, (who, role) in enumerate(people, start=1)
    )
    return choose_of_account(
        serving,
        DecisionCall(account_id="acme"),
        StoredAccount(account=None, people=states),
        decision_id="d-1",
        decided_at=NOW,
        rooms={},
        complete=lambda state: state,
    )


def test_every_person_has_an_offer_and_one_of_them_is_chosen(serving: Serving) -> None:
    chosen = choose(serving, ("zoe", "user"), ("dora", "decider"))

    account = chosen.request.account
    assert account is not None
    assert chosen.request.customer.customer_id in ("zoe", "dora")
    assert {offer.role for offer in account.offers} == {"user", "decider"}
    assert sum(offer.probability for offer in account.offers) == pytest.approx(1.0)
    assert chosen.others == ()  # no limit is the account's, so nobody else has to stay as they are


def test_an_account_without_people_is_unknown(serving: Serving) -> None:
    with pytest.raises(Problem) as raised:
        choose(serving)

    assert raised.value.code == "ACCOUNT_UNKNOWN"


def test_models_that_fail_leave_the_choice_to_the_playbook(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(serving.engine, "estimator", None)
    monkeypatch.setattr(serving.engine, "score", fail)

    chosen = choose(serving, ("zoe", "user"), ("dora", "decider"))

    assert chosen.degraded_by == (Degraded.MODEL_FAILED,)
    assert chosen.serving.engine.models is None
