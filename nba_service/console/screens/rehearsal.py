"""Rehearsal.

What would this change do? A bundle of the registry, or a journey file that is sent, on customers as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.domain.history import to_ms
from models.drawing.bars import Bar, zero_bars
from nba_service.console.desk import Desk
from nba_service.console.facts.handed_on import HandedOn, HandingOn
from nba_service.console.page import Column, Page, Table
from nba_service.console.rehearsal_figures import (
    draw_flows,
    draw_pressure,
    flow_table,
    flows_title,
    limit_table,
    pressure_table,
    pressure_title,
)
from nba_service.console.wording import Words
from nba_service.data.rehearsals import (
    MOST_CUSTOMERS,
    MOST_SEARCHED,
    Rehearsed,
    latest_customers,
    rehearse,
)
from nba_service.data.rehearsed_change import RehearsedChange, change_of
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.http.application import the_request
from nba_service.http.current import current
from nba_service.keys.scopes import Scope
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings

MOST_SHIFTS: Final = 12
LEAST_SHIFT: Final = 0.05
MOST_REASONS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Customers of a phase who get nothing, before and after."""

    phase: str
    before: int
    after: int


def show(desk: Desk) -> Page:
    """The form, and the rehearsal of the bundle that the address names."""
    desk.session.require(Scope.READ)
    bundle = desk.args.get("bundle", "")
    if desk.journey is not None and "journey" in desk.args:
        desk.session.require(Scope.RULES)
        kept = _handing_on().find(desk.args["journey"])
        return _page(desk, _change(journey=kept.data, name=kept.name), kept.name, kept)
    if not bundle or desk.journey is None:
        return _ask(desk)
    return _page(desk, _change(bundle=bundle), bundle)


def change(desk: Desk, form: Mapping[str, str]) -> Page | str:
    """The rehearsal of a journey file that was sent; kept only if it shall be handed on."""
    desk.session.require(Scope.READ)
    desk.session.require(Scope.RULES)
    sent = the_request().files.get("journey")
    if sent is None or not sent.filename:
        raise Problem("FIELD_REQUIRED", "Expected a journey file, got none. Choose one and send it again.")
    name, data = sent.filename[:80], sent.read()
    tried = _change(journey=data, name=name)
    if form.get("keep") != "on":
        return _page(desk, tried, name)
    sha256 = _handing_on().keep(data, name, form.get("reason", ""), desk.session.key, to_ms(desk.now))
    return desk.link("rehearsal", journey=sha256)


def _handing_on() -> HandingOn:
    return HandingOn(current(ResilientStore), current(Settings).registry)


def _change(*, bundle: str | None = None, journey: bytes | None = None, name: str = "") -> RehearsedChange:
    source, registry = current(EngineSource), current(Settings).registry
    return change_of(source, registry, bundle=bundle, journey=journey, name=name)


def _choices(desk: Desk) -> dict[str, object]:
    source = current(EngineSource)
    serving = None if desk.journey is None else source.current().bundle_id
    return {
        "bundles": [one for one, _ in source.bundles()][:20],
        "serving": serving,
        "bundle": desk.args.get("bundle", ""),
        "may_send": desk.session.may(Scope.RULES),
    }


def _ask(desk: Desk) -> Page:
    t = desk.words
    case = "empty" if desk.journey is None else "ask"
    return Page(
        template="rehearsal",
        finding=t(f"rehearsal.finding.{case}"),
        lede=t("rehearsal.lede"),
        values=_choices(desk),
    )


def _page(desk: Desk, tried: RehearsedChange, name: str, kept: HandedOn | None = None) -> Page:
    t = desk.words
    store = current(ResilientStore)
    group = desk.args.get("group")
    customers = latest_customers(store, MOST_CUSTOMERS if group is None else MOST_SEARCHED)
    done = rehearse(current(Decisions), store, customers, tried, group=group)
    report = done.report
    cells = nothing_by_phase(desk, done)
    values = {
        **_choices(desk),
        "done": done,
        "name": name,
        "kept": kept,
        "address": desk.here() if kept is not None or "bundle" in desk.args else "",
        "shifts": draw_shifts(desk, done) if report.shifts else "",
        "shifts_title": shifts_title(desk, done),
        "flows": draw_flows(desk, report.flows),
        "flows_title": flows_title(desk, report.flows),
        "pressure": draw_pressure(desk, done.pressure),
        "pressure_title": pressure_title(t, done.pressure),
        "ahead": done.pressure,
        "cells": cells,
        "nothing_title": nothing_title(t, done),
        "why_nothing": why_nothing(t, done),
        "facts": facts(t, done),
        "people": [
            (
                desk.link("customer", id=one.customer_id),
                one.customer_id,
                _treatment(desk, one.before),
                _treatment(desk, one.after),
            )
            for one in done.people
        ],
        "refused": [(code, t.number(n)) for code, n in {**report.refused, **report.rule_failures}.items()],
    }
    return Page(
        template="rehearsal",
        finding=finding(t, done, name),
        lede=lede(t, done),
        values=values,
        tables=(
            _shift_table(desk, done),
            _nothing_table(cells),
            _people_table(desk, done),
            flow_table(desk, report.flows),
            pressure_table(desk, done.pressure),
            limit_table(done.pressure),
        ),
        age=t("measured", at=t.time(desk.now)),
    )


