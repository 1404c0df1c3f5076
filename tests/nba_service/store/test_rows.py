"""What rows say of consents, with the times of the saying."""

from __future__ import annotations

from models.domain.consent import Consent, Statement
from nba_service.store.rows import CustomerRow, InteractionRow, OutcomeRow, withdrawals


def test_a_profile_says_when_its_consents_were_stated_and_when_that_arrived() -> None:
    plain = CustomerRow(customer_id="c", consent={"email": True}, updated_at=5)
    late = CustomerRow(
        customer_id="c",
        consent={"email": False},
        updated_at=9,
        consented_at=3,
        arrived_at=8,
        source="segment",
    )

    assert plain.statements() == (Consent("email", True, Statement(5, 5, "profile")),)
    assert late.statements() == (Consent("email", False, Statement(3, 8, "segment")),)


def test_an_event_refuses_what_it_withdraws_under_its_own_name() -> None:
    left = InteractionRow(
        interaction_id="i", customer_id="c", occurred_at=9, touchpoint="left", withdraws=("email", "sms"),
        arrived_at=7,
    )  # fmt: skip
    complained = OutcomeRow(
        outcome_id="o", decision_id="d", outcome="complained", occurred_at=4, withdraws=("email",)
    )

    assert withdrawals(left) == tuple(
        Consent(flag, False, Statement(9, 7, "left")) for flag in ("email", "sms")
    )
    assert withdrawals(complained) == (Consent("email", False, Statement(4, 4, "complained")),)
