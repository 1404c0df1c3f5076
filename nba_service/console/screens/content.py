"""Content.

What do people read? A card per action, channel and language, and what falls back, with its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.domain.journey import Journey
from models.drawing.marks import both, rect, text
from nba_service.console.desk import Desk
from nba_service.console.facts.text_trials import Failure, TextTrials, failures, journey_bytes
from nba_service.console.page import Choice, Column, Page, Table
from nba_service.console.wording import Words
from nba_service.content.trial import Trial
from nba_service.decisions.decide import Decisions
from nba_service.http.current import current
from nba_service.settings import Settings

MOST_CARDS: Final = 12
MOST_FAILURES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One text as somebody reads it, in the frame of its channel."""

    action: str
    where: str
    kind: str
    title: str
    body: str
    click: str
    problem: str = ""
    detail: str = ""
    source: str = ""
    samples: str = ""


def show(desk: Desk) -> Page:
    """Cards of one action for one sample customer; what falls back stands first."""
    t, journey = desk.words, desk.journey
    if journey is None:
        return Page(template="content_empty", finding=t("content.finding.none"))
    tried = current(TextTrials).of(journey, current(Decisions).facts, desk.now)
    name, data = journey_bytes(current(Settings), journey)
    failing = failures(journey, tried, data)
    samples = list(dict.fromkeys(one.sample.name for one in tried))
    sample = desk.args.get("sample") if desk.args.get("sample") in samples else _usual(samples)
    actions = [action.name for action in journey.actions]
    action = desk.args.get("action") if desk.args.get("action") in actions else actions[0]
    locale = desk.args.get("locale")
    shown = [
        one
        for one in tried
        if one.sample.name == sample and one.action == action and locale in (None, one.locale)
    ]
    locales = sorted({one.locale for one in tried})
    return Page(
        template="content",
        finding=finding(t, tried, failing),
        lede=t("content.lede", samples=t.number(len(samples))),
        values={
            "cards": [_card(desk, journey, one) for one in shown[:MOST_CARDS]],
            "cards_title": t.counted("content.ways", len(shown), action=desk.action(action or "")),
            "failures": [_failed_card(desk, journey, one, name) for one in failing[:MOST_FAILURES]],
            "failing": len(failing),
            "actions": [(one, desk.action(one)) for one in actions],
            "samples": samples,
            "action": action,
            "sample": sample,
            "map": draw_map(desk, journey, tried, locales),
            "map_title": map_title(t, journey, tried, locales),
            "locales": locales,
        },
        tables=(_failure_table(failing), _text_table(shown)),
        periods=tuple(
            Choice(label=one or t("content.all"), href=desk.here(locale=one), current=one == locale)
            for one in (None, *locales)
        ),
    )


def _usual(samples: Sequence[str]) -> str | None:
    """The sample of whom most is known, if there is one."""
    return "everything known" if "everything known" in samples else next(iter(samples), None)


def finding(t: Words, tried: Sequence[Trial], failing: Sequence[Failure]) -> str:
    """How many texts read as they should."""
    texts = len({_text_of(one) for one in tried})
    bad = len({_text_of(one.trial) for one in failing})
    if not texts:
        return t("content.finding.empty")
    if not bad:
        return t("content.finding.all", n=t.number(texts))
    return t("content.finding.some", n=t.number(texts - bad), all=t.number(texts))


def _text_of(one: Trial) -> tuple[str, str, str, str]:
    return one.action, one.key, one.locale, one.variant


def _where(desk: Desk, one: Trial) -> str:
    slot = "" if one.key == one.channel else one.key
    return ", ".join(part for part in (desk.channel(one.channel), slot, one.variant, one.locale) if part)


