"""The store on a SQL database.

SQLite embedded, PostgreSQL shared; one code for both. Knows tables and transactions; knows nothing of
journeys, HTTP or what a decision means. Every public method is one transaction. A database that does not
answer is a ``StoreError``, whatever the driver raised.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy.engine import Connection

from models.domain.consent import current
from nba_service.errors import StoreError
from nba_service.store.consents.ledgers import read_all
from nba_service.store.lifetime.sql_lifetime import SqlLifetime
from nba_service.store.lifetime.sql_states import SqlStates
from nba_service.store.lifetime.sql_transfer import SqlTransfer
from nba_service.store.reads.sql_responses import SqlResponses
from nba_service.store.records.activity import Activity
from nba_service.store.records.api_keys import KeyTable
from nba_service.store.records.audit_log import AuditLog
from nba_service.store.records.configurations import ConfigurationTable
from nba_service.store.records.free_choices import ChoiceTable
from nba_service.store.records.idempotency_keys import RequestTable
from nba_service.store.records.overview import Overview
from nba_service.store.records.rollups import RollupTable
from nba_service.store.records.worklists import WorklistTable
from nba_service.store.sql import migrate
from nba_service.store.sql.connection import Database, translated
from nba_service.store.sql.driver_errors import DAMAGED
from nba_service.store.sql_accounts import SqlAccounts
from nba_service.store.writes.sql_consents import SqlConsents
from nba_service.store.writes.sql_people import SqlPeople
from nba_service.store.writes.sql_writes import SqlWrites


def _consents(connection: Connection, people: Sequence[str]) -> dict[str, dict[str, bool]]:
    return {person: current(ledger) for person, ledger in read_all(connection, people).items()}


class SqlStore(
    SqlAccounts, SqlWrites, SqlResponses, SqlTransfer, SqlPeople, SqlConsents, SqlStates, SqlLifetime
):
    """All parts over one database; see ``nba_service.store.interface.Store``."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.keys = KeyTable(self._transaction)
        self.requests = RequestTable(self._transaction, database.dialect)
        self.audit_log = AuditLog(database)
        self.overview = Overview(database)
        self.activity = Activity(database)
        self.choices = ChoiceTable(self._transaction, database.dialect)
        self.configurations = ConfigurationTable(self._transaction, database.dialect)
        self.worklists = WorklistTable(self._transaction)
        self.rollups = RollupTable(self._transaction, database.dialect, _consents)

    def migrate(self) -> None:
        with translated():
            migrate.upgrade(self._database)
        self.keep_months(int(time.time() * 1000))

    def check(self) -> None:
        with translated():
            migrate.check(self._database)

    def check_pages(self) -> None:
        with translated(), self._database.engine().connect() as connection:
            damage = self._database.dialect.damage(connection)
        if damage is not None:
            raise StoreError(f"{DAMAGED} ({damage}).")

    def close(self) -> None:
        self._writes.close()
        self._database.close()
