"""Actions.

What does each earn, and what does it cost?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.domain.journey import Journey
from models.drawing.bars import Bar, zero_bars
from models.drawing.rows import inside_bars, small_days, small_interval, small_letters
from models.drawing.time_charts import Mark as ChangeMark
from nba_service.console.desk import Desk
from nba_service.console.facts.change_marks import marked_changes, marks_on
from nba_service.console.facts.text_trials import TextTrials
from nba_service.console.measured import Answer, age, ask, periods
from nba_service.console.page import Column, Page, Table
from nba_service.console.variant_figures import variant, variant_table, variants_of, variants_title
from nba_service.console.wording import Words
from nba_service.decisions.decide import Decisions
from nba_service.http.current import current

MOST_REASONS = 6
Json = Mapping[str, Any]
Mark = tuple[str, bool]
"""What is to be said of an action beside its figures, and whether to act on it."""


def show(desk: Desk) -> Page:
    """A row per action, those that earn most first; one of them open."""
    t, answer = desk.words, ask(desk, "actions")
    if answer is None or desk.journey is None:
        return Page(
            template="measure_empty",
            finding=t("actions.finding.empty"),
            lede=t("measure.lede"),
            periods=periods(desk),
        )
    rows = ranked(answer["actions"])
    failing = falling_back(desk, desk.journey)
    marks = {one["action"]: marks_of(desk, one, answer["days"], failing[one["action"]]) for one in rows}
    opened = next((one for one in rows if one["action"] == desk.args.get("open")), None) or rows[0]
    texts = variants_of(desk, desk.journey, opened["action"])
    aged, stale = age(t, answer, desk.now)
    changed = marks_on(t, answer["days"], marked_changes(desk.now), answer["outages"])
    ends, most = axis(rows), max((_number(one["decisions"]) for one in rows), default=0.0)
    return Page(
        template="actions",
        finding=finding(t, rows),
        lede=lede(t, answer, rows),
        values={
            "title": title(t, rows),
            "rows": [row(t, one, marks[one["action"]], ends, most, changed) for one in rows],
            "letters": small_letters([(mark.position, mark.letter) for mark in changed], len(answer["days"])),
            "changed": [(mark.letter, mark.title) for mark in changed],
            "opened": opened["action"],
            "phases": draw_phases(t, opened),
            "phases_title": phases_title(t, opened),
            "reasons": reasons(t, ask(desk, "coverage")),
            "variants": [variant(desk, one) for one in texts],
            "variants_title": variants_title(t, texts),
        },
        tables=(_action_table(rows, marks), _phase_table(rows), *([variant_table(texts)] if texts else [])),
        age=aged,
        stale=stale,
        periods=periods(desk),
    )


def _number(value: float | None) -> float:
    return float(value or 0)


def _shown(t: Words, number: float | None) -> str:
    return "··" if number is None else t.number(number)


def ranked(rows: Sequence[Json]) -> list[Json]:
    """By EUR over doing nothing, all decisions together; then those of which it is not known."""

    def in_all(one: Json) -> tuple[bool, float, float]:
        gain = one["gain"]
        known = 0.0 if gain is None else float(gain["value"]) * _number(one["decisions"])
        return gain is None, -known, -_number(one["decisions"])

    return sorted(rows, key=in_all)


def proved(rows: Sequence[Json], way: str) -> list[Json]:
    """Actions that are proved to earn more (``up``) or less (``down``) than doing nothing."""
    return [one for one in rows if one["gain"] is not None and one["gain"]["proved"] == way]


def finding(t: Words, rows: Sequence[Json]) -> str:
    """Which earns most, and which earns less than nothing; only what is proved is said."""
    if not any(one["decisions"] is None or one["decisions"] for one in rows):
        return t("actions.finding.none")
    if all(one["gain"] is None for one in rows):
        return t("actions.finding.young")
    up, down = proved(rows, "up"), proved(rows, "down")
    if not up and not down:
        return t("actions.finding.open")
    if not up:
        return t("actions.finding.down", action=down[-1]["label"])
    said = t(
        "actions.finding.up", n=t.number(len(up)), all=t.number(len(rows)), action=up[0]["label"]
    )  # fmt: skip
    return t("actions.finding.but", what=said, action=down[-1]["label"]) if down else said


def lede(t: Words, answer: Answer, rows: Sequence[Json]) -> str:
    """What our contacts cost, and how often nothing came first."""
    return t(
        "actions.lede",
        n=t.number(sum(_number(one["delivered"]) for one in rows)),
        eur=t.money(sum(_number(one["cost_eur"]) for one in rows), 0),
        nothing=_shown(t, answer["nothing"]),
        all=_shown(t, answer["decisions"]),
    )


def title(t: Words, rows: Sequence[Json]) -> str:
    """What earns most for each contact, where that is proved."""
    best = max(proved(rows, "up"), key=lambda one: float(one["gain"]["value"]), default=None)
    if best is None:
        return t("actions.title.open")
    return t("actions.title.best", action=best["label"], eur=t.money(best["gain"]["value"], sign=True))


def axis(rows: Sequence[Json]) -> tuple[float, float]:
    """The ends of all intervals; one axis for all rows."""
    known = [one["gain"] for one in rows if one["gain"] is not None]
    return min((one["low"] for one in known), default=0.0), max((one["high"] for one in known), default=0.0)


def falling_back(desk: Desk, journey: Journey) -> Counter[str]:
    """How many texts of each action fall back for some sample customer."""
    tried = current(TextTrials).of(journey, current(Decisions).facts, desk.now)
    texts = {(one.action, one.key, one.locale, one.variant) for one in tried if one.problem}
    return Counter(action for action, *_ in texts)


def marks_of(desk: Desk, one: Json, days: Sequence[str], failing: int) -> list[Mark]:
    """New, stale, never first, text falls back."""
    t, marks = desk.words, []
    if failing:
        marks.append((t.counted("actions.mark.falls_back", failing), True))
    if one["decisions"] == 0:
        marks.append((never(desk, one["action"]), True))
    if one["last_at"] is not None:
        last = datetime.fromisoformat(one["last_at"])
        quiet = timedelta(days=max(len(days) / 4, 1))
        if min(desk.now, _end(days, desk.now)) - last > quiet:
            marks.append((t("actions.mark.stale", day=t.day(last)), True))
    if one["new"] and one["first_at"] is not None:
        marks.append((t("actions.mark.new", day=t.day(datetime.fromisoformat(one["first_at"]))), False))
    return marks


def _end(days: Sequence[str], now: datetime) -> datetime:
    return datetime.fromisoformat(days[-1]).replace(tzinfo=now.tzinfo) + timedelta(days=1) if days else now


def never(desk: Desk, name: str) -> str:
    """Why an action never came first, if its period says it."""
    t, actions = desk.words, () if desk.journey is None else desk.journey.actions
    action = next((one for one in actions if one.name == name), None)
    if action is not None and action.ends_at is not None and action.ends_at <= desk.now:
        return t("actions.mark.ended", day=t.day(action.ends_at))
    if action is not None and action.starts_at is not None and action.starts_at > desk.now:
        return t("actions.mark.begins", day=t.day(action.starts_at))
    return t("actions.mark.never")


def row(
    t: Words,
    one: Json,
    marks: Sequence[Mark],
    ends: tuple[float, float],
    most: float,
    changed: Sequence[ChangeMark] = (),
) -> dict[str, object]:
    """One action, ready to print."""
    steps = [one["decisions"], one["delivered"], one["responses"]]
    gain, delivered = one["gain"], one["delivered"]
    between = "" if gain is None else t("actions.between", low=t.number(gain["low"], 2, sign=True),
                                        high=t.number(gain["high"], 2, sign=True))  # fmt: skip
    return {
        "action": one["action"],
        "label": one["label"],
        "marks": marks,
        "bars": inside_bars([_number(step) for step in steps], most),
        "steps": " → ".join(_shown(t, step) for step in steps),
        "interval": "" if gain is None else small_interval(gain["value"], gain["low"], gain["high"], ends),
        "gain": "" if gain is None else t.number(gain["value"], 2, sign=True),
        "case": "" if gain is None else {"up": "", "down": "down"}.get(str(gain["proved"]), "open"),
        "between": between if gain is None or gain["proved"] != "no" else f"{between}, {t('not_proved')}",
        "why": t("hidden_cell") if one["hidden"] else t("actions.too_few"),
        "each": "–" if not delivered else t.number(one["cost_eur"] / delivered, 2),
        "cost": "··" if one["cost_eur"] is None else t.number(one["cost_eur"]),
        "days": small_days(one["days"], marks_at=[mark.position for mark in changed]),
    }


def phases_title(t: Words, one: Json) -> str:
    """Where an action wins most often."""
    known = [place for place in one["phases"] if place["decisions"] and place["of"]]
    if not known:
        return t("actions.phases.none", action=one["label"])
    best = max(known, key=lambda place: float(place["decisions"]) / float(place["of"]))
    share = t.percent(best["decisions"] / best["of"])
    return t("actions.phases.most", action=one["label"], phase=best["label"], share=share)


def draw_phases(t: Words, one: Json) -> str:
    """The share of each phase's decisions that an action won."""
    bars = []
    for place in one["phases"]:
        of, won = _number(place["of"]), _number(place["decisions"])
        share = won / of if of else 0.0
        shown = "··" if place["decisions"] is None else t.percent(share)
        bars.append(Bar(label=place["label"], value=100 * share, shown=shown))
    return zero_bars(bars, phases_title(t, one), wide=560, names=200)