def _treatment(desk: Desk, one: tuple[str, str | None]) -> str:
    action = desk.action(one[0])
    return action if one[1] is None else f"{action}, {desk.channel(one[1])}"


def finding(t: Words, done: Rehearsed, name: str) -> str:
    """How many would get something else, and whether more or fewer would get nothing."""
    report = done.report
    if not report.decisions:
        return t("rehearsal.finding.nobody")
    if not report.changed:
        return t.counted("rehearsal.finding.same", report.decisions, name=name)
    sentence = t(
        "rehearsal.finding.changed", n=t.number(report.changed), all=t.number(report.decisions), name=name
    )
    more = sum(report.nothing_after.values()) - sum(report.nothing_before.values())
    if not more:
        return sentence
    return t(f"rehearsal.finding.{'more' if more > 0 else 'fewer'}", what=sentence, n=t.number(abs(more)))


def lede(t: Words, done: Rehearsed) -> str:
    report = done.report
    if not report.decisions:
        return t("rehearsal.lede")
    said = t("rehearsal.gain", before=t.money(report.gain_before), after=t.money(report.gain_after))
    if done.left_out:
        said += " " + t("rehearsal.left_out", n=t.number(done.left_out))
    return said


def nothing_by_phase(desk: Desk, done: Rehearsed) -> list[Cell]:
    """Who gets nothing, before and after, in the order of the journey."""
    before, after = done.report.nothing_before, done.report.nothing_after
    phases = [] if desk.journey is None else [phase.name for phase in desk.journey.phases]
    names = [*phases, *(name for name in after if name not in phases)]
    return [
        Cell(phase=desk.phase(name), before=before.get(name, 0), after=after.get(name, 0)) for name in names
    ]


def nothing_title(t: Words, done: Rehearsed) -> str:
    before = sum(done.report.nothing_before.values())
    after = sum(done.report.nothing_after.values())
    case = "more" if after > before else "fewer" if after < before else "same"
    return t(f"rehearsal.nothing.{case}", before=t.number(before), after=t.number(after))


def why_nothing(t: Words, done: Rehearsed) -> str:
    """What refuses actions to those who get nothing; of the change only what differs."""
    before, after = done.report.why_nothing_before, done.report.why_nothing_after
    said = {"now": before} | ({"then": after} if after != before else {})
    sentences = []
    for when, reasons in said.items():
        named = [f"{t.or_name('codes', code)} ({t.number(n)})" for code, n in reasons.items()]
        if named:
            sentences.append(t(f"rehearsal.why_nothing.{when}", reasons=", ".join(named[:MOST_REASONS])))
    return " ".join(sentences)


def facts(t: Words, done: Rehearsed) -> list[tuple[str, str, str]]:
    report = done.report
    return [
        (t("rehearsal.rehearsed"), t.number(report.decisions), ""),
        (t("rehearsal.else"), t.number(report.changed), ""),
        (t("rehearsal.gain_before"), t.money(report.gain_before), ""),
        (t("rehearsal.gain_after"), t.money(report.gain_after), t("rehearsal.own_account")),
        (t("rehearsal.bounded"), t.number(report.bounded), ""),
    ]


def shifts_title(desk: Desk, done: Rehearsed) -> str:
    """Which action gains most first places, and which loses most."""
    t = desk.words
    moved = [(shift.after - shift.before, shift.action) for shift in done.report.shifts]
    gains, losses = max(moved, default=(0.0, "")), min(moved, default=(0.0, ""))
    if gains[0] < 0.5 and losses[0] > -0.5:
        return t("rehearsal.shifts.none")
    return t("rehearsal.shifts.some", gains=desk.action(gains[1]), loses=desk.action(losses[1]))


def draw_shifts(desk: Desk, done: Rehearsed) -> str:
    """First places gained or lost by action, of those who were rehearsed."""
    t, bars = desk.words, []
    moved = [one for one in done.report.shifts if abs(one.after - one.before) >= LEAST_SHIFT]
    for shift in moved[:MOST_SHIFTS]:
        more = shift.after - shift.before
        title = t("rehearsal.shift", action=desk.action(shift.action), before=t.number(shift.before, 1),
                  after=t.number(shift.after, 1))  # fmt: skip
        label = desk.action(shift.action)
        shown, cls = t.number(more, 1, sign=True), "fa md" if more >= 0 else "ft md"
        bars.append(Bar(label=label, value=more, shown=shown, cls=cls, title=title))
    return zero_bars(bars, shifts_title(desk, done)) if bars else ""


def _shift_table(desk: Desk, done: Rehearsed) -> Table:
    rows = [(desk.action(one.action), one.before, one.after) for one in done.report.shifts]
    columns = (Column("action"), Column("before", "points"), Column("after", "points"))
    return Table(name="shifts", columns=columns, rows=rows)


def _nothing_table(cells: Sequence[Cell]) -> Table:
    columns = (Column("phase"), Column("before", "count"), Column("after", "count"))
    return Table(name="nothing", columns=columns, rows=[(one.phase, one.before, one.after) for one in cells])


def _people_table(desk: Desk, done: Rehearsed) -> Table:
    rows = [
        (one.customer_id, _treatment(desk, one.before), _treatment(desk, one.after)) for one in done.people
    ]
    columns = (Column("customer"), Column("before"), Column("after"))
    return Table(name="people", columns=columns, rows=rows)
