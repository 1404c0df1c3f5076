"""Events that take consents back, and ledgers for people to read.

Knows the names of the journey file; the rule of who wins is the core's (``models/domain/consent.py``), and
the store keeps the ledger. Every door that takes events lets its rows go through ``withdrawing``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from models.domain.consent import Ledger, Statement
from models.domain.history import from_ms
from nba_service.engine.names import Names
from nba_service.store.rows import InteractionRow, OutcomeRow

Row = TypeVar("Row", InteractionRow, OutcomeRow)


def withdrawing(names: Names, rows: Sequence[Row], arrived_at: int) -> list[Row]:
    """The rows, each with the consents that the customer takes back by it.

    Args:
        arrived_at: when we were told, in ms since 1970 UTC.
    """
    if not names.withdraws:
        return list(rows)
    return [_withdrawing(names, row, arrived_at) for row in rows]


def _withdrawing(names: Names, row: Row, arrived_at: int) -> Row:
    name = row.touchpoint if isinstance(row, InteractionRow) else row.outcome
    flags = names.withdraws.get(name, ())
    return replace(row, withdraws=flags, arrived_at=arrived_at) if flags else row


def ledger_answer(ledger: Ledger) -> dict[str, dict[str, object]]:
    """The ledger as a person asked for it: by flag, what holds, and the last grant and refusal."""
    return {
        flag: {"given": standing.given, **dict(_told(standing.granted, standing.refused))}
        for flag, standing in sorted(ledger.items())
    }


def _told(
    granted: Statement | None, refused: Statement | None
) -> Iterator[tuple[str, dict[str, object] | None]]:
    for name, statement in (("granted", granted), ("refused", refused)):
        if statement is None:
            yield name, None
        else:
            at, arrived_at, source, _ = statement
            yield name, {"at": from_ms(at), "arrived_at": from_ms(arrived_at), "source": source}
