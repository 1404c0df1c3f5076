"""Profiles and erasure, on each database."""

from __future__ import annotations

import itertools
from dataclasses import replace

from nba_service.store.rows import (
    CustomerRow,
)
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import FAR, decision, interaction, outcome


def test_a_profile_is_replaced_as_a_whole_but_for_its_consents(store: SqlStore) -> None:
    first = CustomerRow(
        customer_id="c", attributes={"roof_area_m2": 64}, consent={"email": True}, updated_at=1
    )
    second = CustomerRow(customer_id="c", locale="de-AT", updated_at=2)
    store.put_customers([first])
    assert store.customer("c") == first
    store.put_customers([second])
    assert store.customer("c") == replace(second, consent={"email": True})
    assert store.customer("nobody") is None


def test_erasure_leaves_the_decision_but_not_the_person(store: SqlStore) -> None:
    store.put_customers([CustomerRow(customer_id="c")])
    store.add_interactions([interaction("i"), interaction("k", "kept")])
    store.add_decisions([decision("mail/c")])
    store.add_outcomes([outcome("o/c", "mail/c")])
    assert store.erase("c", (f"gone-{n}" for n in itertools.count())) == 4
    assert store.customer("c") is None
    assert store.state("c", FAR, 100).events == ()
    assert store.decisions(["mail/c"]) == {}
    left = store.scan("decisions", "", 10)
    assert [(row["customer_id"], row["action"], row["action_probability"]) for row in left] == [
        ("gone-0", "guide", 0.5)
    ]
    joined = store.scan("outcomes", "", 10)
    assert [(row["decision_id"], row["outcome"]) for row in joined] == [(left[0]["decision_id"], "responded")]
    assert len(store.state("kept", FAR, 100).events) == 1
