"""What the store knows of an account becomes what a decision about one of its people knows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.domain.consent import Consent, Statement, record
from models.domain.interaction import Interaction
from models.domain.past import build_past, event_of
from models.journey_file import parse_journey
from models.policy.engine import Engine
from nba_service.decisions.accounts.known import KnownAccount, by_role, role_of
from nba_service.engine.serving import Serving
from nba_service.store.rows import AccountRow, CustomerRow, StoredAccount, StoredState
from tests.account_journey import ACCOUNT_JOURNEY

MOMENT = 10_000_000


@pytest.fixture(scope="module")
def serving() -> Serving:
    return Serving.of(Engine(parse_journey(ACCOUNT_JOURNEY.encode(), "accounts.yaml"), None, "none"))


def person(customer_id: str, role: str | None, version: int = 1, *, profiled: bool = True) -> StoredState:
    trial = Interaction(
        occurred_at=datetime.fromtimestamp(5_000, UTC), channel=None, touchpoint="trial_started"
    )
    told = Consent("personalization", profiled, Statement(1, 1, "profile"))
    return StoredState(
        customer=CustomerRow(customer_id=customer_id, account_id="acme", role=role),
        events=(),
        person=customer_id,
        version=version,
        consents=record({}, told),
        past=build_past([event_of(trial, customer_id)]),
    )


def known(serving: Serving, *people: StoredState) -> KnownAccount:
    attributes = {"employees": 5, "gone": 1, "partner": "yes"}
    row = AccountRow(account_id="acme", attributes=attributes)
    return KnownAccount(serving, "acme", StoredAccount(account=row, people=people), MOMENT)


def test_the_customer_is_not_among_the_others(serving: Serving) -> None:
    zoe, tom, eve = person("zoe", "user", 3), person("tom", "technical", 4), person("eve", "user", 5)
    account = known(serving, zoe, tom, eve)

    state = account.state_of(zoe)

    assert (state.role, state.people) == ("user", {"technical": 1, "user": 1})
    assert account.others(zoe) == (("tom", 4), ("eve", 5))
    assert account.state().people == {"technical": 1, "user": 2}


def test_attributes_that_the_journey_file_does_not_allow_are_left_out(serving: Serving) -> None:
    assert known(serving).state().attributes == {"employees": 5}


def test_what_somebody_did_who_refuses_profiling_is_left_out(serving: Serving) -> None:
    zoe, tom = person("zoe", "user"), person("tom", "technical", profiled=False)

    assert known(serving, zoe, tom).state_of(zoe).seen == {}
    assert "trial_started" in known(serving, zoe, tom).state_of(tom).seen


def test_people_stand_in_the_order_of_the_files_roles(serving: Serving) -> None:
    people = [person("a", "decider"), person("b", "boss"), person("c", "user"), person("d", None)]

    assert [one.person for one in by_role(serving, people)] == ["c", "a", "b", "d"]
    assert role_of(serving, people[1]) == ""
