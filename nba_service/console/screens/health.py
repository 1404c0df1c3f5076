"""Health.

Is it well, and what do I do now?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from models.domain.history import DAY_MS, from_ms, to_ms
from models.drawing.sparklines import days as day_bars
from models.drawing.sparklines import spark
from models.errors import NBAError
from models.registry import Registry
from nba_service.api.operations.store_health import StoreHealth
from nba_service.console.desk import Desk
from nba_service.console.facts.activity_cache import DAYS, ActivityCache
from nba_service.console.facts.bundle_facts import BundleFacts, bundle_facts
from nba_service.console.facts.change_marks import days_until, marked_changes, marks_by_place
from nba_service.console.facts.counts import Counted
from nba_service.console.facts.health_checks import BAD, GOOD, Facts, Promise, Source, judge
from nba_service.console.page import Column, Page, Table
from nba_service.console.wording import Words
from nba_service.engine.source import EngineSource
from nba_service.http.current import current
from nba_service.resilience.recovery import RecoveryWorker
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store.records.activity import SourceDay
from nba_service.telemetry.telemetry import Telemetry

_ROUTE: Final = "/v1/decisions"


def show(desk: Desk) -> Page:
    """One line per promise, the broken ones with what to do; where events come from; what the days were."""
    facts, decided = gather(desk.now)
    promises = judge(facts)
    t = desk.words
    drawn = {
        "answers": spark(
            by_day(decided, desk.now),
            t("health.by_day"),
            t.number(sum(decided.values())),
            marks_at=small_marks(t, desk.now),
        )
        if decided
        else "",
    }
    return Page(
        template="health",
        finding=finding(t, promises),
        lede=lede(t, promises),
        values={
            "lines": [(one, *say(t, one), drawn.get(one.name, ""), value(t, one, facts)) for one in promises],
            "sources": [source_row(desk, one, desk.now) for one in facts.sources],
            "sources_title": sources_title(t, facts),
        },
        tables=(_promise_table(t, promises), _source_table(facts), _day_table(decided)),
        age=t("measured", at=t.time(desk.now)),
    )


def gather(now: datetime) -> tuple[Facts, Mapping[int, int]]:
    """All facts of this moment; what cannot be asked is left out."""
    counted = Counted.of(current(Telemetry).metrics.scraped())
    store, health = current(ResilientStore), current(StoreHealth)
    decided, events = current(ActivityCache).of(store, now)
    bundles = bundle_facts(Registry(current(Settings).registry))
    champion = next((one for one in bundles if one.role == "champion"), None)
    newest = bundles[0] if bundles else None
    facts = Facts(
        now=now,
        ready=_ready(),
        decisions=counted.total("nba_decisions_total"),
        failed=_failures(counted),
        slowest=counted.quantile("nba_request_seconds", 0.99, route=_ROUTE),
        deadline=current(Settings).web_deadline_ms / 1000,
        degraded=counted.by("nba_degraded_total", "reason"),
        waiting=health.depth.records,
        refused=current(RecoveryWorker).replay.counts.refused,
        store_problems=[problem.detail for problem in health.problems],
        disks=[problem.detail for problem in health.disks],
        sources=sources(events, now),
        outcome_half=counted.quantile("nba_outcome_lag_seconds", 0.5),
        outcome_most=counted.quantile("nba_outcome_lag_seconds", 0.95),
        drift=counted.most("nba_drift_index"),
        explored=counted.total("nba_decisions_total", reason="EXPLORATION"),
        newest_bundle=None if newest is None else newest.created_at,
        newest_refused=newest is not None and bool(newest.failed) and newest is not champion,
        champion=None if champion is None else champion.short,
        champion_since=None if champion is None else champion.since,
        fallbacks=counted.by("nba_content_fallbacks_total", "action"),
        rule_failures=counted.by("nba_rule_failures_total", "policy"),
    )
    return facts, decided


def _ready() -> bool:
    try:
        current(EngineSource).current()
    except NBAError:
        return False
    return True


def _failures(counted: Counted) -> float:
    """Decisions that were answered with a fault of ours."""
    of_route = counted.of_name("nba_request_seconds_count", route=_ROUTE)
    return sum(number for labels, number in of_route if labels.get("status", "").startswith("5"))


def sources(events: Sequence[SourceDay], now: datetime) -> list[Source]:
    """Channels by their events, the busiest first."""
    today = to_ms(now) // DAY_MS
    by_channel: dict[str, list[SourceDay]] = {}
    for one in events:
        by_channel.setdefault(one.channel or "", []).append(one)
    found = []
    for channel, rows in by_channel.items():
        seen = sorted(row.day for row in rows)
        gaps = [later - earlier for earlier, later in pairwise(seen)]
        counts = {row.day: row.events for row in rows}
        found.append(
            Source(
                name=channel,
                newest=from_ms(max(row.newest for row in rows)),
                longest_gap=timedelta(days=max(gaps, default=1)),
                days=tuple(counts.get(today - DAYS + 1 + index, 0) for index in range(DAYS)),
            )
        )
    return sorted(found, key=lambda one: -sum(one.days))


def small_marks(t: Words, now: datetime) -> dict[int, str]:
    """What changed on the days of ``by_day``."""
    return marks_by_place(t, days_until(now - timedelta(days=1), DAYS - 1), marked_changes(now))


def by_day(decided: Mapping[int, int], now: datetime) -> list[float]:
    """Decisions of each of 27 whole days, yesterday last; today will still grow."""
    today = to_ms(now) // DAY_MS
    return [float(decided.get(today - DAYS + 1 + index, 0)) for index in range(DAYS - 1)]


def finding(t: Words, promises: Sequence[Promise]) -> str:
    """How many promises are kept, and which is not."""
    broken = [one for one in promises if one.status != GOOD]
    kept = len(promises) - len(broken)
    if not broken:
        return t("health.finding.all", n=kept)
    worst = next((one for one in broken if one.status == BAD), broken[0])
    return t("health.finding.some", n=kept, all=len(promises), what=say(t, worst)[0].rstrip("."))


def lede(t: Words, promises: Sequence[Promise]) -> str:
    broken = [one for one in promises if one.status != GOOD]
    return t("health.lede.bad" if any(one.status == BAD for one in broken) else
             "health.lede.warn" if broken else "health.lede.good")  # fmt: skip


def say(t: Words, promise: Promise) -> tuple[str, str]:
    """The sentence of a promise, and what else to know."""
    values = {name: _shown(t, value) for name, value in promise.values.items()}
    name = f"health.{promise.name}.{promise.case}"
    more = f"{name}_more"
    return t(name, **values), t(more, **values) if t.has(more) else ""


def _shown(t: Words, value: object) -> str:
    if isinstance(value, timedelta):
        return t.span(value)
    if isinstance(value, float) and 0 < value < 1:
        return t.number(value, 3)
    if isinstance(value, int | float):
        return t.number(value)
    return "–" if value is None else str(value)


def value(t: Words, promise: Promise, facts: Facts) -> str:
    """The last value, which stands at the end of a line."""
    if promise.name == "speed" and facts.slowest is not None:
        return t("health.ms", n=t.number(1000 * facts.slowest))
    if promise.name == "journal":
        return t.number(facts.waiting)
    if promise.name == "exploring" and promise.case != "none":
        return t.percent(facts.explored / facts.decisions)
    if promise.name == "drift" and facts.drift is not None:
        return t.number(facts.drift, 3)
    if promise.name == "whole" and facts.decisions:
        return t.number(sum(facts.degraded.values()))
    if promise.name in ("training", "champion") and "age" in promise.values:
        return _shown(t, promise.values["age"])
    return ""


def source_row(desk: Desk, source: Source, now: datetime) -> dict[str, object]:
    """One row of the table of sources."""
    t = desk.words
    silent = source.silent_for(now)
    states = ["good" if number else "none" for number in source.days]
    return {
        "name": desk.channel(source.name) if source.name else t("health.no_channel"),
        "newest": "–" if source.newest is None else t.time(source.newest),
        "silent": "–" if silent is None else t.span(silent),
        "late": source.late(now),
        "longest": "–" if source.longest_gap is None else t.span(source.longest_gap),
        "drawing": day_bars(states, t("health.days_of", n=sum(map(bool, source.days)), all=DAYS)),
        "a_day": t.number(sum(source.days) / DAYS),
    }


def sources_title(t: Words, facts: Facts) -> str:
    late = sum(source.late(facts.now) for source in facts.sources)
    if not facts.sources:
        return t("health.sources.none")
    return t("health.sources.some", n=len(facts.sources) - late, all=len(facts.sources))


def _promise_table(t: Words, promises: Sequence[Promise]) -> Table:
    rows = [(one.name, one.status, " ".join(say(t, one)).strip()) for one in promises]
    columns = (Column("promise"), Column("status"), Column("sentence"))
    return Table(name="promises_kept", columns=columns, rows=rows)


def _source_table(facts: Facts) -> Table:
    columns = (Column("channel"), Column("newest", "time"), Column("late"), Column("events", "count"))
    rows = [(one.name, one.newest, one.late(facts.now), sum(one.days)) for one in facts.sources]
    return Table(name="sources", columns=columns, rows=rows)


def _day_table(decided: Mapping[int, int]) -> Table:
    rows = [(from_ms(day * DAY_MS), number) for day, number in sorted(decided.items(), reverse=True)]
    return Table(name="days", columns=(Column("day", "day"), Column("decisions", "count")), rows=rows)


def champion_of(bundles: Sequence[BundleFacts]) -> BundleFacts | None:
    """The bundle that decides."""
    return next((one for one in bundles if one.role == "champion"), None)
