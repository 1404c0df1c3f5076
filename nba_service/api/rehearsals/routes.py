"""A change tried on customers as they are, before it goes live."""

from __future__ import annotations

from dataclasses import asdict

import flask

from nba_service.access.guard import Guard
from nba_service.api.rehearsals.schemas import RehearsalAnswer, RehearsalCall, RehearsalSchema
from nba_service.data.rehearsals import (
    MOST_SEARCHED,
    Changed,
    Rehearsed,
    latest_customers,
    rehearse,
)
from nba_service.data.rehearsed_change import change_of
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings

routes = Routes("rehearsals", "What a change would do.")


@routes.add(
    "POST",
    "/v1/rehearsals",
    Scope.READ,
    takes=RehearsalSchema,
    gives={200: RehearsalAnswer},
    problems=[404, 422],
)
def rehearse_change(call: RehearsalCall) -> flask.Response:
    """What a bundle or a changed journey file would do for customers as they are now

    Decides for those who were decided for last, as now and as it would be. With a journey file alone each
    keeps the bundle that decides for them, a challenger's too. Nothing is stored or counted. It ends within
    seconds and says for how many there was no time. A journey file needs the scope `rules`: its rules are
    run. `nba rehearse` tries a change on past decisions.
    """
    if call.journey is not None:
        current(Guard).require(Scope.RULES)
    source, registry = current(EngineSource), current(Settings).registry
    text = None if call.journey is None else call.journey.encode()
    change = change_of(
        source, registry, bundle=call.bundle, journey=text, name="the journey file that was sent"
    )
    store = current(ResilientStore)
    customers = latest_customers(store, call.customers if call.group is None else MOST_SEARCHED)
    done = rehearse(current(Decisions), store, customers, change, group=call.group, most=call.customers)
    return json_answer(_answer(done, change.engine.journey.currency))


def _answer(done: Rehearsed, currency: str) -> dict[str, object]:
    report = done.report
    return {
        "customers": report.decisions,
        "left_out": done.left_out,
        "changed": report.changed,
        "nothing_before": dict(report.nothing_before),
        "nothing_after": dict(report.nothing_after),
        "why_nothing_before": dict(report.why_nothing_before),
        "why_nothing_after": dict(report.why_nothing_after),
        "currency": currency,
        "gain_before": report.gain_before,
        "gain_after": report.gain_after,
        "shifts": [asdict(shift) for shift in report.shifts],
        "flows": [asdict(flow) for flow in report.flows],
        "people": [_person(one) for one in done.people],
        "refused": dict(report.refused),
        "rule_failures": dict(report.rule_failures),
        "pressure": asdict(done.pressure),
    }


def _person(one: Changed) -> dict[str, object]:
    return {
        "customer_id": one.customer_id,
        "before": _treatment(one.before),
        "after": _treatment(one.after),
    }


def _treatment(one: tuple[str, str | None]) -> dict[str, str | None]:
    return {"action": one[0], "channel": one[1]}
