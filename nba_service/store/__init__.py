"""Where customers, interactions, decisions and outcomes are kept."""

from __future__ import annotations

from models.domain.ids import refuse_placeholders
from nba_service.settings import Settings
from nba_service.store.interface import Store
from nba_service.store.sql.connection import Database
from nba_service.store.sql_store import SqlStore


def open_store(settings: Settings) -> Store:
    """The store that the settings name.

    No connection is made before the first use. From here on this process takes the placeholders of the
    settings for nobody's ids: everything that stores opens its store first.
    """
    refuse_placeholders(settings.placeholder_ids or ())
    return SqlStore(
        Database(
            settings.database_url,
            durability=settings.durability,
            timeout_ms=settings.database_timeout_ms,
            pool_size=settings.threads + 2,
        )
    )
