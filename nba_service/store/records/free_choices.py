"""Choices among actions that the catalogue does not know.

Made once, activated once, rewarded once. Beside the log stand sums per action, written in the same
transaction, so that choosing reads one row per action however long the log is. Sums are halved when an action
was shown often, so that what was long ago fades. No customer stands here. Knows rows and transactions; knows
nothing of how a choice is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nba_service.store.sql.dialect import Dialect
from nba_service.store.sql.sqlite_driver import COUNTED
from nba_service.store.sql.tables import free_actions, free_choices

MOST_SHOWN: Final = 10_000.0
"""An action that was shown more often has its sums halved."""

Transaction = Callable[..., AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeChoice:
    """A stored choice. ``activated_at`` None: not shown yet; ``reward`` None: none came."""

    event_id: str
    fingerprint: str
    chosen_at: int
    action: str
    answer: str
    activated_at: int | None = None
    reward: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """How often an action was shown, and the sum of its rewards.

    Both fade.
    """

    shown: float = 0.0
    reward: float = 0.0


class ChoiceTable:
    """Choices of one database; ``transaction(write=...)`` is the store's own."""

    def __init__(self, transaction: Transaction, dialect: Dialect) -> None:
        self._transaction = transaction
        self._insert = dialect.insert(free_choices).on_conflict_do_nothing(index_elements=["event_id"])
        sums = dialect.insert(free_actions)
        self._add = sums.on_conflict_do_update(
            index_elements=["action"],
            set_={
                "shown": free_actions.c.shown + sums.excluded.shown,
                "reward": free_actions.c.reward + sums.excluded.reward,
            },
        )

    def evidence(self, actions: Sequence[str]) -> Mapping[str, Evidence]:
        """The sums of those that were ever shown."""
        statement = sa.select(free_actions).where(free_actions.c.action.in_(list(actions)))
        with self._transaction() as connection:
            rows = connection.execute(statement).mappings().all()
        return {row["action"]: Evidence(row["shown"], row["reward"]) for row in rows}

    def find(self, event_id: str) -> FreeChoice | None:
        statement = sa.select(free_choices).where(free_choices.c.event_id == event_id)
        with self._transaction() as connection:
            row = connection.execute(statement).mappings().one_or_none()
        return None if row is None else FreeChoice(**row)

    def add(self, choice: FreeChoice) -> FreeChoice:
        """Store a choice; the one that counts is given back: of two under one id the first."""
        with self._transaction(write=True) as connection:
            row = asdict(choice)
            new = connection.execute(self._insert, row, execution_options=COUNTED).rowcount
            if new and choice.activated_at is not None:
                self._count(connection, choice.action, shown=1.0)
        return choice if new else self.find(choice.event_id) or choice

    def activate(self, event_id: str, at: int) -> None:
        """Say that a choice was shown; a second time is harmless."""
        with self._transaction(write=True) as connection:
            self._activate(connection, event_id, at)

    def reward(self, event_id: str, value: float, at: int) -> None:
        """Say what came of a choice, which was shown then; the first reward counts."""
        first = sa.and_(free_choices.c.event_id == event_id, free_choices.c.reward.is_(None))
        with self._transaction(write=True) as connection:
            self._activate(connection, event_id, at)
            action = _changed(connection, first, {"reward": value})
            if action is not None:
                self._count(connection, action, reward=value)

    def forget_before(self, moment: int) -> None:
        """Delete choices that were made before ``moment`` (ms); the sums stay."""
        with self._transaction(write=True) as connection:
            connection.execute(sa.delete(free_choices).where(free_choices.c.chosen_at < moment))

    def _activate(self, connection: Connection, event_id: str, at: int) -> None:
        first = sa.and_(free_choices.c.event_id == event_id, free_choices.c.activated_at.is_(None))
        action = _changed(connection, first, {"activated_at": at})
        if action is not None:
            self._count(connection, action, shown=1.0)

    def _count(self, connection: Connection, action: str, *, shown: float = 0.0, reward: float = 0.0) -> None:
        connection.execute(self._add, {"action": action, "shown": shown, "reward": reward})
        often = sa.and_(free_actions.c.action == action, free_actions.c.shown > MOST_SHOWN)
        halves = {"shown": free_actions.c.shown / 2, "reward": free_actions.c.reward / 2}
        connection.execute(sa.update(free_actions).where(often).values(**halves))


def _changed(
    connection: Connection, which: sa.ColumnElement[bool], values: Mapping[str, object]
) -> str | None:
    """The action of the one row that was changed; None: there was none."""
    statement = sa.update(free_choices).where(which).values(**values).returning(free_choices.c.action)
    action: str | None = connection.execute(statement).scalar_one_or_none()
    return action
