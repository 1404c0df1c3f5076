"""Customer: what happened with somebody, and why this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from models.domain.actions import NOTHING
from models.domain.consent import Ledger
from models.domain.history import from_ms, to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from nba_service.console import decision_figures as figures
from nba_service.console.customer_timeline import (
    channel_letter,
    draw_timeline,
    timeline_table,
    touchpoint_labels,
)
from nba_service.console.desk import Desk
from nba_service.console.facts import timeline_events as past
from nba_service.console.page import Column, Page, Table
from nba_service.console.path_words import path_rows, path_sentence
from nba_service.console.wording import Words
from nba_service.decisions.calls import FULL, ChangesCall, DecisionCall, ExplanationCall
from nba_service.decisions.decide import Decisions
from nba_service.decisions.what_if import WhatIf
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.http.current import current
from nba_service.keys.scopes import Scope
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.rows import CustomerRow

MOST_ROWS: Final = 300
MOST_EVENTS: Final = 2_000
_SECONDS: Final = 5.0
_NEWEST: Final = 12
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the store knows of somebody."""

    customer_id: str
    row: CustomerRow | None
    ledger: Ledger
    decisions: Sequence[Mapping[str, object]]
    outcomes: Sequence[Mapping[str, object]]
    interactions: Sequence[Interaction]
    before: str | None
    after: str | None

    @property
    def known(self) -> bool:
        return self.row is not None or bool(self.decisions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The decision that the page is about.

    ``stored`` False: it was made for this page alone. ``identical``: what replay says, None: not asked.
    """

    answer: Json
    explanation: Json
    stored: bool
    identical: bool | None


def show(desk: Desk) -> Page:
    """Somebody, or the newest decisions to choose from."""
    desk.session.require(Scope.READ)
    wanted = desk.args.get("id", "").strip()
    person = read_person(wanted, desk.now) if wanted else None
    if person is None or not person.known:
        return _choose(desk, wanted)
    if desk.journey is None:
        raise Problem("NOT_READY", desk.words("no_bundle"))
    decided = _decision(desk, person)
    if decided is None:
        decided = _would(person.customer_id)
    return _page(desk, desk.journey, person, decided)


def read_person(customer_id: str, now: datetime) -> Person:
    """What is stored of somebody, under whichever id."""
    store, before_ms = current(ResilientStore), to_ms(now)

    def read() -> Person:
        plain = store.plain
        own = plain.persons([customer_id])[customer_id]
        records = plain.records_of(own, MOST_ROWS)
        before, after = plain.overview.neighbours(own)
        return Person(
            customer_id=own,
            row=plain.customer(own),
            ledger=plain.consents(own),
            decisions=records["decisions"],
            outcomes=records["outcomes"],
            interactions=past.interactions_of(plain.state(own, before_ms, MOST_EVENTS).events),
            before=before,
            after=after,
        )

    return store.ask(read, _SECONDS)


def _choose(desk: Desk, wanted: str) -> Page:
    """Nobody is asked for, or nobody has that id."""
    t = desk.words
    store = current(ResilientStore)
    newest = store.ask(lambda: store.plain.overview.newest_decisions(_NEWEST), _SECONDS)
    rows = [
        (from_ms(one.decided_at), one.customer_id, desk.action(one.action), desk.channel(one.channel))
        for one in newest
    ]
    columns = (Column("decided_at", "time"), Column("customer"), Column("action"), Column("channel"))
    links = [desk.link("customer", id=one.customer_id, decision=one.decision_id) for one in newest]
    unknown = t("customer.unknown", id=wanted[:80]) if wanted else ""
    finding = unknown or t("customer.choose" if rows else "customer.empty")
    return Page(
        template="customer_choose",
        finding=finding,
        lede=t("customer.choose_lede"),
        values={"rows": list(zip(links, rows, strict=True)), "wanted": wanted},
        tables=(Table(name="newest", columns=columns, rows=rows),),
    )


def _decision(desk: Desk, person: Person) -> Shown | None:
    """The decision of the address, else the newest that can be explained."""
    wanted = desk.args.get("decision")
    candidates = [str(row["decision_id"]) for row in person.decisions if row["answer"] is not None]
    decision_id = wanted or next(iter(candidates), None)
    if decision_id is None:
        return None
    answer = current(WhatIf).of_stored(decision_id, None, FULL)
    if (
        current(ResilientStore).plain.persons([str(answer["customer_id"])]).get(str(answer["customer_id"]))
        != person.customer_id
    ):
        raise Problem("DECISION_UNKNOWN", desk.words("customer.not_theirs", id=decision_id[:80]))
    identical = bool(current(Decisions).recorded.replay(decision_id)["identical"])
    return Shown(answer=answer, explanation=_explanation(answer), stored=True, identical=identical)


def _call(customer_id: str) -> DecisionCall:
    """What is asked for a page; under one id, so that it draws the same whenever it is loaded."""
    return DecisionCall(customer_id=customer_id, decision_id=f"console/{customer_id}")


def _would(customer_id: str) -> Shown:
    """What would be decided now, without storing it."""
    answer = current(WhatIf).answer(ExplanationCall(decision=_call(customer_id), detail=FULL))
    return Shown(answer=answer, explanation=_explanation(answer), stored=False, identical=None)


def _explanation(answer: Json) -> Json:
    explanation: Json = answer["explanation"]
    return explanation


def _page(desk: Desk, journey: Journey, person: Person, shown: Shown) -> Page:
    t, first = desk.words, figures.chosen(shown.answer)
    stays = past.stays(journey, person.interactions, desk.now)
    ours = past.contacts(journey, person.decisions, person.outcomes)
    theirs = past.own_events(journey, person.interactions, stays)
    candidates = list(shown.explanation["candidates"])
    drop_outs = shown.explanation["drop_outs"]
    own = next(
        (one for one in candidates if (one["action"], one["channel"]) == (first["action"], first["channel"])),
        candidates[0],
    )
    real = sum(one["action"] != NOTHING for one in candidates)
    fallen = len(drop_outs)
    decided_at = _moment(shown.answer["decided_at"])
    own_id = shown.answer["decision_id"] if shown.stored else None
    path = shown.explanation.get("path")
    values: dict[str, object] = {
        "path": path and path_sentence(desk, path, figures.candidate_name(desk, first)),
        "path_rows": path_rows(desk, path) if path else [],
        "path_days": t.number(path["days"]) if path else "",
        "person": person,
        "shown": shown,
        "first": first,
        "first_name": figures.candidate_name(desk, first),
        "decided_at": t.time(decided_at),
        "probability": t.percent(first["action_probability"]),
        "arm": shown.answer["arm"],
        "story": story(t, theirs, ours, stays),
        "timeline": draw_timeline(desk, journey, stays, theirs, ours, own_id) if stays or ours else "",
        "letters": ", ".join(f"{channel_letter(desk, one.name)} {one.label}" for one in journey.channels),
        "worth": None if first["action"] == NOTHING else figures.worth(desk, own, own["changes"]),
        "why_title": why_title(desk, shown.answer, own),
        "alternatives": figures.alternatives(desk, candidates, first),
        "because": because(t, own["contributions"]),
        "funnel": figures.drop_out_funnel(desk, drop_outs, real, first["action"] != NOTHING),
        "fell": t("customer.fell", n=fallen, all=fallen + real),
        "reasons": [
            (t.or_name("codes", code), code, t.number(number))
            for code, number, _ in figures.reasons(drop_outs)[:6]
        ],
        "attributes": attributes(desk, journey, person.row),
        "known_since": known_since(t, person.row, desk.now),
        "consents": consents(t, journey, person.ledger),
        "what_if": _what_if(desk, journey, shown, person),
        "phases": [(phase.name, phase.label) for phase in journey.phases],
        "touchpoints": touchpoint_choices(desk, journey, theirs),
        "bundles": [bundle for bundle, _ in current(EngineSource).bundles()][:10],
    }
    return Page(
        template="customer",
        finding=finding(desk, person, shown),
        lede=lede(desk, shown, ours),
        values=values,
        tables=(
            timeline_table(desk, theirs, ours),
            figures.candidate_table(desk, candidates),
            figures.drop_out_table(desk, drop_outs),
        ),
    )


def finding(desk: Desk, person: Person, shown: Shown) -> str:
    """The headline: what was decided for somebody, and what it is worth."""
    t, first = desk.words, figures.chosen(shown.answer)
    day = t.day(_moment(shown.answer["decided_at"]))
    names = {"id": person.customer_id, "day": day, "action": desk.action(first["action"])}
    kind = "would" if not shown.stored else "did"
    if figures.nothing_is_forced(shown.answer):
        return t(f"customer.finding.{kind}.forced", **names)
    if first["action"] == NOTHING:
        return t(f"customer.finding.{kind}.peace", **names)
    worth = first["value"]["over_nothing"]
    case = "worth" if worth > 0 else "explored"
    if shown.answer["reason"] == "CONTROL_ARM":
        case = "control"
    return t(
        f"customer.finding.{kind}.{case}",
        channel=desk.channel(first["channel"]),
        worth=t.money(worth),
        **names,
    )


def lede(desk: Desk, shown: Shown, ours: Sequence[past.Contact]) -> str:
    """Where they are, since when, and what a decision of ours was last."""
    t, phase = desk.words, shown.answer["phase"]
    since = _moment(phase["since"])
    span = t.span(_moment(shown.answer["decided_at"]) - since)
    sentence = t(
        "customer.lede" if shown.stored else "customer.lede_now", phase=desk.phase(phase["name"]), span=span
    )
    if figures.nothing_is_forced(shown.answer):
        codes = [
            t.or_name("codes", code) for code, _, _ in figures.reasons(shown.explanation["drop_outs"])[:2]
        ]
        sentence += " " + t("customer.because", reasons=t.listed(codes)) if codes else ""
    return sentence


def story(
    t: Words, theirs: Sequence[past.OwnEvent], ours: Sequence[past.Contact], stays: Sequence[past.Stay]
) -> str:
    """The headline of the timeline: what there is, counted."""
    if not theirs and not ours:
        return t("customer.story.none")
    made = sum(one.action != NOTHING for one in ours)
    counted = {"theirs": len(theirs), "ours": made, "moves": max(len(stays) - 1, 0)}
    parts = [t.counted(f"customer.story.{name}", number) for name, number in counted.items() if number]
    if not parts:
        return t("customer.story.none")
    parts[0] = parts[0][0].upper() + parts[0][1:]
    return t("customer.story.all", parts=t.listed(parts))


def why_title(desk: Desk, answer: Json, own: Json) -> str:
    """What stands above the waterfall."""
    t, first = desk.words, figures.chosen(answer)
    if figures.nothing_is_forced(answer):
        return t("customer.why.forced")
    if first["action"] == NOTHING:
        return t("customer.why.peace")
    if answer["reason"] == "CONTROL_ARM":
        return t("customer.why.control", action=figures.candidate_name(desk, first), arm=answer["arm"])
    changes = own["changes"]
    phase, change = max(changes.items(), key=lambda item: item[1], default=("", 0.0))
    rest = abs(own["value"]["over_nothing"] - own["propensity"]["value"] * own["factors"]["value"])
    if 100 * change >= 0.5 and rest > own["propensity"]["value"] * own["factors"]["value"]:
        return t(
            "customer.why.step",
            action=figures.candidate_name(desk, first),
            phase=desk.phase(phase),
            points=t.number(100 * change, 0 if change > 0.02 else 1),
        )
    return t("customer.why.response", action=figures.candidate_name(desk, first))


def because(t: Words, contributions: Sequence[Json]) -> str:
    """What made a response likelier or less likely; empty where the model says nothing."""
    up, down = figures.main_words(contributions)
    sentences = []
    if up:
        sentences.append(t("customer.likelier", what="; ".join(up)))
    if down:
        sentences.append(t("customer.less", what="; ".join(down)))
    return " ".join(sentences)


def attributes(desk: Desk, journey: Journey, row: CustomerRow | None) -> list[tuple[str, str, str]]:
    """What is known, by its label."""
    if row is None:
        return []
    labels = {one.name: one.label for one in journey.attributes}
    told = [
        (labels.get(name, name), _value(desk.words, value), "")
        for name, value in sorted(row.attributes.items())
    ]
    if row.locale:
        told.append((desk.words("customer.locale"), row.locale, ""))
    return told


def _value(t: Words, value: object) -> str:
    if isinstance(value, bool):
        return t("yes" if value else "no")
    if isinstance(value, int | float):
        return t.number(value, 0 if float(value).is_integer() else 2)
    return str(value)


def known_since(t: Words, row: CustomerRow | None, now: datetime) -> str:
    if row is None:
        return t("customer.no_profile")
    if not row.updated_at:
        return t("customer.told_once")
    at = from_ms(row.updated_at)
    return t("customer.told", day=t.day(at, year=True), span=t.span(max(now - at, timedelta())))


def consents(t: Words, journey: Journey, ledger: Ledger) -> list[tuple[str, bool | None, str]]:
    """Each flag of the journey file: given, refused or never asked, with when and by what."""
    rows: list[tuple[str, bool | None, str]] = []
    for flag in journey.consents:
        standing = ledger.get(flag)
        if standing is None:
            rows.append((flag, None, t("customer.never_asked")))
            continue
        statement = standing.granted if standing.given else standing.refused
        at = None if statement is None else statement.at or statement.arrived_at
        source = "" if statement is None else t.or_name("sources", statement.source)
        day = "" if at is None else t.day(from_ms(at), year=True)
        rows.append((flag, standing.given, t("customer.consent", day=day, source=source)))
    return rows


def touchpoint_choices(
    desk: Desk, journey: Journey, theirs: Sequence[past.OwnEvent]
) -> list[tuple[str, str]]:
    """What a what-if may leave out: each kind of event once, the newest first."""
    labels = touchpoint_labels(journey)
    newest = {one.name: one.at for one in theirs}
    ordered = sorted(newest.items(), key=lambda item: item[1], reverse=True)
    return [(name, f"{labels.get(name, name)}, {desk.words.day(at)}") for name, at in ordered[:20]]


def _what_if(desk: Desk, journey: Journey, shown: Shown, person: Person) -> dict[str, str] | None:
    """The second answer, if the address asks for one."""
    phase, without, bundle = (desk.args.get(name) or None for name in ("phase", "without", "bundle"))
    if phase is None and without is None and bundle is None:
        return None
    changes = ChangesCall(phase=phase, without=(without,) if without else (), bundle=bundle)
    if phase is not None and phase not in journey.phase_index:
        raise Problem("UNKNOWN_PHASE", f"Expected a phase of the journey file, got {phase[:80]!r}.")
    decision = _call(person.customer_id)
    of = str(shown.answer["decision_id"]) if shown.stored else None
    call = ExplanationCall(decision=decision, of=of, changes=changes, detail=FULL)
    answer: Json = current(WhatIf).answer(call)
    other: Json = answer["what_if"]
    first = figures.chosen(other)
    before = figures.chosen(shown.answer)
    fell = {(one["action"], one["channel"]): one for one in other["explanation"]["drop_outs"]}.get(
        (before["action"], before["channel"])
    )
    t = desk.words
    same = (first["action"], first["channel"]) == (before["action"], before["channel"])
    says = t("customer.what_if.same" if same else "customer.what_if.other")
    if fell is not None:
        says = t(
            "customer.what_if.falls",
            action=desk.action(before["action"]),
            code=t.or_name("codes", fell["code"]),
        )
    return {
        "name": figures.candidate_name(desk, first),
        "worth": t.money(first["value"]["over_nothing"]),
        "says": says,
        "phase": phase or "",
        "without": without or "",
        "bundle": bundle or "",
    }


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
