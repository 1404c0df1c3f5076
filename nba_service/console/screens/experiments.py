"""Experiments.

Is it worth it? What each arm earned, the differences day by day, and whether there is enough to tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.drawing.intervals import Value, intervals
from models.drawing.time_charts import Day, Draw, Mark, estimate_over_days, fair_draw
from nba_service.console.desk import Desk
from nba_service.console.driver_figures import driver_table, driver_tree
from nba_service.console.facts.change_marks import marked_changes, marks_on
from nba_service.console.measured import Answer, age, ask, periods
from nba_service.console.page import Column, Page, Table
from nba_service.console.trial_figures import (
    TrialSentence,
    challenger_sentence,
    draw_estimate,
    shadow_sentence,
    too_few,
    trial_table,
)
from nba_service.console.wording import Words

Json = Mapping[str, Any]


def show(desk: Desk) -> Page:
    """The arms by what they earned per customer, and the first comparison over time."""
    t, answer = desk.words, ask(desk, "lift")
    if answer is None:
        return Page(
            template="measure_empty",
            finding=t("experiments.finding.empty"),
            lede=t("measure.lede"),
            periods=periods(desk),
        )
    comparisons: Sequence[Json] = answer["comparisons"]
    chosen = _chosen(desk, comparisons)
    aged, stale = age(t, answer, desk.now)
    series = () if chosen is None else chosen["series"]
    days = [str(one["day"]) for one in series]
    shown = marks_on(t, days, marked_changes(desk.now), answer["outages"])
    driven = ask(desk, "drivers")
    against = None if chosen is None else str(chosen["against"])
    trials, shadow = trials_of(t, answer), answer["shadow"]
    return Page(
        template="experiments",
        finding=finding(t, comparisons),
        lede=lede(t, answer),
        values={
            "board": draw_board(t, answer["arms"]),
            "board_title": board_title(t, answer["arms"]),
            "comparisons": [(one, *comparison_row(t, one)) for one in comparisons],
            "chosen": chosen,
            "series": draw_series(t, series, shown) if series else "",
            "series_title": series_title(t, chosen),
            "marks": [(mark.letter, mark.title) for mark in shown],
            "draw": draw_fair(t, answer["draw"]) if answer["draw"]["customers"] else "",
            "draw_title": draw_title(t, answer["draw"]),
            "draw_data": answer["draw"],
            "young": answer["young"],
            "without_arm": answer["without_arm"],
            "drivers": driver_tree(t, driven, against, arm_name(t, against or "")),
            "trials": trials,
            "trials_title": trials[0][1].finding if trials else t("trials.none"),
            "shadow": ""
            if shadow is None
            else draw_estimate(
                t, shadow["estimate"], (t("trials.done"), t("trials.would")), t("trials.shadow.label")
            ),
        },
        tables=(
            _arm_table(answer),
            _comparison_table(comparisons),
            _series_table(series),
            driver_table(driven),
            trial_table(answer),
        ),
        age=aged,
        stale=stale,
        periods=periods(desk),
    )


def trials_of(t: Words, answer: Answer) -> list[tuple[str, TrialSentence]]:
    """Challenger and shadow, as far as there are any, each with what is known."""
    found = []
    if answer["challenger"] is not None:
        found.append(("challenger", challenger_sentence(t, answer["challenger"])))
    if answer["shadow"] is not None:
        found.append(("shadow", shadow_sentence(t, answer["shadow"])))
    return found


def _chosen(desk: Desk, comparisons: Sequence[Json]) -> Json | None:
    """The comparison of the address, else the first that has an answer."""
    wanted = desk.args.get("against")
    named = next((one for one in comparisons if one["against"] == wanted), None)
    return (
        named
        or next((one for one in comparisons if one["difference"]), None)
        or next(iter(comparisons), None)
    )


def case_of(comparison: Json) -> str:
    """``up``, ``down``, ``open`` or ``young``: how a difference stands."""
    difference = comparison["difference"]
    if difference is None:
        return "young"
    return {"up": "up", "down": "down"}.get(str(difference["proved"]), "open")


def finding(t: Words, comparisons: Sequence[Json]) -> str:
    """What our choices earn more than the control arms; where one is proved it comes first."""
    if not comparisons:
        return t("experiments.finding.alone")
    order = {"up": 0, "down": 1, "open": 2, "young": 3}
    ranked = sorted(comparisons, key=lambda one: order[case_of(one)])
    first = ranked[0]
    sentence = t(
        f"experiments.finding.{case_of(first)}",
        eur="" if first["difference"] is None else t.money(abs(first["difference"]["value"])),
        against=arm_name(t, first["against"]),
    )
    others = [one for one in ranked[1:] if case_of(one) != case_of(first)]
    if not others:
        return sentence
    but = t(f"experiments.but.{case_of(others[0])}", against=arm_name(t, others[0]["against"]))
    return f"{sentence}; {but}"


def arm_name(t: Words, arm: str) -> str:
    """What people call an arm; decisions of before there were arms have none."""
    return t.or_name("arms", arm or "none")


def lede(t: Words, answer: Answer) -> str:
    totals = [one["total_eur"] for one in answer["comparisons"] if one["total_eur"] is not None]
    seen = sum(one["customers"] or 0 for one in answer["arms"])
    said = t("experiments.lede.seen", n=t.number(seen))
    if not totals:
        return said
    return f"{said} {t('experiments.lede.total', eur=t.money(totals[0], 0))}"


def board_title(t: Words, arms: Sequence[Json]) -> str:
    known = [one for one in arms if one["per_customer"]]
    if not known:
        return t("experiments.board.none")
    best = max(known, key=lambda one: float(one["per_customer"]["value"]))
    return t(
        "experiments.board.best", arm=arm_name(t, best["arm"]), eur=t.money(best["per_customer"]["value"])
    )


def draw_board(t: Words, arms: Sequence[Json]) -> str:
    """One row an arm: what it earned per customer."""
    values = []
    for one in arms:
        number = "··" if one["hidden"] else t.number(one["customers"])
        label = t("experiments.arm", arm=arm_name(t, one["arm"]), n=number)
        interval = one["per_customer"]
        if interval is None:
            note = t("hidden_cell") if one["hidden"] else t("too_few")
            values.append(Value(label=label, value=None, note=note))
            continue
        values.append(
            Value(
                label=label, value=interval["value"], low=interval["low"], high=interval["high"], proved=True,
                cls="a" if one["policy"] == "default" else "t", strong=one["policy"] == "default",
                title=t("experiments.per_customer", eur=t.money(interval["value"])),
            )
        )  # fmt: skip
    return intervals(values, board_title(t, arms), wide=1000, names=300)


def comparison_row(t: Words, one: Json) -> tuple[str, str, str]:
    """Name, difference and verdict of a comparison."""
    name = t("experiments.against", arm=arm_name(t, one["arm"]), against=arm_name(t, one["against"]))
    difference = one["difference"]
    if difference is None:
        return name, "–", too_few(t, one)
    shown = t.money(difference["value"], sign=True)
    between = t("truth_between", low=t.number(difference["low"], 2), high=t.number(difference["high"], 2))
    verdict = t({"up": "proved", "down": "proved"}.get(str(difference["proved"]), "not_proved"))
    enough = t("experiments.enough") if one["enough"] else _needed(t, one)
    return name, shown, f"{verdict}. {between} {enough}".strip()


def _needed(t: Words, one: Json) -> str:
    if one["needed"] is None:
        return ""
    return t("experiments.needed", seen=t.number(one["seen"]), needed=t.number(one["needed"]))


def series_title(t: Words, chosen: Json | None) -> str:
    if chosen is None or not chosen["series"]:
        return t("experiments.series.none")
    since = proved_since(chosen["series"])
    against = arm_name(t, chosen["against"])
    if since is None:
        return t("experiments.series.open", against=against)
    return t("experiments.series.since", against=against, day=t.day(datetime.fromisoformat(since)))


def proved_since(series: Sequence[Json]) -> str | None:
    """The day from which on zero lay outside the band for good."""
    since = None
    for one in series:
        outside = one["low"] > 0 or one["high"] < 0
        since = (since or str(one["day"])) if outside else None
    return since


def draw_series(t: Words, series: Sequence[Json], marks: Sequence[Mark]) -> str:
    days = [
        Day(
            label=t.day(datetime.fromisoformat(str(one["day"]))),
            value=one["difference"],
            low=one["low"],
            high=one["high"],
            single=one.get("single"),
            still_open=bool(one["open"]),
        )
        for one in series
    ]
    return estimate_over_days(
        days, marks, t("experiments.series.label"), t.number(days[-1].value, 2, sign=True)
    )


def draw_title(t: Words, draw: Json) -> str:
    if not draw["customers"]:
        return t("experiments.draw.none")
    return t("experiments.draw.fair" if draw["fair"] else "experiments.draw.unfair")


def draw_fair(t: Words, draw: Json) -> str:
    shares = [
        Draw(
            label=arm_name(t, one["arm"]), designed=one["designed"], seen=one["seen"],
            low=one["low"], high=one["high"],
            shown=t.percent(one["seen"]),
        )
        for one in draw["shares"]
    ]  # fmt: skip
    return fair_draw(shares, draw_title(t, draw))


def _arm_table(answer: Answer) -> Table:
    columns = (
        Column("arm"), Column("customers", "count"), Column("decisions", "count"),
        Column("contacts", "count"), Column("responses", "count"), Column("value_eur", "money"),
        Column("cost_eur", "money"), Column("per_customer_eur", "money"), Column("low", "money"),
        Column("high", "money"),
    )  # fmt: skip
    rows = []
    for one in answer["arms"]:
        interval = one["per_customer"] or {"value": None, "low": None, "high": None}
        counted = [
            one[name] for name in ("customers", "decisions", "contacts", "responses", "value_eur", "cost_eur")
        ]
        rows.append((one["arm"], *counted, interval["value"], interval["low"], interval["high"]))
    return Table(name="arms", columns=columns, rows=rows)


def _comparison_table(comparisons: Sequence[Json]) -> Table:
    columns = (
        Column("arm"), Column("against"), Column("difference_eur", "money"), Column("low", "money"),
        Column("high", "money"), Column("seen", "count"), Column("needed", "count"), Column("refused"),
    )  # fmt: skip
    rows = []
    for one in comparisons:
        interval = one["difference"] or {"value": None, "low": None, "high": None}
        ends = (interval["value"], interval["low"], interval["high"])
        rows.append((one["arm"], one["against"], *ends, one["seen"], one["needed"], one.get("refused") or ""))
    return Table(name="comparisons", columns=columns, rows=rows)


def _series_table(series: Sequence[Json]) -> Table:
    columns = (
        Column("day"), Column("difference_eur", "money"), Column("low", "money"), Column("high", "money"),
        Column("open"),
    )  # fmt: skip
    rows = [
        (str(one["day"]), one["difference"], one["low"], one["high"], bool(one["open"])) for one in series
    ]
    return Table(name="series", columns=columns, rows=rows)
