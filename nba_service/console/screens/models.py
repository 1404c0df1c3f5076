"""Models.

What decides, may it, and what was there before?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from models.drawing.gates import Promise, Reign, check_bar, promises, reigns
from models.registry import Registry
from nba_service.console.desk import Desk
from nba_service.console.facts.bundle_facts import POINTS, BundleFacts, Check, bundle_facts
from nba_service.console.facts.change_marks import marked_changes, marks_on
from nba_service.console.facts.proposals import Change, Proposals
from nba_service.console.facts.timeline_events import month_starts
from nba_service.console.measured import ask
from nba_service.console.page import Column, Page, Table
from nba_service.console.promise_figures import draw_weeks, known_weeks, week_table, weeks_title
from nba_service.console.wording import Words
from nba_service.decisions.decide import Decisions
from nba_service.engine.bundles import CHAMPION, Bundles
from nba_service.errors import Problem
from nba_service.http.current import current
from nba_service.keys.scopes import Scope
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import FourEyes, Settings

ROLES: Final = ("champion", "challenger", "shadow")
MOST_LISTED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One check of the gate over several bundles.

    A cell is (passed, drawing, value), or None.
    """

    name: str
    cells: list[tuple[bool, str, str] | None]


def show(desk: Desk) -> Page:
    """Champion, challenger and shadow side by side, and every bundle there is."""
    registry = Registry(current(Settings).registry)
    bundles = bundle_facts(registry)
    roles = {role: next((one for one in bundles if one.role == role), None) for role in ROLES}
    judged = [one for one in roles.values() if one is not None] or bundles[:1]
    history = champions(registry.history())
    champion = roles["champion"]
    groups = () if champion is None else champion.promises
    t, weekly = desk.words, ask(desk, "promises")
    weeks = [] if weekly is None else weekly["weeks"]
    marks = marks_on(
        t, [week["since"] for week in weeks], marked_changes(desk.now), (weekly or {}).get("outages", ())
    )
    values: dict[str, object] = {
        "weeks": draw_weeks(t, weeks, marks) if known_weeks(weeks) else "",
        "weeks_title": weeks_title(t, weeks),
        "marks": [(mark.letter, mark.title) for mark in marks],
        "roles": [(role, one, _card(desk, one)) for role, one in roles.items()],
        "judged": judged,
        "gate_title": gate_title(t, judged),
        "gate": gate_rows(t, judged),
        "promises": draw_promises(t, groups) if groups else "",
        "promises_title": promises_title(t, groups),
        "reigns": draw_reigns(desk, history),
        "reigns_title": t.counted("models.champions", len(history)),
        "bundles": bundles[:MOST_LISTED],
        "form": _form(desk, bundles),
        "proposals": _proposals(desk).waiting(),
        "two": current(Settings).four_eyes is FourEyes.ON,
        "may": desk.session.may(Scope.ADMIN),
    }
    return Page(
        template="models",
        finding=finding(t, champion, roles["challenger"]),
        lede=lede(t, judged),
        values=values,
        tables=(
            _gate_table(judged),
            _promise_table(groups),
            _history_table(history),
            _bundle_table(bundles),
            week_table(weeks),
        ),
        age=t("measured", at=t.time(desk.now)),
    )


def change(desk: Desk, form: Mapping[str, str]) -> str:
    """Promote, roll back, confirm or withdraw; gives the page to go back to."""
    desk.session.require(Scope.ADMIN)
    proposals, key, what = _proposals(desk), desk.session.key, form.get("do", "")
    if what in ("confirm", "withdraw"):
        number = int(form.get("number", "0")) if form.get("number", "").isdigit() else 0
        (proposals.confirm if what == "confirm" else proposals.withdraw)(number, key)
        return desk.link("models")
    if what not in ("promote", "rollback"):
        raise Problem(
            "REQUEST_INVALID", f"Expected promote, rollback, confirm or withdraw, got {what[:40]!r}."
        )
    asked = Change(
        what=what,
        bundle=form.get("bundle", ""),
        reason=form.get("reason", ""),
        role=form.get("role") or CHAMPION,
        share=_share(form.get("share", "")),
    )
    proposals.ask(asked, key)
    return desk.link("models")


def _share(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text.replace(",", ".")) / 100
    except ValueError:
        raise Problem("FIELD_TYPE", f"Expected a share in per cent, such as 10, got {text[:40]!r}.") from None


def _proposals(desk: Desk) -> Proposals:
    return Proposals(current(ResilientStore).plain, current(Bundles), current(Settings).four_eyes, desk.now)


