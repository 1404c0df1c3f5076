"""A rehearsal on customers as they are now.

What they get, and what they would get; and how often they would hear from us in the next four weeks.

Nothing is stored. As many customers as fit into its time; who was decided for last comes first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from models.domain.decision import DecisionRequest
from models.domain.history import from_ms, to_ms
from models.domain.journey import Journey
from models.domain.rules.rules import Rule, RuleContext, rule_attributes
from models.errors import NBAError, RuleError
from models.measures.traits import group_problems
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.rehearsal.look_ahead import NO_PRESSURE, WEEK, WEEKS, LookAhead, Occasion, Pressure
from models.policy.rehearsal.rehearsal import Rehearsal, RehearsalReport
from nba_service.data.rehearsed_change import RehearsedChange
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.decisions.made import MadeDecision
from nba_service.errors import Problem
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.records.overview import AskedFor

MOST_CUSTOMERS: Final = 300
MOST_SEARCHED: Final = 3_000
"""Customers among whom those of a group are looked for."""
MOST_PEOPLE: Final = 10
SECONDS: Final = 4.0
AHEAD_SECONDS: Final = 4.0
"""For the weeks ahead, after that."""
_READ_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Somebody who would get something else. A pair is action and channel."""

    customer_id: str
    before: tuple[str, str | None]
    after: tuple[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What came of it.

    ``left_out``: customers for whom there was no time; ``pressure``: of those for whom there was time for it.
    """

    report: RehearsalReport
    people: tuple[Changed, ...]
    left_out: int
    pressure: Pressure = NO_PRESSURE


def rehearse(
    decisions: Decisions,
    store: ResilientStore,
    customers: Sequence[str],
    change: RehearsedChange,
    *,
    group: str | None = None,
    most: int = MOST_CUSTOMERS,
    clock: Callable[[], float] = time.monotonic,
) -> Rehearsed:
    """Decide for each customer as now and with a change, and then for the weeks ahead.

    Args:
        group: a condition on customers in CEL; others of ``customers`` are passed over.
        most: customers who are rehearsed.

    Raises:
        Problem: ``FIELD_RANGE``: the condition is none on customers.
    """
    members = None if group is None else _group_rule(group, change.engine.journey)
    rehearsal, begun, done = Rehearsal(change.engine), clock(), 0
    people: list[Changed] = []
    decided: dict[str, MadeDecision] = {}
    for customer in customers:
        if clock() - begun > SECONDS or len(decided) == most:
            break
        made = decisions.hypothetical(DecisionCall(customer_id=customer, decision_id=f"console/{customer}"))
        done += 1
        if members is not None and not _holds(members, made):
            continue
        try:
            after = change.instead_of(made.serving.engine)
        except NBAError as error:
            rehearsal.refuse(error.code)
            continue
        rehearsal.add(made.serving.engine, made.request, after)
        decided[customer] = made
        if len(people) < MOST_PEOPLE and (changed := _changed(customer, made, after)):
            people.append(changed)
    return Rehearsed(
        report=rehearsal.report(),
        people=tuple(people),
        left_out=len(customers) - done,
        pressure=_weeks_ahead(store, decided, change, clock),
    )


def _group_rule(group: str, journey: Journey) -> Rule:
    if wrong := group_problems(journey, group):
        raise Problem("FIELD_RANGE", f"group: {wrong[0]}.")
    return Rule.compile(group)


def _holds(rule: Rule, made: MadeDecision) -> bool:
    """Whether a customer is in the group; where the condition fails they are not, as in measures."""
    customer, journey = made.request.customer, made.serving.engine.journey
    facts = {
        "attributes": rule_attributes(journey.attributes, customer.attributes),
        "consent": dict(customer.consent),
        "locale": customer.locale or journey.default_locale,
        "time_zone": customer.time_zone or journey.time_zone,
    }
    try:
        return rule.holds(RuleContext({"customer": facts}))
    except RuleError:
        return False


def _weeks_ahead(
    store: ResilientStore,
    decided: Mapping[str, MadeDecision],
    change: RehearsedChange,
    clock: Callable[[], float],
) -> Pressure:
    if not decided:
        return NO_PRESSURE
    begun, now = clock(), min(made.request.decided_at for made in decided.values())
    asked, look = occasions_of(store, list(decided), now), LookAhead(now, change.engine.journey)
    for customer, made in decided.items():
        if clock() - begun > AHEAD_SECONDS:
            break
        before = made.serving.engine
        look.add(before, change.instead_of(before), made.request, asked.get(customer, ()))
    return look.pressure()


def occasions_of(
    store: ResilientStore, customers: Sequence[str], now: datetime
) -> Mapping[str, Sequence[Occasion]]:
    """When customers will be asked for: as in the last four weeks, four weeks later."""
    since = to_ms(now - WEEKS * WEEK)
    rows = store.ask(lambda: store.plain.overview.asked_for(customers, since), _READ_SECONDS)
    found: dict[str, list[Occasion]] = {}
    for row in rows:
        found.setdefault(row.customer_id, []).append(_occasion(row))
    return found


def _occasion(row: AskedFor) -> Occasion:
    """Of an imported decision only day and channel are known: it is asked for at noon, UTC."""
    at = from_ms(row.decided_at) + WEEKS * WEEK
    if row.request is None:
        noon = at.replace(hour=12, minute=0, second=0, microsecond=0)
        return Occasion(at=noon, channels=None if row.channel is None else (row.channel,))
    call = orjson.loads(row.request)
    channels, placements = call.get("channels"), call.get("placements")
    return Occasion(
        at=at,
        channels=None if channels is None else tuple(channels),
        placements=None if placements is None else tuple(placements),
        limit=int(call.get("limit", 1)),
    )


def latest_customers(store: ResilientStore, most: int = MOST_CUSTOMERS) -> list[str]:
    """Those who were decided for last, each once."""
    rows = store.ask(lambda: store.plain.overview.newest_decisions(4 * most), _READ_SECONDS)
    return list(dict.fromkeys(row.customer_id for row in rows))[:most]


def _changed(customer: str, made: MadeDecision, after: Engine) -> Changed | None:
    before, later = _first(made), _would(after, made.request)
    if later is None or before == later:
        return None
    return Changed(customer_id=customer, before=before, after=later)


def _first(made: MadeDecision) -> tuple[str, str | None]:
    first = made.decision.actions[0]
    return first.action, first.channel


def _would(engine: Engine, request: DecisionRequest) -> tuple[str, str | None] | None:
    try:
        first = decide(engine, request).actions[0]
    except NBAError:
        return None
    return first.action, first.channel
