"""Start.

Is it well, and is it worth it? Five sentences, what changed, and the newest decisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from models.domain.history import from_ms
from models.drawing.sparklines import spark
from models.registry import Registry
from nba_service.console.desk import Desk
from nba_service.console.facts.bundle_facts import BundleFacts, bundle_facts
from nba_service.console.facts.change_marks import all_changes
from nba_service.console.facts.changes import Changed, of_day
from nba_service.console.facts.health_checks import BAD, GOOD, WARN, Promise, judge
from nba_service.console.facts.moves import moves_of, onward
from nba_service.console.page import Column, Page, Table
from nba_service.console.screens import health
from nba_service.console.wording import Words
from nba_service.errors import StoreError
from nba_service.http.current import current
from nba_service.keys.scopes import Scope
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings

MOST_CHANGES: Final = 12
MOST_NEWEST: Final = 8
_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One of the five sentences.

    ``doubt``: what else to know, or how sure it is.
    """

    screen: str
    status: str
    sentence: str
    doubt: str = ""
    drawing: str = ""


def show(desk: Desk) -> Page:
    """The five sentences, each with the screen that proves it."""
    registry = Registry(current(Settings).registry)
    bundles = bundle_facts(registry)
    champion = next((one for one in bundles if one.role == "champion"), None)
    facts, decided = health.gather(desk.now)
    promises = judge(facts)
    lines = [
        journey_line(desk, champion),
        worth_line(desk.words, champion),
        model_line(desk.words, champion),
        coverage_line(desk.words, champion),
        health_line(
            desk.words,
            promises,
            health.by_day(decided, desk.now),
            health.small_marks(desk.words, desk.now),
        ),
    ]
    found = all_changes(desk.now)
    day = desk.args.get("day", "")
    shown = of_day(found, day) if day else found[:MOST_CHANGES]
    return Page(
        template="start",
        finding=finding(desk.words, lines, champion),
        lede=lede(desk.words, lines, sum(decided.values())),
        values={
            "lines": lines,
            "changes": [(one, *one.sentence(desk.words)) for one in shown],
            "changes_title": changes_title(desk.words, shown, day),
            "day": day,
            "newest": newest(desk),
        },
        tables=(_line_table(lines), _change_table(desk.words, shown)),
        age=desk.words("measured", at=desk.words.time(desk.now)),
    )


def journey_line(desk: Desk, champion: BundleFacts | None) -> Line:
    t = desk.words
    if champion is None or desk.journey is None or not champion.moves:
        return Line(screen="journey", status=WARN, sentence=t("start.journey.none"))
    ours, nothing = onward(moves_of(desk.journey, champion.moves))
    case = "up" if ours > 1.05 * nothing else "down" if ours < 0.95 * nothing else "same"
    sentence = t(f"start.journey.{case}", ours=t.number(ours), nothing=t.number(nothing))
    return Line(screen="journey", status=WARN if case == "down" else GOOD, sentence=sentence,
                doubt=t("start.journey.doubt"))  # fmt: skip


def worth_line(t: Words, champion: BundleFacts | None) -> Line:
    """What the champion gains, proved, not proved or not known."""
    if champion is None or champion.gain is None:
        return Line(screen="models", status=WARN, sentence=t("start.worth.none"))
    gain = champion.gain
    case = "up" if gain.low > 0 else "down" if gain.high < 0 else "open"
    status = {"up": GOOD, "open": WARN, "down": BAD}[case]
    doubt = t("truth_between", low=t.number(gain.low, 2), high=t.number(gain.high, 2))
    sentence = t(f"start.worth.{case}", eur=t.money(abs(gain.value)))
    return Line(screen="models", status=status, sentence=sentence, doubt=doubt)


