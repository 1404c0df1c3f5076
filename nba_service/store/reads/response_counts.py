"""What the store says about responses.

The updates of propensities that were made of it are read here too. One aggregate query, along the index on
the time of decisions; the response to each is looked up along the index on outcomes. Knows tables; knows
nothing of what an update is. Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.domain.actions import NOTHING
from models.domain.history import DAY_MS, HOUR_MS
from models.policy.scoring.response_delays import ResponseCount
from nba_service.store.rows import PositiveRule, UpdateRow
from nba_service.store.sql.dialect import Insert
from nba_service.store.sql.queries import DELIVERED_AT
from nba_service.store.sql.tables import decisions, outcomes, updates


def count_responses(
    connection: Connection, bundle: str, rules: Sequence[PositiveRule], *, since: int, until: int
) -> list[ResponseCount]:
    """See ``Store.settle_and_count_responses``."""
    each = _each(bundle, rules, since, until)
    age = _rounded(until - each.c.delivered)
    delay = sa.case(
        (each.c.answered.is_(None), sa.null()), else_=_rounded(each.c.answered - each.c.delivered)
    )
    names = (each.c.phase, each.c.action, each.c.channel, each.c.ours, each.c.variant)
    kinds = (*names, age.label("age"), delay.label("delay"))
    statement = (
        sa.select(*kinds, sa.func.count().label("number"), sa.func.sum(each.c.propensity).label("propensity"))
        .where(each.c.delivered.is_not(None), each.c.delivered < until)
        .group_by(*(sa.literal_column(str(place)) for place in range(1, len(kinds) + 1)))
        .order_by(*(sa.literal_column(str(place)) for place in range(1, len(kinds) + 1)))
    )
    return [
        ResponseCount(
            phase=row.phase,
            action=row.action,
            channel=row.channel,
            ours=bool(row.ours),
            age_hours=int(row.age),
            delay_hours=None if row.delay is None else int(row.delay),
            number=int(row.number),
            propensity=float(row.propensity),
            variant=row.variant,
        )
        for row in connection.execute(statement)
    ]


def put_update(insert: Insert) -> Insert:
    """The statement that stores an update, or says that it holds again."""
    return insert.on_conflict_do_update(
        index_elements=["version", "bundle"], set_={"made_at": insert.excluded["made_at"]}
    )


def latest_update(connection: Connection, bundle: str) -> UpdateRow | None:
    """See ``Store.latest_update``."""
    statement = (
        sa.select(updates)
        .where(updates.c.bundle == bundle)
        .order_by(updates.c.made_at.desc(), updates.c.version)
        .limit(1)
    )
    return _row(connection.execute(statement).mappings().first())


def propensity_update(connection: Connection, bundle: str, version: str) -> UpdateRow | None:
    """See ``Store.propensity_update``."""
    this = (updates.c.bundle == bundle) & (updates.c.version == version)
    return _row(connection.execute(sa.select(updates).where(this)).mappings().first())


def _row(row: sa.RowMapping | None) -> UpdateRow | None:
    return None if row is None else UpdateRow(**row)


def _each(bundle: str, rules: Sequence[PositiveRule], since: int, until: int) -> sa.Subquery:
    """Every decision by itself, with when it was delivered and first answered."""
    d, r = decisions.alias("d"), outcomes.alias("r")
    delivered: sa.ColumnElement[int] = sa.literal_column(DELIVERED_AT, sa.BigInteger)
    positive = sa.or_(
        *(
            sa.and_(
                d.c.action.in_(rule.actions),
                r.c.outcome.in_(rule.outcomes),
                r.c.occurred_at <= delivered + rule.window_ms,
            )
            for rule in rules
        )
    )
    answered = (
        sa.select(sa.func.min(r.c.occurred_at))
        .where(r.c.decision_id == d.c.decision_id, r.c.occurred_at < until, positive)
        .correlate(d)
        .scalar_subquery()
    )
    statement = sa.select(
        d.c.phase,
        d.c.action,
        d.c.channel,
        sa.case((d.c.bundle == bundle, 1), else_=0).label("ours"),
        d.c.propensity,
        d.c.variant,
        delivered.label("delivered"),
        answered.label("answered"),
    ).where(
        d.c.decided_at >= since,
        d.c.decided_at < until,
        d.c.action != NOTHING,
        d.c.phase.is_not(None),
        d.c.propensity.is_not(None),
    )
    return statement.subquery()


def _rounded(span: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Hours from ms: whole ones below two days, whole days beyond; never below 0."""
    hours = sa.case((span < 0, 0), (span < 2 * DAY_MS, span // HOUR_MS), else_=span // DAY_MS * 24)
    return hours
