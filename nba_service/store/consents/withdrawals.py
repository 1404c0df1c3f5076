"""Refusals that stored events are.

They are looked for in stores from before the ledger, after imports, and when the journey file changed. An
event that takes a consent back is recorded when it is stored, by what the journey file said then; this looks
at all that is stored by what it says now. Knows tables; every function runs inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.consent import refuse_by_event
from nba_service.http.json_body import canonical_json
from nba_service.store.consents.ledgers import Change
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.tables import decisions, interactions, marks, outcomes, people

PORTION: Final = 1_000
"""People whose ledgers are written in one transaction."""


_MARKS: Final = "withdrawals "


class Withdrawal(NamedTuple):
    """The last event of one name that a person has.

    ``at``: ms since 1970 UTC. ``came_as``: the id that it came in with; None: the person's own.
    """

    person: str
    name: str
    at: int
    came_as: str | None = None


def latest(connection: Connection, names: Sequence[str]) -> list[Withdrawal]:
    """Of every person the last event of each name: touchpoints and outcomes."""
    if dialect_of(connection).has_server:
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))  # it looks at whole tables
    whose = sa.func.coalesce(outcomes.c.customer_id, decisions.c.customer_id)
    named = sa.case((outcomes.c.customer_id.is_(None), decisions.c.came_as), else_=outcomes.c.came_as)
    came_as = interactions.c.came_as
    told = outcomes.outerjoin(decisions, decisions.c.decision_id == outcomes.c.decision_id)
    who, what, at = interactions.c.customer_id, interactions.c.touchpoint, interactions.c.occurred_at
    # An erased person's decisions are nobody's, of whom nothing was written (``NO_ROWS``).
    known = sa.select(people.c.customer_id).where(people.c.latest_at > 0)
    statements = [
        sa.select(who, what, sa.func.max(at), came_as)
        .where(what.in_(names), who.in_(known))
        .group_by(who, what, came_as),
        sa.select(whose, outcomes.c.outcome, sa.func.max(outcomes.c.occurred_at), named)
        .select_from(told)
        .where(outcomes.c.outcome.in_(names), whose.in_(known))
        .group_by(whose, outcomes.c.outcome, named),
    ]
    return [Withdrawal(*row) for statement in statements for row in connection.execute(statement)]


def portions(found: Sequence[Withdrawal]) -> Iterator[list[Withdrawal]]:
    """What is to be written together; a person's events lie in one portion."""
    ordered = sorted(found, key=lambda one: (one.person, one.name, one.at, one.came_as or ""))
    begin = 0
    while begin < len(ordered):
        end = min(begin + PORTION, len(ordered))
        while end < len(ordered) and ordered[end].person == ordered[end - 1].person:
            end += 1
        yield ordered[begin:end]
        begin = end


def refusing(found: Sequence[Withdrawal], withdraws: Mapping[str, Sequence[str]]) -> list[Change]:
    """The changes that one person's events make in their ledger."""
    return [
        Change(one.came_as, partial(refuse_by_event, flag=flag, at=one.at, source=one.name))
        for one in found
        for flag in withdraws[one.name]
    ]


def mark_of(withdraws: Mapping[str, Sequence[str]]) -> str:
    """The name under which it is noted that this was done."""
    told = canonical_json({name: sorted(flags) for name, flags in withdraws.items()})
    return f"{_MARKS}{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def note(connection: Connection, mark: str | None, at: int) -> None:
    """Note that this was done, in place of all such notes; None: it has to be done again."""
    connection.execute(sa.delete(marks).where(marks.c.name.startswith(_MARKS)))
    if mark is not None:
        insert = dialect_of(connection).insert(marks)
        connection.execute(insert.on_conflict_do_nothing(), {"name": mark, "at": at})
