"""Claims: of decisions that saw the same person one holds, one by one as together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.store.rows import Claim
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore
from nba_service.store.writes.claims import ClaimedDecision, Claims, OneByOne, Together, claims_for
from nba_service.store.writes.person_versions import NO_ROWS, People
from tests.nba_service.store.row_builders import FAR


@pytest.fixture
def claims(store: SqlStore, database: Database) -> Claims:
    """With the tables there."""
    return claims_for(database.dialect, People(database.dialect))


def claimed(key: str, version: int | None, person: str = "ada", at: int = 5) -> ClaimedDecision:
    return ClaimedDecision(person, key, Claim(version=version), at)


def hold(claims: Claims, database: Database, *decisions: ClaimedDecision) -> frozenset[str]:
    with database.transaction(write=True) as connection:
        return claims.hold(connection, sorted(decisions, key=lambda decision: decision[:2]))


def test_a_server_checks_them_together(database: Database, claims: Claims) -> None:
    assert isinstance(claims, Together) == database.dialect.has_server


def test_the_first_about_somebody_new_holds(claims: Claims, database: Database, store: SqlStore) -> None:
    assert hold(claims, database, claimed("a", 0), claimed("b", 0), claimed("c", 0, "bob")) == {"a", "c"}

    assert store.state("ada", FAR, 1).version == 1
    assert hold(claims, database, claimed("late", 0)) == frozenset()


def test_each_is_checked_against_the_version_that_the_one_before_left(
    claims: Claims, database: Database, store: SqlStore
) -> None:
    decisions = [claimed("a", 0), claimed("b", 1), claimed("c", 1), claimed("d", 2)]

    assert hold(claims, database, *decisions) == {"a", "b", "d"}

    assert store.state("ada", FAR, 1).version == (1 if database.dialect.has_server else 3)


def test_a_decision_without_a_version_always_holds(
    claims: Claims, database: Database, store: SqlStore
) -> None:
    assert hold(claims, database, claimed("a", None), claimed("b", None), claimed("c", 2)) == {"a", "b", "c"}

    assert store.state("ada", FAR, 1).version == 3


asked = st.lists(st.tuples(st.sampled_from(["ada", "bob", "cyd"]), st.integers(0, 3)), max_size=6)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(asked)
def test_together_is_as_one_by_one(
    store: SqlStore, database: Database, asked: Sequence[tuple[str, int]]
) -> None:
    """Whoever is known already, and whatever they have seen."""
    if not database.dialect.has_server:
        return
    versions = People(database.dialect)
    decisions = sorted(
        claimed(f"d{number}", version, person) for number, (person, version) in enumerate(asked)
    )
    got = []
    for kind in (Together, OneByOne):
        with database.engine().connect() as connection, connection.begin() as transaction:
            versions.touch(connection, {"ada": NO_ROWS})
            got.append(kind(database.dialect, versions).hold(connection, decisions))
            transaction.rollback()
    assert got[0] == got[1]