def _form(desk: Desk, bundles: Sequence[BundleFacts]) -> dict[str, Any] | None:
    """The form that the address asks for: what, of which bundle, in which role."""
    what, bundle = desk.args.get("do", ""), desk.args.get("bundle", "")
    known = next((one for one in bundles if one.bundle == bundle), None)
    if what not in ("promote", "rollback") or known is None or not desk.session.may(Scope.ADMIN):
        return None
    role = desk.args.get("role") or CHAMPION
    return {"do": what, "bundle": known, "role": role if role in ROLES else CHAMPION}


def finding(t: Words, champion: BundleFacts | None, challenger: BundleFacts | None) -> str:
    """The headline: does what decides keep its promises, and is another better?"""
    if champion is None:
        return t("models.finding.none")
    kept = t(
        "models.finding.kept" if not champion.failed else "models.finding.broken", n=len(champion.failed)
    )
    if challenger is None or challenger.gain is None or champion.gain is None:
        return t("models.finding.alone", kept=kept)
    more = challenger.gain.value - champion.gain.value
    apart = challenger.gain.low > champion.gain.high or challenger.gain.high < champion.gain.low
    case = ("better" if more > 0 else "worse") + ("_proved" if apart else "")
    return t(f"models.finding.{case}", kept=kept, more=t.money(abs(more)))


def lede(t: Words, judged: Sequence[BundleFacts]) -> str:
    """How many checks stand before a customer, and which is missed."""
    most = max((len(one.checks) for one in judged), default=0)
    if not most:
        return t("models.lede.none")
    failing = [(one, check) for one in judged for check in one.failed]
    if not failing:
        return t("models.lede.passed", n=most)
    one, check = failing[0]
    return t("models.lede.failed", n=most, bundle=one.short, check=check_name(t, check))


def check_name(t: Words, check: Check) -> str:
    return t.or_name("checks", check.name)


def gate_title(t: Words, judged: Sequence[BundleFacts]) -> str:
    failing = [one for one in judged if one.failed]
    if not any(one.checks for one in judged):
        return t("models.gate.none")
    if not failing:
        return t("models.gate.all" if len(judged) > 1 else "models.gate.it")
    one = failing[0]
    return t("models.gate.failed", bundle=one.short, n=len(one.failed), all=len(one.checks))


def gate_rows(t: Words, judged: Sequence[BundleFacts]) -> list[Row]:
    """A row per check that any of the bundles was put to."""
    names = list(dict.fromkeys(check.name for one in judged for check in one.checks))
    rows = []
    for name in names:
        checks = [next((check for check in one.checks if check.name == name), None) for one in judged]
        label = next(check_name(t, check) for check in checks if check is not None)
        rows.append(Row(name=label, cells=[None if check is None else _cell(t, check) for check in checks]))
    return rows


def _cell(t: Words, check: Check) -> tuple[bool, str, str]:
    drawing = ""
    if check.drawn and check.value is not None and check.bound is not None:
        drawing = check_bar(check.value, check.bound, check.passed, check.sentence)
    return check.passed, drawing, check_value(t, check)


def check_value(t: Words, check: Check) -> str:
    """What was found, in the unit of its check."""
    if check.value is None:
        return t("models.not_measured")
    if check.name in POINTS:
        return t.number(100 * check.value, 2)
    if check.name == "coverage":
        return t.percent(check.value)
    if check.name in ("golden_decisions", "rewarded_events"):
        return t.number(check.value)
    return t.number(check.value, 3 if check.name.startswith("drift") else 2)


def _card(desk: Desk, one: BundleFacts | None) -> list[tuple[str, str, str]]:
    """What stands on a bundle's sheet."""
    if one is None:
        return []
    t = desk.words
    rows = [(t("models.since"), "–" if one.since is None else t.time(one.since), "")]
    if one.learned_from is not None and one.learned_until is not None:
        learned = t("models.from_to", start=t.day(one.learned_from, year=True), end=t.day(one.learned_until))
        rows.append((t("models.learned"), learned, ""))
    gain = (
        t("models.unknown")
        if one.gain is None
        else t("models.a_decision", eur=t.money(one.gain.value, sign=True))
    )
    proof = "" if one.gain is None else t("proved" if one.gain.proved else "not_proved")
    rows.append((t("models.gain"), gain, proof))
    passed = len(one.checks) - len(one.failed)
    rows.append((t("models.gate.short"), t("models.gate.of", n=passed, all=len(one.checks)), ""))
    if one.role == "shadow":
        counts = current(Decisions).counts.shadow.counts()
        seen = counts.get("same", 0) + counts.get("other", 0)
        same = (
            t("models.same", share=t.percent(counts.get("same", 0) / seen, 0), n=t.number(seen))
            if seen
            else "–"
        )
        rows.append((t("models.same_first"), same, ""))
    elif one.error is not None and one.promised is not None:
        off = t("models.off", points=t.number(100 * one.error, 2))
        rows.append((t("models.promise"), off, t("models.of_rate", rate=t.percent(one.promised))))
    return rows


