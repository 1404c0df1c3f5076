"""Coverage.

Who gets nothing, and which rule does it?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.drawing.bars import Bar, zero_bars
from nba_service.console.desk import Desk
from nba_service.console.measured import Answer, age, ask, periods
from nba_service.console.page import Column, Page, Table
from nba_service.console.wording import Words

Json = Mapping[str, Any]


def show(desk: Desk) -> Page:
    """What is left after each question, the rules that stand alone in the way, and in which phases."""
    t, answer = desk.words, ask(desk, "coverage")
    if answer is None:
        said = t("coverage.finding.empty")
        return Page(template="measure_empty", finding=said, lede=t("measure.lede"), periods=periods(desk))
    aged, stale = age(t, answer, desk.now)
    return Page(
        template="coverage",
        finding=finding(t, answer),
        lede=lede(t, answer),
        values={
            "funnel": draw_funnel(t, answer["funnel"]),
            "funnel_title": funnel_title(t, answer["funnel"]),
            "rules": [rule_row(t, rule) for rule in answer["rules"]],
            "rules_title": rules_title(t, answer["rules"]),
            "phases": draw_phases(t, answer["phases"]),
            "phases_title": phases_title(t, answer["phases"]),
        },
        tables=(_funnel_table(answer), _rule_table(answer), _phase_table(answer)),
        age=aged,
        stale=stale,
        periods=periods(desk),
    )


def _people(number: float | None) -> float:
    """A number to draw; a hidden cell is drawn as nothing."""
    return float(number or 0)


def _shown(t: Words, number: float | None) -> str:
    return "··" if number is None else t.number(number)


def finding(t: Words, answer: Answer) -> str:
    """How many get nothing, and whether one rule alone is the cause for most."""
    nothing = answer["nothing"]
    if nothing["customers"] is None:
        return t("coverage.finding.hidden")
    if not nothing["customers"]:
        return t("coverage.finding.none", all=_shown(t, answer["customers"]))
    sentence = t("coverage.finding.some", n=t.number(nothing["customers"]), share=t.percent(nothing["share"]))
    first = next(iter(answer["rules"]), None)
    if first is None or 2 * _people(first["alone"]) <= nothing["customers"]:
        return sentence
    return t("coverage.finding.one_rule", what=sentence, rule=t.or_name("codes", first["code"]))


def lede(t: Words, answer: Answer) -> str:
    """Those who are left in peace are others: for them something was allowed and nothing was better."""
    peace = answer["left_in_peace"]
    return t("coverage.lede", n=_shown(t, peace["customers"]), all=_shown(t, answer["customers"]))


def funnel_title(t: Words, steps: Sequence[Json]) -> str:
    """Where most are lost for want of anything that is allowed."""
    before = [one for one in steps if one["step"] not in ("chosen", "delivered", "response")]
    worst = max(before, key=lambda one: _people(one["lost"]), default=None)
    if worst is None or not worst["lost"]:
        return t("coverage.funnel.all")
    return t("coverage.funnel.at", step=t(f"coverage.step.{worst['step']}"), n=t.number(worst["lost"]))


def draw_funnel(t: Words, steps: Sequence[Json]) -> str:
    """Customers who are left after each question, on one scale."""
    bars = [
        Bar(
            label=t(f"coverage.step.{one['step']}"),
            value=_people(one["customers"]),
            shown=_shown(t, one["customers"]),
            title=", ".join(f"{code}: {_shown(t, number)}" for code, number in one["reasons"].items()),
        )
        for one in steps
    ]
    return zero_bars(bars, funnel_title(t, steps), wide=1000, names=260)


def rules_title(t: Words, rules: Sequence[Json]) -> str:
    alone = [rule for rule in rules if _people(rule["alone"])]
    if not alone:
        return t("coverage.rules.none")
    return t("coverage.rules.some", rule=t.or_name("codes", alone[0]["code"]), n=t.number(alone[0]["alone"]))


def rule_row(t: Words, rule: Json) -> dict[str, str | bool]:
    """One rule: what it says, whom it alone keeps from getting anything, who would gain at most."""
    return {
        "name": rule["message"] or t.or_name("codes", rule["code"]),
        "code": rule["code"],
        "alone": _shown(t, rule["alone"]),
        "others": _shown(t, rule["with_others"]),
        "gained": _shown(t, rule["gained_at_most"]),
        "by_law": bool(rule["by_law"]),
    }


def phases_title(t: Words, phases: Sequence[Json]) -> str:
    known = [one for one in phases if one["customers"] and one["nothing"]]
    if not known:
        return t("coverage.phases.none")
    worst = max(known, key=lambda one: float(one["nothing"]) / float(one["customers"]))
    share = t.percent(worst["nothing"] / worst["customers"])
    return t("coverage.phases.worst", phase=worst["label"], share=share)


def draw_phases(t: Words, phases: Sequence[Json]) -> str:
    """Share of each phase's customers who get nothing."""
    bars = []
    for one in phases:
        customers, nothing = _people(one["customers"]), _people(one["nothing"])
        share = 100 * nothing / customers if customers else 0.0
        shown = "··" if one["nothing"] is None else t.percent(share / 100)
        bars.append(Bar(label=one["label"], value=share, shown=shown, cls="fw" if share else "ft lt"))
    return zero_bars(bars, phases_title(t, phases), wide=440, names=180)


def _funnel_table(answer: Answer) -> Table:
    columns = (Column("step"), Column("customers", "count"), Column("lost", "count"), Column("reasons"))
    rows = []
    for one in answer["funnel"]:
        reasons = ", ".join(f"{code} {number}" for code, number in one["reasons"].items())
        rows.append((one["step"], one["customers"], one["lost"], reasons))
    return Table(name="funnel", columns=columns, rows=rows)


def _rule_table(answer: Answer) -> Table:
    columns = (
        Column("code"), Column("tier"), Column("alone", "count"), Column("with_others", "count"),
        Column("gained_at_most", "count"), Column("by_law"),
    )  # fmt: skip
    keys = [column.key for column in columns]
    return Table(
        name="rules", columns=columns, rows=[[rule[key] for key in keys] for rule in answer["rules"]]
    )


def _phase_table(answer: Answer) -> Table:
    columns = (Column("phase"), Column("customers", "count"), Column("nothing_got", "count"))
    rows = [(one["phase"], one["customers"], one["nothing"]) for one in answer["phases"]]
    return Table(name="coverage_phases", columns=columns, rows=rows)
