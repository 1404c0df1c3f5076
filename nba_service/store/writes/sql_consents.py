"""Consent ledgers in a SQL database; see ``nba_service.store.interface``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import sqlalchemy as sa

from models.domain.consent import NO_CONSENTS, Consent, Ledger, Statement
from nba_service.store.consents import ledgers, withdrawals
from nba_service.store.consents.withdrawals import Withdrawal
from nba_service.store.rows import Written
from nba_service.store.sql.lookups import moment_in, text_in
from nba_service.store.sql.tables import marks
from nba_service.store.writes.person_versions import NO_ROWS, persons
from nba_service.store.writes.writing_part import WritingPart


class SqlConsents(WritingPart):
    """The ledgers."""

    def consents(self, customer_id: str) -> Ledger:
        with self._transaction() as connection:
            person = persons(connection, [customer_id])[customer_id]
            return ledgers.read_all(connection, [person]).get(person, NO_CONSENTS)

    def load_consents(self, rows: Sequence[Mapping[str, object]]) -> Written:
        """Record the rows of an import: of each person and flag the last grant and refusal."""
        told: dict[str, list[Consent]] = {}
        for row in rows:
            told.setdefault(text_in(row, "customer_id"), []).extend(_statements(row))
        with self._transaction(write=True) as connection:
            person = self._people.touch_all(connection, dict.fromkeys(told, NO_ROWS))
            before = ledgers.read_all(connection, list(person.values()))
            for customer_id, statements in told.items():
                ledgers.record_all(connection, {person[customer_id]: statements})
            after = ledgers.read_all(connection, list(person.values()))
        new = sum(before.get(one := person[text_in(row, "customer_id")]) != after.get(one) for row in rows)
        return Written(new=new, known=len(rows) - new)

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
            self._record(portion, withdraws)
        with self._transaction(write=True) as connection:
            withdrawals.note(connection, mark if withdraws else None, at)
        return len({one.person for one in found})

    def _record(self, portion: Sequence[Withdrawal], withdraws: Mapping[str, Sequence[str]]) -> None:
        mine = {who: list(events) for who, events in groupby(portion, lambda one: one.person)}
        with self._transaction(write=True) as connection:
            person = self._people.touch_all(connection, dict.fromkeys(mine, NO_ROWS))
            for who, events in mine.items():
                change = withdrawals.refusing(events, withdraws)
                ledgers.change(connection, {person[who]: change})


def _statements(row: Mapping[str, object]) -> Iterator[Consent]:
    """What a row of an export says; its columns are those of ``data/tables.py``."""
    for given, name in ((True, "granted"), (False, "refused")):
        if row[f"{name}_at"] is not None:
            at, arrived = moment_in(row, f"{name}_at"), f"{name}_arrived_at"
            arrived_at = at if row[arrived] is None else moment_in(row, arrived)
            source = str(row[f"{name}_by"] or "import")
            yield Consent(text_in(row, "flag"), given, Statement(at, arrived_at, source))