def _card(desk: Desk, journey: Journey, one: Trial) -> Card:
    texts = one.rendered.texts
    return Card(
        action=desk.action(one.action),
        where=_where(desk, one),
        kind=journey.channels[journey.channel_index[one.channel]].kind.value,
        title=texts["title"],
        body=texts["body"],
        click=texts["click_url"],
        problem=one.problem,
        detail=one.detail,
    )


def _failed_card(desk: Desk, journey: Journey, one: Failure, name: str) -> Card:
    t = desk.words
    card = _card(desk, journey, one.trial)
    return Card(
        action=card.action, where=card.where, kind=card.kind, title=card.title, body=card.body, click="",
        problem=t.or_name("content.problem", one.trial.problem), detail=one.trial.detail,
        source=t("content.line", file=name, line=one.line) if one.line else name,
        samples=t.counted("content.samples", one.samples, sample=one.trial.sample.name),
    )  # fmt: skip


def map_title(t: Words, journey: Journey, tried: Sequence[Trial], locales: Sequence[str]) -> str:
    """Whether every action has its text in every language."""
    there = {(one.action, one.channel, one.locale) for one in tried}
    wanted = [(treatment.action, treatment.channel) for treatment in journey.treatments[1:]]
    missing = sum((*pair, locale) not in there for pair in wanted for locale in locales)
    if not missing:
        return t("content.map.all", n=t.number(len(locales)))
    return t("content.map.missing", n=t.number(missing))


def draw_map(desk: Desk, journey: Journey, tried: Sequence[Trial], locales: Sequence[str]) -> str:
    """A row an action, a column a channel, a square a language; red where it falls back for somebody."""
    bad = {(one.action, one.channel, one.locale) for one in tried if one.problem}
    there = {(one.action, one.channel, one.locale) for one in tried}
    channels = journey.channels
    rows = journey.actions

    def draw(width: float) -> tuple[float, list[str]]:
        left = 260.0 if width > 500 else 128.0
        pitch = (width - left) / max(len(channels), 1)
        letters = int(left / 7.2)
        marks = [
            text(left + pitch * (i + 0.5), 12, channel.label[: int(pitch / 6.4)], "q s", "middle")
            for i, channel in enumerate(channels)
        ]
        for row, action in enumerate(rows):
            y = 22.0 + 22 * row
            label = action.label if len(action.label) <= letters else action.label[: letters - 1] + "…"
            marks.append(text(0, y + 12, label, "s"))
            for i, channel in enumerate(channels):
                x = left + pitch * (i + 0.5) - 8.0 * len(locales)
                for j, locale in enumerate(locales):
                    key = (action.name, channel.name, locale)
                    if key in there:
                        title = f"{action.label}, {channel.label}, {locale}"
                        cls = "fb" if key in bad else "fa md"
                        marks.append(rect(x + 16 * j, y + 1, 13, 13, cls, radius=2, title=title))
                    elif channel.name in action.channels:
                        marks.append(rect(x + 16 * j + 1, y + 2, 11, 11, "fs kb", radius=2))
        return 26.0 + 22 * len(rows), marks

    return both(draw, map_title(desk.words, journey, tried, locales))


def _failure_table(failing: Sequence[Failure]) -> Table:
    columns = (
        Column("action"), Column("channel"), Column("locale"), Column("line", "count"), Column("field"),
        Column("code"), Column("detail"), Column("samples", "count"),
    )  # fmt: skip
    rows = [
        (one.trial.action, one.trial.key, one.trial.locale, one.line, one.trial.field, one.trial.problem,
         one.trial.detail, one.samples)
        for one in failing
    ]  # fmt: skip
    return Table(name="failures", columns=columns, rows=rows)


def _text_table(shown: Sequence[Trial]) -> Table:
    columns = (Column("action"), Column("channel"), Column("locale"), Column("title"), Column("body"))
    rows = []
    for one in shown:
        texts = one.rendered.texts
        rows.append((one.action, one.key, one.locale, texts["title"], texts["body"]))
    return Table(name="texts", columns=columns, rows=rows)
