"""Apprentice.

Would we have done what you did? What callers decided themselves, next to our choices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.drawing.bars import Bar, zero_bars
from nba_service.console.desk import Desk
from nba_service.console.measured import Answer, age, ask, periods
from nba_service.console.page import Column, Page, Table
from nba_service.console.trial_figures import draw_estimate, refusal
from nba_service.console.wording import Words

MOST_PAIRS: Final = 12
Json = Mapping[str, Any]


def show(desk: Desk) -> Page:
    """How often both chose the same, the pairs, and what ours would have earned."""
    t, answer = desk.words, ask(desk, "apprentice")
    if answer is None or answer["decisions"] == 0:
        return Page(template="apprentice_empty", finding=t("apprentice.finding.empty"), periods=periods(desk))
    aged, stale = age(t, answer, desk.now)
    pairs = [one for one in answer["choices"] if not one["hidden"]]
    sides = (t("apprentice.theirs"), t("apprentice.ours"))
    return Page(
        template="apprentice",
        finding=finding(t, answer),
        lede=lede(t, answer),
        values={
            "pairs": draw_pairs(desk, pairs) if pairs else "",
            "pairs_title": pairs_title(desk, pairs),
            "estimate": draw_estimate(t, answer["estimate"], sides, estimate_title(t, answer)),
            "estimate_title": estimate_title(t, answer),
            "estimate_why": estimate_why(t, answer),
            "facts": facts(t, answer),
        },
        tables=(_choice_table(answer), _earned_table(answer)),
        age=aged,
        stale=stale,
        periods=periods(desk),
    )


def finding(t: Words, answer: Answer) -> str:
    """In how many decisions we would have done the same."""
    if answer["same"] is None:
        return t("apprentice.finding.hidden")
    return t("apprentice.finding.same", share=t.percent(answer["same"]["value"], 0))


def lede(t: Words, answer: Answer) -> str:
    said = t("apprentice.lede", n=_shown(t, answer["decisions"]), customers=_shown(t, answer["customers"]))
    if answer["in_control_arms"]:
        said += " " + t.counted("apprentice.in_control_arms", answer["in_control_arms"])
    return said


def facts(t: Words, answer: Answer) -> list[tuple[str, str, str]]:
    """Name, value and what to know about it."""
    rows = [(t("apprentice.refused_by_us"), _shown(t, answer["refused_by_us"]), "")]
    for one in answer["earned"]:
        worth = None if one["hidden"] or not one["decisions"] else one["value_eur"] / one["decisions"]
        shown = "··" if one["hidden"] else "–" if worth is None else t.money(worth)
        rows.append((t(f"apprentice.worth.{one['which']}"), shown, ""))
    rows.append((t("apprentice.without_probability"), _shown(t, answer["without_probability"]), ""))
    return rows


def estimate_title(t: Words, answer: Answer) -> str:
    """What ours would have earned, if it can be told."""
    estimate = answer["estimate"]
    if estimate is None or estimate["difference"] is None:
        return t("apprentice.estimate.none")
    difference = estimate["difference"]
    case = {"up": "up", "down": "down"}.get(str(difference["proved"]), "open")
    side = t("more" if difference["value"] >= 0 else "less")
    return t(f"apprentice.estimate.{case}", eur=t.money(abs(difference["value"])), side=side)


def estimate_why(t: Words, answer: Answer) -> str:
    """Why it cannot be told, or how sure it is."""
    estimate = answer["estimate"]
    if estimate is None:
        return t("apprentice.finding.hidden")
    if estimate["refused"] is not None:
        return refusal(t, estimate["refused"])
    low, high = estimate["difference"]["low"], estimate["difference"]["high"]
    return t("truth_between", low=t.number(low, 2), high=t.number(high, 2))


def pairs_title(desk: Desk, pairs: Sequence[Json]) -> str:
    """Where the two differ most often."""
    t = desk.words
    other = [one for one in pairs if _taken(one) != _ours(one)]
    if not other:
        return t("apprentice.pairs.same" if pairs else "apprentice.pairs.none")
    first = other[0]
    return t("apprentice.pairs.other", taken=_named(desk, _taken(first)), ours=_named(desk, _ours(first)))


def draw_pairs(desk: Desk, pairs: Sequence[Json]) -> str:
    """The most frequent pairs: petrol where both chose the same."""
    t = desk.words
    bars = [
        Bar(
            label=t("apprentice.pair", taken=_named(desk, _taken(one)), ours=_named(desk, _ours(one))),
            value=float(one["decisions"]),
            shown=t.number(one["decisions"]),
            cls="fa md" if _taken(one) == _ours(one) else "ft md",
        )
        for one in pairs[:MOST_PAIRS]
    ]
    return zero_bars(bars, pairs_title(desk, pairs), wide=1000, names=520)


def _taken(one: Json) -> tuple[str, str | None]:
    return one["action"], one["channel"]


def _ours(one: Json) -> tuple[str, str | None]:
    return one["our_action"], one["our_channel"]


def _named(desk: Desk, treatment: tuple[str, str | None]) -> str:
    action, channel = treatment
    return desk.action(action) if channel is None else f"{desk.action(action)}, {desk.channel(channel)}"


def _shown(t: Words, number: float | None) -> str:
    return "··" if number is None else t.number(number)


def _choice_table(answer: Answer) -> Table:
    columns = (
        Column("action"), Column("channel"), Column("our_action"), Column("our_channel"),
        Column("customers", "count"), Column("decisions", "count"), Column("responses", "count"),
        Column("value_eur", "money"),
    )  # fmt: skip
    keys = [column.key for column in columns]
    return Table(
        name="choices", columns=columns, rows=[[one[key] for key in keys] for one in answer["choices"]]
    )


def _earned_table(answer: Answer) -> Table:
    columns = (
        Column("which"), Column("customers", "count"), Column("decisions", "count"),
        Column("responses", "count"), Column("value_eur", "money"), Column("cost_eur", "money"),
    )  # fmt: skip
    keys = [column.key for column in columns]
    return Table(
        name="earned", columns=columns, rows=[[one[key] for key in keys] for one in answer["earned"]]
    )