def reasons(t: Words, coverage: Answer | None) -> list[tuple[str, str, str]]:
    """What stands in the way before anything is ranked: name, code and customers, the most first."""
    found: Counter[str] = Counter()
    for step in () if coverage is None else coverage["funnel"]:
        found.update(step["reasons"])
    return [
        (t.or_name("codes", code), code, t.number(number)) for code, number in found.most_common(MOST_REASONS)
    ]


def _action_table(rows: Sequence[Json], marks: Mapping[str, Sequence[Mark]]) -> Table:
    columns = (
        Column("action"), Column("customers", "count"), Column("decisions", "count"),
        Column("contacts", "count"), Column("responses", "count"), Column("value_eur", "money"),
        Column("cost_eur", "money"), Column("gain_eur", "money"), Column("low", "money"),
        Column("high", "money"), Column("status"),
    )  # fmt: skip
    keys = ("customers", "decisions", "delivered", "responses", "value_eur", "cost_eur")
    listed = []
    for one in rows:
        gain = one["gain"] or {"value": None, "low": None, "high": None}
        said = "; ".join(words for words, _ in marks[one["action"]])
        counted = [one[key] for key in keys]
        listed.append((one["action"], *counted, gain["value"], gain["low"], gain["high"], said))
    return Table(name="actions", columns=columns, rows=listed)


def _phase_table(rows: Sequence[Json]) -> Table:
    columns = (Column("action"), Column("phase"), Column("decisions", "count"), Column("of", "count"))
    listed = [
        (one["action"], place["phase"], place["decisions"], place["of"])
        for one in rows
        for place in one["phases"]
    ]
    return Table(name="action_phases", columns=columns, rows=listed)
