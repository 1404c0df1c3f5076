"""Claims that a person is still as a decision saw them.

A decision is stored only if they hold. Two ways to check them: one statement each (``OneByOne``), and a few
for all of them (``Together``), which pays where each is a journey to a server. Every function runs inside the
caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.rows import Claim
from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.lookups import chunks
from nba_service.store.sql.sqlite_driver import AnyConnection, Statement, of_sqlalchemy
from nba_service.store.sql.tables import people
from nba_service.store.writes.person_versions import People, Span, earlier, later, person_columns, spans


class ClaimedDecision(NamedTuple):
    """What a decision claims of a person.

    And when (ms) it was made.
    """

    person: str
    decision_id: str
    claim: Claim
    at: int


class Claims(Protocol):
    """Checks claims."""

    def hold(self, connection: AnyConnection, claimed: Sequence[ClaimedDecision]) -> frozenset[str]:
        """The ids of the decisions whose claims hold, of decisions in the order of persons.

        Of several about one person that saw the same version the first holds.
        """


def claims_for(dialect: Dialect, versions: People) -> Claims:
    """The way that suits a database."""
    return Together(dialect, versions) if dialect.has_server else OneByOne(dialect, versions)


class OneByOne:
    """A statement per claim."""

    def __init__(self, dialect: Dialect, versions: People) -> None:
        self._versions = versions
        self._first = Statement(dialect.insert(people).on_conflict_do_nothing(index_elements=["customer_id"]))

    def hold(self, connection: AnyConnection, claimed: Sequence[ClaimedDecision]) -> frozenset[str]:
        return frozenset(decision.decision_id for decision in claimed if self._holds(connection, decision))

    def _holds(self, connection: AnyConnection, claimed: ClaimedDecision) -> bool:
        """Raise the version of a person if it is the claimed one, and the other people are as claimed."""
        person, _, claim, at = claimed
        if claim.others and not _others_stand(connection, claim):
            return False
        if claim.version is None:
            self._versions.touch(connection, {person: Span(at, at)})
            return True
        if claim.version == 0:
            return bool(self._first.run(connection, person_columns(person, Span(at, at))))
        parameters = {"person": person, "expected": claim.version, "at": at}
        return bool(_CLAIM.run(connection, parameters))


class Together(OneByOne):
    """Three journeys for all: lock in order and read, insert, raise."""

    def __init__(self, dialect: Dialect, versions: People) -> None:
        super().__init__(dialect, versions)
        first = dialect.insert(people).on_conflict_do_nothing(index_elements=["customer_id"])
        self._first_returned = first.returning(people.c.customer_id)

    def hold(self, connection: AnyConnection, claimed: Sequence[ClaimedDecision]) -> frozenset[str]:
        few = len(claimed) < 2 and not any(decision.claim.others for decision in claimed)
        if few or any(decision.claim.version is None for decision in claimed):
            return super().hold(connection, claimed)
        others = {person for decision in claimed for person, _ in decision.claim.others}
        names = sorted({decision.person for decision in claimed} | others)
        version = _locked_versions(of_sqlalchemy(connection), names)
        held, moments = _holding(claimed, version)
        unknown = [person for person in names if person not in version]
        first = [person_columns(person, moments[person]) for person in unknown if person in moments]
        inserted = (
            set(of_sqlalchemy(connection).execute(self._first_returned, first).scalars()) if first else set()
        )
        self._versions.touch(
            connection, {person: span for person, span in moments.items() if person not in unknown}
        )
        late = set(unknown) - inserted  # another process was faster
        return frozenset(
            decision.decision_id
            for decision in claimed
            if decision.decision_id in held and decision.person not in late
        )


def _locked_versions(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """The versions of people, locked in the order of their ids until the transaction ends."""
    versions: dict[str, int] = {}
    for chunk in chunks(names):
        statement = (
            sa.select(people.c.customer_id, people.c.version)
            .where(people.c.customer_id.in_(chunk))
            .order_by(people.c.customer_id)
            .with_for_update()
        )
        versions.update((person, version) for person, version in connection.execute(statement))
    return versions


def _holding(
    claimed: Sequence[ClaimedDecision], version: Mapping[str, int]
) -> tuple[set[str], dict[str, Span]]:
    """The decisions whose claims hold, and the moments of each person they are about."""
    now = dict(version)
    held: set[str] = set()
    moments: list[tuple[str, int]] = []
    for person, key, claim, at in claimed:
        stand = all(version == now.get(other, 0) for other, version in claim.others)
        if stand and claim.version == now.get(person, 0):
            held.add(key)
            moments.append((person, at))
            now[person] = now.get(person, 0) + 1
    return held, spans(moments)


def _others_stand(connection: AnyConnection, claim: Claim) -> bool:
    """Whether the other people of an account are as a decision saw them, until the transaction ends."""
    for person, version in claim.others:
        row = _VERSION.rows(connection, {"person": person})
        if (row[0][0] if row else 0) != version:
            return False
    return True


_VERSION: Final = Statement(
    sa.select(people.c.version).where(people.c.customer_id == sa.bindparam("person")).with_for_update()
)

_AT: Final = sa.bindparam("at", type_=sa.BigInteger)

_CLAIM: Final = Statement(
    sa.update(people)
    .where(people.c.customer_id == sa.bindparam("person"), people.c.version == sa.bindparam("expected"))
    .values(version=people.c.version + 1, latest_at=later(_AT), first_at=earlier(_AT))
)
