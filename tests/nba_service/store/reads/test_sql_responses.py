"""Updates of propensities, on each database."""

from __future__ import annotations

from dataclasses import replace

from nba_service.store.rows import (
    UpdateRow,
)
from nba_service.store.sql_store import SqlStore


def test_the_latest_update_of_a_bundle_is_the_one_that_held_last(store: SqlStore) -> None:
    first = UpdateRow(version="v1", bundle="b", made_at=1, content=b"[1]")
    second = UpdateRow(version="v2", bundle="b", made_at=2, content=b"[2]")
    for row in (first, second, UpdateRow(version="v1", bundle="other", made_at=9, content=b"[9]")):
        store.put_update(row)
    assert store.latest_update("b") == second

    store.put_update(replace(first, made_at=3))

    assert store.latest_update("b") == replace(first, made_at=3)
    assert store.propensity_update("b", "v2") == second
    assert store.propensity_update("b", "v3") is None
    assert store.latest_update("nobody") is None
