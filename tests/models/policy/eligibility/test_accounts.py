"""What rules see of an account, its phase, and what the account forbids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from models.domain.account import AccountContact, AccountState, RoleEvents
from models.domain.history import DAY_MS, build_history, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.journey_file import parse_journey
from models.policy.eligibility.accounts import NEVER_DAYS, AccountRules
from tests.account_journey import ACCOUNT_JOURNEY
from tests.models.policy.conftest import NOW
from tests.models.policy.deciding import Ask, run

MOMENT = to_ms(NOW)


@pytest.fixture(scope="module")
def journey() -> Journey:
    return parse_journey(ACCOUNT_JOURNEY.encode(), "accounts.yaml")


def account(**fields: object) -> AccountState:
    return AccountState(**{"account_id": "acme", "role": "decider", **fields})  # type: ignore[arg-type]


def seen(name: str, **by_role: int) -> dict[str, dict[str, RoleEvents]]:
    return {name: {role: RoleEvents(1, times, MOMENT - DAY_MS) for role, times in by_role.items()}}


def test_own_events_and_those_of_others_are_one_account(journey: Journey) -> None:
    own = {"quote_requested": (2, MOMENT - 3 * DAY_MS)}
    state = account(people={"user": 2}, seen=seen("quote_requested", user=1), acted={"datasheet": 1})

    facts = AccountRules(journey).variables(state, own, {"datasheet": 2}, MOMENT)

    assert facts["people"] == 3
    assert facts["roles"] == {"user": 2, "technical": 0, "decider": 1}
    assert facts["seen"]["quote_requested"] == 3
    assert facts["people_seen"]["quote_requested"] == 2
    assert facts["roles_seen"]["quote_requested"] == 2
    assert facts["seen_by"]["decider"]["quote_requested"] == 2
    assert facts["days_since"]["quote_requested"] == 1.0
    assert facts["days_since"]["trial_started"] == NEVER_DAYS
    assert facts["contacts"]["datasheet"] == 3


def test_of_nobodys_account_all_numbers_are_zero(journey: Journey) -> None:
    facts = AccountRules(journey).variables(None, {"quote_requested": (2, 0)}, {"datasheet": 2}, MOMENT)

    assert (facts["id"], facts["people"], facts["seen"]["quote_requested"]) == ("", 0, 0)
    assert facts["contacts"]["datasheet"] == 0


def test_the_first_phase_rule_that_holds_wins(journey: Journey) -> None:
    rules, nothing = AccountRules(journey), build_history(journey, [()])
    buying = account(seen={**seen("quote_requested", user=1, technical=1), **seen("trial_started", user=1)})

    assert journey.phases[rules.phase(buying, nothing, MOMENT)].name == "buying"
    assert journey.phases[rules.phase(account(), nothing, MOMENT)].name == "watching"


def test_a_stated_phase_wins_over_the_accounts(journey: Journey, ask: Ask) -> None:
    testing = account(seen=seen("trial_started", user=1))

    assert run(journey, ask(account=testing)).phase.name == "testing"
    assert run(journey, ask(account=testing)).phase.source == "account"
    stated = run(journey, ask(account=testing, stated_phase="buying")).phase
    assert (stated.name, stated.source) == ("buying", "stated")


@pytest.mark.parametrize(("days_ago", "full"), [(6.99, True), (7.0, False)])
def test_contacts_with_others_count_in_the_window_of_the_account(
    journey: Journey, ask: Ask, contact: Callable[..., Interaction], days_ago: float, full: bool
) -> None:
    others = (AccountContact(to_ms(NOW - timedelta(days=days_ago)), "newsletter", "email"),)

    decision = run(journey, ask(contact("newsletter", "email", 1), account=account(contacts=others)))

    codes = {(drop_out.action, drop_out.code) for drop_out in decision.drop_outs}
    assert (("newsletter", "ACCOUNT_2_IN_7_DAYS") in codes) is full


def test_the_limit_of_accounts_does_not_bind_who_has_none(
    journey: Journey, ask: Ask, contact: Callable[..., Interaction]
) -> None:
    mails = [contact("newsletter", "email", days) for days in (1, 2, 3)]

    assert "ACCOUNT_2_IN_7_DAYS" not in {d.code for d in run(journey, ask(*mails)).drop_outs}


def test_a_slate_takes_no_more_than_the_account_has_left(journey: Journey, ask: Ask) -> None:
    others = (AccountContact(MOMENT - DAY_MS, "newsletter", "email"),)
    both = replace(journey, policies=())

    decision = run(both, ask(account=account(contacts=others), limit=2))

    assert len([a for a in decision.actions if a.action != "nothing"]) == 1


def test_actions_for_other_roles_are_refused_first(journey: Journey, ask: Ask) -> None:
    drop_outs = {d.action: d for d in run(journey, ask(account=account())).drop_outs}
    stranger = {d.action: d for d in run(journey, ask()).drop_outs}

    assert (drop_outs["datasheet"].tier, drop_outs["datasheet"].code) == ("role", "ROLE")
    assert "has the role 'decider'" in drop_outs["datasheet"].detail
    assert "no role in an account" in stranger["datasheet"].detail


def test_nothing_of_the_account_is_used_for_who_may_not_be_profiled(journey: Journey, ask: Ask) -> None:
    testing = account(seen=seen("trial_started", user=1))
    consent = {"email": True, "personalization": False}

    phase = run(journey, ask(account=testing, consent=consent)).phase

    assert (phase.name, phase.source) == ("watching", "default")


def test_people_of_one_account_share_an_arm(journey: Journey, ask: Ask) -> None:
    one, other = (ask(customer_id=who, account=account()) for who in ("zoe", "tom"))

    assert one.unit == other.unit == "acme"
    assert ask(customer_id="zoe").unit == "zoe"
