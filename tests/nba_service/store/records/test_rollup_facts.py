"""What is stored about people is read whole, and about nobody else."""

from __future__ import annotations

from nba_service.store.rows import CustomerRow
from nba_service.store.sql_store import SqlStore
from tests.nba_service.store.row_builders import decision, interaction, outcome


def test_everything_about_the_people_asked_for(store: SqlStore) -> None:
    for who in ("ada", "bob"):
        store.put_customers(
            [CustomerRow(customer_id=who, attributes={"age": 40}, consent={"email": True}, updated_at=7)]
        )
        store.add_interactions([interaction(f"i-{who}", who)])
        store.add_decisions([decision(f"d-{who}", who, 1_000, 1_000, (("teaser", "email"),))])
        store.add_outcomes([outcome(f"o-{who}", f"d-{who}", "clicked", 2_000)])

    facts = store.rollups.facts(["ada"])

    assert [fact.customer_id for fact in (*facts.interactions, *facts.decisions)] == ["ada", "ada"]
    assert [fact.decision_id for fact in facts.outcomes] == ["d-ada"]
    (profile,) = facts.profiles
    assert (profile.customer_id, profile.updated_at, profile.consent) == ("ada", 7, {"email": True})


def test_somebody_without_a_profile_has_none(store: SqlStore) -> None:
    store.add_interactions([interaction("i", "ada")])

    assert store.rollups.facts(["ada"]).profiles == []
