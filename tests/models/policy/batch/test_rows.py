"""A row says all that its run alone knew, and gives it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from models.bundle import Models
from models.domain.account import AccountContact, AccountState
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.domain.journey import Accounts, Journey, Role
from models.policy.batch.capacity import Cut
from models.policy.batch.rows import RowWriter, RunContext, contacts_of_account, with_cuts
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.steps import run_steps

CUTS = {"email": Cut(last=(-1.25, 0.1 + 0.2), first_out=(-1.0, 0.5)), "web": Cut(last=None, first_out=None)}


def row(journey: Journey, models: Models, request: DecisionRequest) -> tuple[dict[str, Any], Engine]:
    engine = Engine(journey, models, "b")
    return RowWriter(engine, "mail-7")(run_steps(engine, request)), engine


def test_a_row_states_what_decide_says(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest]
) -> None:
    request = ask(channels=("web",))
    found, engine = row(tiny_journey, tiny_models, request)

    chosen = decide(engine, request).actions[0]
    assert (found["action"], found["action_probability"]) == (chosen.action, chosen.action_probability)
    told = RunContext.read(found["context"])
    assert told == RunContext(
        run="mail-7", journey=tiny_journey.sha256, channels=("web",), cuts={}, colleagues=()
    )


def test_cuts_come_back_to_the_last_bit(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest]
) -> None:
    found, _ = row(tiny_journey, tiny_models, ask())

    told = RunContext.read(with_cuts(found["context"], CUTS))

    assert told is not None
    assert told.cuts == CUTS


def test_only_contacts_of_the_run_itself_are_kept_of_an_account(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest], now: datetime
) -> None:
    journey = replace(tiny_journey, accounts=Accounts(roles=(Role(name="user", label="User"),)))
    instant = to_ms(now)
    contacts = (AccountContact(instant - 1, "care", "web"), AccountContact(instant, "teaser", "email"))

    found, _ = row(journey, tiny_models, ask(account=AccountState(account_id="acme", contacts=contacts)))

    assert contacts_of_account(found) == contacts[1:]


def test_other_contexts_are_of_no_run() -> None:
    for context in (None, "{}", "[]", json.dumps({"run": "r"}), json.dumps({"run": 3, "journey": "j"})):
        assert RunContext.read(context) is None
