"""The solar company's customers leave, come back and buy again, and what they say changes what comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.domain.decision import Decision, DecisionRequest
from models.domain.interaction import Customer, Interaction, Kind
from models.domain.journey import Journey
from models.policy.decide import decide
from models.policy.engine import Engine

NOW = datetime(2026, 6, 17, 10, tzinfo=UTC)
CONSENT = {"email": True, "sms": True, "phone": True, "letter": True, "personalization": True}
CUSTOMER = ("quote_requested", "contract_opened", "contract_signed", "installation_done")


def event(touchpoint: str, days_ago: float, **fields: Any) -> Interaction:
    return Interaction(
        occurred_at=NOW - timedelta(days=days_ago), channel="email", touchpoint=touchpoint, **fields
    )


def life(*since: tuple[str, float], **told: str) -> tuple[Interaction, ...]:
    """A customer who signed 500 days ago, and what happened since; ``told``: by the last event."""
    bought = [event(name, 500 - number) for number, name in enumerate(CUSTOMER)]
    later = [event(name, days) for name, days in since]
    if told:
        later[-1] = event(since[-1][0], since[-1][1], properties=told)
    return (*bought, *later)


@pytest.fixture(scope="module")
def engine(solar_journey: Journey) -> Engine:
    return Engine(solar_journey, None, "none")


def ask(engine: Engine, *interactions: Interaction) -> Decision:
    """By the playbook, on every channel, at noon on a Wednesday."""
    request = DecisionRequest(
        decision_id="d-1",
        customer=Customer(customer_id="c-1", consent=CONSENT, attributes={"home_owner": True}),
        decided_at=NOW,
        interactions=interactions,
        explain=True,
    )
    return decide(engine, request)


def possible(decision: Decision) -> set[str]:
    return {candidate.action for candidate in decision.candidates} - {"nothing"}


@pytest.mark.parametrize(
    ("reason", "action"),
    [
        ("service", "win_back_service"),
        ("price", "win_back_price"),
        ("moved", "new_home_roof"),
        ("other", "win_back_offer"),
    ],
)
def test_a_win_back_knows_why_they_left(engine: Engine, reason: str, action: str) -> None:
    decision = ask(engine, *life(("contract_cancelled", 60), reason=reason))

    assert decision.phase.name == "former_customer"
    assert possible(decision) == {action}


def test_who_has_just_left_is_left_in_peace(engine: Engine) -> None:
    decision = ask(engine, *life(("contract_cancelled", 10), reason="price"))

    assert possible(decision) == set()
    assert "LEFT_LATELY" in {drop_out.code for drop_out in decision.drop_outs}


def test_the_loop_closes_from_every_side(engine: Engine) -> None:
    """Withdrawn soon after signing, cancelled, asked again, bought again, came back."""
    now = {
        "withdrawn": ask(engine, event("contract_signed", 45), event("contract_withdrawn", 40)),
        "cancelled": ask(engine, *life(("contract_cancelled", 40))),
        "asked again": ask(engine, *life(("contract_cancelled", 60), ("quote_requested", 5))),
        "bought again": ask(engine, *life(("first_year_review", 120), ("contract_signed", 5))),
        "came back": ask(engine, *life(("contract_cancelled", 60), ("contract_signed", 5))),
    }

    assert {name: decision.phase.name for name, decision in now.items()} == {
        "withdrawn": "active_evaluation",
        "cancelled": "former_customer",
        "asked again": "active_evaluation",
        "bought again": "experience",
        "came back": "experience",
    }


def test_a_lapsed_evaluator_is_no_stranger(engine: Engine) -> None:
    """Both are out of the market; one of them had an offer 400 days ago."""
    lapsed = ask(engine, event("energy_check", 420), event("quote_requested", 400))
    stranger = ask(engine, event("page_view", 400))

    assert lapsed.phase.name == stranger.phase.name == "out_of_market"
    assert "win_back_offer" in possible(lapsed) - possible(stranger)
    assert "savings_teaser" in possible(stranger) - possible(lapsed)
    assert "NOT_NEW_TO_THEM" in {drop_out.code for drop_out in lapsed.drop_outs}


def test_a_no_and_a_complaint_change_what_comes_next(engine: Engine) -> None:
    """Offers end with a no; a critical ticket ends marketing, service goes on."""
    open_contract = [event(name, 12 - n) for n, name in enumerate(("quote_requested", "contract_opened"))]
    no = event("rejected", 2, kind=Kind.OUTCOME, action="tailored_lease")
    before, after = ask(engine, *open_contract), ask(engine, *open_contract, no)
    offers = {"tailored_lease", "limited_discount"}
    owner = life(("first_year_review", 120))
    ticket = event("support_ticket", 1, properties={"severity": "critical"})

    assert possible(before) & offers
    assert not possible(after) & offers
    assert after.actions[0].action != before.actions[0].action or possible(after) < possible(before)
    assert possible(ask(engine, *owner, ticket)) <= {"installation_news", "generation_dashboard"}
    assert "referral_invitation" in possible(ask(engine, *owner))
