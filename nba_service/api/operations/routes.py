"""For those who run the service: health, readiness, bundles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import flask

from models.errors import NBAError
from nba_service.access.guard import Guard
from nba_service.api.operations.schemas import (
    BundlesAnswer,
    HealthAnswer,
    PromotionSchema,
    ReadyAnswer,
    ReasonSchema,
    SwitchAnswer,
)
from nba_service.api.operations.store_health import StoreHealth
from nba_service.decisions.decide import Decisions
from nba_service.engine.bundles import Bundles
from nba_service.engine.source import EngineSource
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.scopes import Scope
from nba_service.resilience.recovery import RecoveryWorker
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.telemetry.metrics import CONTENT_TYPE
from nba_service.telemetry.telemetry import Telemetry

routes = Routes("operations", "For those who run the service.")


@routes.add("GET", "/healthz", Scope.PUBLIC, gives={200: HealthAnswer}, limited=False)
def healthz() -> flask.Response:
    """The process is alive; says nothing about the store or the bundle"""
    return json_answer({"status": "alive"})


@routes.add(
    "GET",
    "/readyz",
    Scope.PUBLIC,
    gives={
        200: {"anyOf": [ReadyAnswer, HealthAnswer]},
        503: {"anyOf": [ReadyAnswer, HealthAnswer]},
    },
    limited=False,
)
def readyz() -> flask.Response:
    """The service can decide; with a key that may `read`, `problems` says what is wrong, even when it can

    Without a key it says that and no more. It reads what a thread of each worker finds once a second, so it
    costs neither store nor journal anything. Without a store that was there the service decides all the same,
    and `journal` says what waits to be stored. A refused bundle is a problem that leaves the service ready:
    the one before stays in place. So is a full disk, and a rule that failed in decisions of the worker that
    answers: it refused.
    """
    health, seen = current(StoreHealth), current(ResilientStore).seen
    store = [asdict(problem) for problem in health.problems]
    fatal = [*([] if seen else store), *_fatal_problems()]
    answer: dict[str, object] = {"status": "not ready" if fatal else "ready"}
    if current(Guard).may(Scope.READ):
        disks = [asdict(problem) for problem in health.disks]
        answer |= _details(fatal, [*(store if seen else []), *disks])
    return json_answer(answer, 503 if fatal else 200)


@routes.add("GET", "/metrics", Scope.READ, gives={200: None})
def metrics() -> flask.Response:
    """Counts of all workers, as Prometheus reads them (text format 0.0.4)

    Needs a key that may read: what a company decides, how often, is its own business. Prometheus sends one
    by `authorization: {credentials_file: ...}`.
    """
    return flask.Response(current(Telemetry).metrics.scraped(), content_type=CONTENT_TYPE)


@routes.add("GET", "/v1/bundles", Scope.READ, gives={200: BundlesAnswer}, problems=[503])
def bundles() -> flask.Response:
    """The bundles of the registry, and which one decides"""
    source = current(EngineSource)
    serving = source.current().bundle_id
    listed = [
        {"bundle": bundle, "champion": champion, "serving": bundle == serving}
        for bundle, champion in source.bundles()
    ]
    trials = [asdict(trial) for trial in source.trials().values()]
    shadow = current(Decisions).counts.shadow.counts()
    return json_answer({"bundles": listed, "trials": trials, "shadow": shadow})


@routes.add(
    "POST",
    "/v1/bundles/<bundle_id>/promote",
    Scope.ADMIN,
    takes=PromotionSchema,
    gives={200: SwitchAnswer},
    problems=[404, 409, 422],
)
def promote(body: dict[str, Any], bundle_id: str) -> flask.Response:
    """Make a bundle the champion, or put it on trial as `challenger` or `shadow`

    It is loaded in a process of its own first; a champion must have passed the gate. Every worker follows
    within seconds. A challenger needs its `share` of the customers.
    """
    return json_answer(current(Bundles).promote(bundle_id, **body))


@routes.add(
    "POST",
    "/v1/bundles/<bundle_id>/rollback",
    Scope.ADMIN,
    takes=ReasonSchema,
    gives={200: SwitchAnswer},
    problems=[404, 409, 422],
)
def rollback(body: dict[str, Any], bundle_id: str) -> flask.Response:
    """Take a bundle out of its role: the champion before decides again, or its trial ends"""
    return json_answer(current(Bundles).rollback(bundle_id, **body))


def _details(fatal: Sequence[dict[str, str]], store: Sequence[dict[str, str]]) -> dict[str, object]:
    """What operators may know."""
    source = current(EngineSource)
    refused = [
        {"code": "BUNDLE_REFUSED", "detail": f"{bundle}: {why}"} for bundle, why in source.refused.items()
    ]
    failing = [
        {
            "code": "RULE_FAILED",
            "detail": f"the rule of policy {code} failed in {number} decisions, which refuses",
        }
        for code, number in current(Decisions).counts.rule_failures.counts().items()
    ]
    serving = None if fatal else source.current()
    away = [] if serving is None or not serving.copied else [_registry_away()]
    return {
        "bundle": serving.bundle_id if serving else None,
        "journey": serving.journey.sha256 if serving else None,
        "problems": [*fatal, *store, *away, *refused, *failing],
        "journal": {
            **asdict(current(StoreHealth).depth),
            "refused": current(RecoveryWorker).replay.counts.refused,
        },
        "refused_bundles": source.refusals,
    }


def _registry_away() -> dict[str, str]:
    return {
        "code": "REGISTRY_UNAVAILABLE",
        "detail": f"{current(Settings).registry} was away, or had nothing that loads, when this worker"
        " started, so a copy of the bundle that decided last does. Bring it back; the worker follows by"
        " itself.",
    }


def _fatal_problems() -> list[dict[str, str]]:
    try:
        current(EngineSource).current()
    except NBAError as error:
        return [{"code": error.code, "detail": str(error)}]
    return []