def model_line(t: Words, champion: BundleFacts | None) -> Line:
    """Whether promises come true, by the gate."""
    if champion is None:
        return Line(screen="models", status=WARN, sentence=t("start.model.none"))
    if champion.error is None or champion.promised is None:
        return Line(screen="models", status=WARN, sentence=t("start.model.unknown"))
    failed = [check for check in champion.failed if check.name.startswith("calibration")]
    sentence = t(
        "start.model.broken" if failed else "start.model.kept",
        points=t.number(100 * champion.error, 2),
        rate=t.percent(champion.promised),
    )
    doubt = t("start.model.checks", n=len(champion.checks) - len(champion.failed), all=len(champion.checks))
    return Line(screen="models", status=BAD if failed else GOOD, sentence=sentence, doubt=doubt)


def coverage_line(t: Words, champion: BundleFacts | None) -> Line:
    """How many customers have at least one action, by the gate."""
    checks = () if champion is None else champion.checks
    check = next((one for one in checks if one.name == "coverage" and one.value is not None), None)
    if check is None or check.value is None:
        return Line(screen="models", status=WARN, sentence=t("start.coverage.none"))
    missing = 1.0 - check.value
    status = GOOD if check.passed else BAD
    sentence = (
        t("start.coverage.some", share=t.percent(missing)) if missing > 0.001 else t("start.coverage.all")
    )
    return Line(screen="models", status=status, sentence=sentence, doubt=t("start.coverage.doubt"))


def health_line(
    t: Words,
    promises: Sequence[Promise],
    days: Sequence[float],
    marks: Mapping[int, str] = MappingProxyType({}),
) -> Line:
    broken = [one for one in promises if one.status != GOOD]
    status = BAD if any(one.status == BAD for one in broken) else WARN if broken else GOOD
    shown = t.number(sum(days))
    drawing = spark(days, t("health.by_day"), shown, marks_at=marks) if any(days) else ""
    doubt = t("start.health.decisions", n=t.number(sum(days)))
    return Line(
        screen="health", status=status, sentence=health.finding(t, promises), doubt=doubt, drawing=drawing
    )


def finding(t: Words, lines: Sequence[Line], champion: BundleFacts | None) -> str:
    """Is it worth it? The gain if it is known, else what is missing."""
    if champion is None:
        return t("start.finding.none")
    if champion.gain is None:
        return t("start.finding.unknown")
    case = "up" if champion.gain.low > 0 else "down" if champion.gain.high < 0 else "open"
    return t(f"start.finding.{case}", eur=t.money(abs(champion.gain.value)))


def lede(t: Words, lines: Sequence[Line], decisions: float) -> str:
    looks = sum(line.status != GOOD for line in lines)
    seen = t("start.lede.decisions", n=t.number(decisions))
    return f"{seen} {t.counted('start.lede.look', looks) if looks else t('start.lede.well')}"


def newest(desk: Desk) -> list[tuple[str, str, str, str]]:
    """The newest decisions with their addresses, for keys that may see persons."""
    if not desk.session.may(Scope.READ):
        return []
    store = current(ResilientStore)
    try:
        rows = store.ask(lambda: store.plain.overview.newest_decisions(MOST_NEWEST), _SECONDS)
    except StoreError:
        return []
    return [
        (
            desk.link("customer", id=one.customer_id, decision=one.decision_id),
            one.customer_id,
            desk.action(one.action),
            desk.words.time(from_ms(one.decided_at)),
        )
        for one in rows
    ]


def changes_title(t: Words, shown: Sequence[Changed], day: str) -> str:
    if day:
        return t.counted("start.changed_on", len(shown), day=day)
    return t("start.changed")


def _line_table(lines: Sequence[Line]) -> Table:
    columns = (Column("screen"), Column("status"), Column("sentence"), Column("doubt"))
    return Table(
        name="lines",
        columns=columns,
        rows=[(line.screen, line.status, line.sentence, line.doubt) for line in lines],
    )


def _change_table(t: Words, shown: Sequence[Changed]) -> Table:
    rows = [(one.at, one.kind, one.subject, " ".join(one.sentence(t))) for one in shown]
    columns = (Column("at", "time"), Column("event"), Column("what"), Column("sentence"))
    return Table(name="changes", columns=columns, rows=rows)
