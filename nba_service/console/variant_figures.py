"""Variants of an action's texts in words.

How often each is shown, and which is responded to more often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.domain.journey import Journey
from nba_service.console.desk import Desk
from nba_service.console.measured import ask
from nba_service.console.page import Column, Table
from nba_service.console.wording import Words

Json = Mapping[str, Any]


def variants_of(desk: Desk, journey: Journey, action: str) -> list[Json]:
    """What came of each variant of an action's texts; none: it has no variants."""
    index = journey.action_index.get(action)
    if index is None or not journey.actions[index].variants:
        return []
    answer = ask(desk, "variants")
    return [] if answer is None else [one for one in answer["variants"] if one["action"] == action]


def variants_title(t: Words, texts: Sequence[Json]) -> str:
    """Which text is proved to be responded to more often than the others."""
    best = [one for one in texts if (one["over_others"] or {}).get("proved") == "up"]
    names = list(dict.fromkeys(one["variant"] for one in best))
    return t("actions.variants.best", variant=", ".join(names)) if names else t("actions.variants.open")


def variant(desk: Desk, one: Json) -> tuple[str, str, str, str, str]:
    """A text ready to print: name, channel, how often it is shown, response rate, difference."""
    t, rate, over = desk.words, one["rate"], one["over_others"]
    share = "–" if one["share"] is None else t.percent(one["share"])
    number = "··" if one["decisions"] is None else t.number(one["decisions"])
    shown = t("actions.variants.shown", n=number, share=share)
    if over is None:
        said = t("hidden_cell") if one["hidden"] else t("actions.too_few")
    else:
        said = t(
            "actions.variants.over",
            points=t.number(100 * over["value"], 1, sign=True),
            low=t.number(100 * over["low"], 1, sign=True),
            high=t.number(100 * over["high"], 1, sign=True),
        )
        said = f"{said}, {t('proved' if over['proved'] != 'no' else 'not_proved')}"
    responded = "–" if rate is None else t.percent(rate["value"])
    return one["variant"], desk.channel(one["channel"]), shown, responded, said


def variant_table(texts: Sequence[Json]) -> Table:
    """The same in numbers."""
    columns = (
        Column("action"), Column("channel"), Column("variant"), Column("decisions", "count"),
        Column("contacts", "count"), Column("responses", "count"),
    )  # fmt: skip
    listed = [
        (one["action"], one["channel"], one["variant"], one["decisions"], one["delivered"], one["responses"])
        for one in texts
    ]
    return Table(name="variants", columns=columns, rows=listed)