def promises_title(t: Words, groups: Sequence[Mapping[str, Any]]) -> str:
    """Whether what is promised comes true, from which to which share."""
    if not groups:
        return t("models.promises.none")
    inside = sum(one["low"] <= one["promised"] <= one["high"] for one in groups)
    low, high = groups[0]["promised"], groups[-1]["promised"]
    case = "true" if inside >= 0.8 * len(groups) else "off"
    return t(
        f"models.promises.{case}",
        n=inside,
        all=len(groups),
        low=t.number(100 * low),
        high=t.number(100 * high),
    )


def draw_promises(t: Words, groups: Sequence[Mapping[str, Any]]) -> str:
    drawn = [
        Promise(
            promised=one["promised"],
            happened=one["happened"],
            low=one["low"],
            high=one["high"],
            title=t(
                "models.promises.group",
                promised=t.percent(one["promised"]),
                happened=t.percent(one["happened"]),
            ),
        )
        for one in groups
    ]
    axes = (t("models.promised"), t("models.happened"))
    return promises(drawn, axes, promises_title(t, groups))


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """Who decided from when on, and why.

    ``rolled_back``: it was taken out again by a rollback.
    """

    bundle: str
    since: datetime
    reason: str
    event: str
    rolled_back: bool


def champions(history: Sequence[Mapping[str, Any]]) -> list[Champion]:
    """Every switch of the champion, the oldest first."""
    switches = [line for line in history if line.get("event") in ("promote", "rollback")]
    return [
        Champion(
            bundle=str(line["bundle"]),
            since=datetime.fromisoformat(str(line["promoted_at"])),
            reason=str(line["reason"]),
            event=str(line["event"]),
            rolled_back=index + 1 < len(switches) and switches[index + 1]["event"] == "rollback",
        )
        for index, line in enumerate(switches)
    ]


def draw_reigns(desk: Desk, history: Sequence[Champion]) -> str:
    """Who decided when, from the first champion on."""
    if not history:
        return ""
    t, start = desk.words, history[0].since
    length = max((desk.now - start).total_seconds(), 1.0)

    def share(at: datetime) -> float:
        return min(max((at - start).total_seconds() / length, 0.0), 1.0)

    ends = [one.since for one in history[1:]] + [desk.now]
    drawn = [
        Reign(
            label=f"{t.day(one.since)}, {one.bundle.rsplit('-', 1)[-1]}",
            start=share(one.since),
            end=share(end),
            title=f"{one.bundle}: {one.reason}",
            rolled_back=one.rolled_back,
        )
        for one, end in zip(history, ends, strict=True)
    ]
    ticks = [(share(at), t.month(at)) for at in month_starts(start, desk.now)]
    return reigns(drawn, ticks, t.counted("models.champions", len(history)))


def _gate_table(judged: Sequence[BundleFacts]) -> Table:
    rows = [
        (one.short, check.name, check.passed, check.value, check.bound, check.sentence)
        for one in judged
        for check in one.checks
    ]
    columns = (
        Column("bundle"), Column("check"), Column("passed"), Column("value", "ratio"),
        Column("bound", "ratio"), Column("sentence"),
    )  # fmt: skip
    return Table(name="gate", columns=columns, rows=rows)


def _promise_table(groups: Sequence[Mapping[str, Any]]) -> Table:
    columns = (
        Column("promised", "percent"), Column("happened", "percent"), Column("low", "percent"),
        Column("high", "percent"), Column("rows", "count"),
    )  # fmt: skip
    rows = [(one["promised"], one["happened"], one["low"], one["high"], one["rows"]) for one in groups]
    return Table(name="promises", columns=columns, rows=rows)


def _history_table(history: Sequence[Champion]) -> Table:
    rows = [(one.since, one.event, one.bundle, one.reason) for one in reversed(history)]
    columns = (Column("at", "time"), Column("event"), Column("bundle"), Column("reason"))
    return Table(name="history", columns=columns, rows=rows)


def _bundle_table(bundles: Sequence[BundleFacts]) -> Table:
    rows = [
        (one.bundle, one.role, one.created_at, len(one.checks) - len(one.failed), len(one.checks),
         None if one.gain is None else one.gain.value)
        for one in bundles
    ]  # fmt: skip
    columns = (
        Column("bundle"), Column("role"), Column("created_at", "time"), Column("checks_passed", "count"),
        Column("checks", "count"), Column("gain_eur", "money"),
    )  # fmt: skip
    return Table(name="bundles", columns=columns, rows=rows)
