"""Consent ledgers in a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.consent import NO_CONSENTS, Consent, Ledger, Statement
from nba_service.store.consents import ledgers, withdrawals
from nba_service.store.consents.withdrawals import Withdrawal
from nba_service.store.rows import Written
from nba_service.store.sql.lookups import moment_in, text_in
from nba_service.store.sql.tables import marks
from nba_service.store.writes.person_versions import persons
from nba_service.store.writes.writing_part import WritingPart


class SqlConsents(WritingPart):
    """The ledgers."""

    def consents(self, customer_id: str) -> Ledger:
        with self._transaction() as connection:
            person = persons(connection, [customer_id])[customer_id]
            return ledgers.read_all(connection, [person]).get(person, NO_CONSENTS)

    def refuse(self, customer_id: str, flag: str, at: int, source: str) -> bool:
        standing = self.consents(customer_id).get(flag)
        if standing is not None and not standing.given:
            return False
        told = {customer_id: [Consent(flag, False, Statement(at, at, source))]}
        self._write(lambda connection: self._load(connection, told))
        return True

    def load_consents(self, rows: Sequence[Mapping[str, object]]) -> Written:
        """Record the rows of an import: of each person and flag the last grant and refusal."""
        told: dict[str, list[Consent]] = {}
        for row in rows:
            told.setdefault(text_in(row, "customer_id"), []).extend(_statements(row))
        before, after = self._write(lambda connection: self._load(connection, told))
        new = sum(before[one] != after[one] for row in rows if (one := text_in(row, "customer_id")))
        return Written(new=new, known=len(rows) - new)

    def _load(
        self, connection: Connection, told: Mapping[str, Sequence[Consent]]
    ) -> tuple[dict[str, Ledger], dict[str, Ledger]]:
        """The ledgers that each id stands for, before and after its statements were recorded."""
        person = self._people.touch_without_events(connection, told)
        said: dict[str, list[Consent]] = {}
        for customer_id, statements in told.items():
            owner = person[customer_id]
            told_as = None if owner == customer_id else customer_id
            said.setdefault(owner, []).extend(one._replace(told_as=told_as) for one in statements)
        before = ledgers.read_all(connection, list(said))
        ledgers.record_all(connection, said)
        after = ledgers.read_all(connection, list(said))
        return (
            {key: before.get(owner, NO_CONSENTS) for key, owner in person.items()},
            {key: after.get(owner, NO_CONSENTS) for key, owner in person.items()},
        )

    def record_withdrawals(
        self, withdraws: Mapping[str, Sequence[str]], at: int, *, again: bool = True
    ) -> int:
        mark = withdrawals.mark_of(withdraws)
        with self._transaction() as connection:
            done = connection.execute(sa.select(marks.c.at).where(marks.c.name == mark)).scalar()
            if done is not None and not again:
                return 0
        self._writes.catch_up()
        with self._transaction() as connection:
            found = withdrawals.latest(connection, list(withdraws)) if withdraws else []
        for portion in withdrawals.portions(found):
            self._write(partial(self._record, portion=portion, withdraws=withdraws))
        with self._transaction(write=True) as connection:
            withdrawals.note(connection, mark if withdraws else None, at)
        return len({one.person for one in found})

    def _record(
        self, connection: Connection, portion: Sequence[Withdrawal], withdraws: Mapping[str, Sequence[str]]
    ) -> None:
        person = self._people.touch_without_events(connection, [one.person for one in portion])
        events: dict[str, list[Withdrawal]] = {}
        for one in portion:
            events.setdefault(person[one.person], []).append(one)
        refused = {owner: withdrawals.refusing(mine, withdraws) for owner, mine in events.items()}
        ledgers.change(connection, refused)


def _statements(row: Mapping[str, object]) -> Iterator[Consent]:
    """What a row of an export says; its columns are those of ``data/tables.py``."""
    for given, name in ((True, "granted"), (False, "refused")):
        if row[f"{name}_at"] is not None:
            at, arrived = moment_in(row, f"{name}_at"), f"{name}_arrived_at"
            arrived_at = at if row[arrived] is None else moment_in(row, arrived)
            source = str(row[f"{name}_by"] or "import")
            yield Consent(text_in(row, "flag"), given, Statement(at, arrived_at, source))
