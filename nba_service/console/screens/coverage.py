"""Coverage.

Who gets nothing, and which rule does it?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.drawing.bars import Bar, zero_bars
from models.drawing.tree import Twig, tree
from nba_service.console.desk import Desk
from nba_service.console.measured import Answer, age, ask, periods
from nba_service.console.page import Column, Page, Table
from nba_service.console.rule_words import rule_in_words
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
            "asked": answer["customers"] != 0,
            "funnel": draw_funnel(t, answer["funnel"]),
            "funnel_title": funnel_title(t, answer["funnel"]),
            "rules": [rule_row(t, rule) for rule in answer["rules"]],
            "worked_out": answer["worked_out"],
            "tree": draw_tree(desk, answer["leaves"]) if len(answer["leaves"]) > 1 else "",
            "tree_title": tree_title(desk, answer["leaves"]),
            "leaves": [leaf_row(desk, leaf) for leaf in answer["leaves"]],
            "unknown": answer["unknown"],
            "rule": rule_in_words(desk, desk.args.get("rule")),
            "policies": [] if desk.journey is None else [one.code for one in desk.journey.policies],
            "rules_title": rules_title(t, answer["rules"]),
            "phases": draw_phases(t, answer["phases"]),
            "phases_title": phases_title(t, answer["phases"]),
        },
        tables=(_funnel_table(answer), _rule_table(answer), _phase_table(answer), _leaf_table(desk, answer)),
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
    if answer["customers"] == 0:
        return t("coverage.finding.unasked")
    if nothing["customers"] is None:
        return t("coverage.finding.hidden")
    if not nothing["customers"]:
        return t("coverage.finding.none", all=_shown(t, answer["customers"]))
    sentence = t("coverage.finding.some", n=t.number(nothing["customers"]), share=t.percent(nothing["share"]))
    first = next(iter(answer["rules"]), None)
    if first is None or 2 * _gained(first) <= nothing["customers"]:
        return sentence
    return t("coverage.finding.one_rule", what=sentence, rule=t.or_name("codes", first["code"]))


def lede(t: Words, answer: Answer) -> str:
    """Those who are left in peace are others: for them something was allowed and nothing was better."""
    if answer["customers"] == 0:
        return t("coverage.unasked")
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
    first = max(rules, key=_gained, default=None)
    if first is None or not _gained(first):
        return t("coverage.rules.none")
    return t("coverage.rules.some", rule=t.or_name("codes", first["code"]), n=t.number(_gained(first)))


def _gained(rule: Json) -> float:
    """Customers who would get something without the rule: worked out, else those whom it alone holds back."""
    return _people(rule["alone"] if rule["gained"] is None else rule["gained"])


def rule_row(t: Words, rule: Json) -> dict[str, str | bool]:
    """One rule: what it says, whom it holds back, and who would get something without it."""
    return {
        "name": rule["message"] or t.or_name("codes", rule["code"]),
        "code": rule["code"],
        "alone": _shown(t, rule["alone"]),
        "others": _shown(t, rule["with_others"]),
        "gained": "–" if rule["gained"] is None else t.number(rule["gained"]),
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


def tree_title(desk: Desk, leaves: Sequence[Json]) -> str:
    """Those of whom most get nothing, in words."""
    t = desk.words
    worst = max(
        (leaf for leaf in leaves if leaf["share"] is not None),
        key=lambda leaf: float(leaf["share"]),
        default=None,
    )
    if len(leaves) < 2 or worst is None:
        return t("coverage.tree.none")
    who = t.listed([condition(desk, one) for one in worst["conditions"]])
    return t("coverage.tree.worst", share=t.percent(worst["share"], 0), who=who)


def condition(desk: Desk, one: Json) -> str:
    """A condition in words: of phase, consent or attribute, on the side where it holds or does not."""
    t, field = desk.words, str(one["field"])
    kind, _, name = field.partition(".")
    side = "yes" if one["holds"] else "no"
    if kind == "consent":
        agreed = one["holds"] != (one["value"] is False)
        case = "known" if one["kind"] == "known" else "given"
        return t(
            f"coverage.tree.consent_{case}.{side if case == 'known' else 'yes' if agreed else 'no'}",
            name=name,
        )
    label = desk.attribute(name) if kind == "attributes" else t.or_name("coverage.field", kind)
    value = one["value"]
    if isinstance(value, bool):
        shown = t("yes" if value else "no")
    elif isinstance(value, int | float):
        shown = t.number(value, 0 if float(value).is_integer() else 2)
    else:
        shown = desk.phase(str(value)) if kind == "phase" else str(value)
    return t(f"coverage.tree.{one['kind']}.{side}", field=label, value=shown)


def draw_tree(desk: Desk, leaves: Sequence[Json]) -> str:
    """The leaves, those to act on in amber: where at least half get nothing."""
    whole = sum(_people(leaf["nothing"]) for leaf in leaves) or 1.0
    twigs = [
        Twig(
            conditions=tuple(condition(desk, one) for one in leaf["conditions"]),
            share=float(leaf["share"] or 0.0),
            weight=_people(leaf["nothing"]) / whole,
            shown=_of(desk.words, leaf),
            strong=(leaf["share"] or 0.0) >= 0.5,
        )
        for leaf in leaves
    ]
    return tree(twigs, tree_title(desk, leaves))


def _of(t: Words, leaf: Json) -> str:
    return t("coverage.tree.of", n=_shown(t, leaf["nothing"]), all=t.number(leaf["customers"]))


def leaf_row(desk: Desk, leaf: Json) -> tuple[str, str, bool]:
    """A leaf as a line: who they are, how many of them get nothing, and whether to act on it."""
    t = desk.words
    who = t.listed([condition(desk, one) for one in leaf["conditions"]]) or t("coverage.tree.everybody")
    return who, _of(t, leaf), (leaf["share"] or 0.0) >= 0.5


def _leaf_table(desk: Desk, answer: Answer) -> Table:
    columns = (
        Column("who"), Column("customers", "count"), Column("nothing_got", "count"),
        Column("share", "percent"),
    )  # fmt: skip
    rows = [
        (leaf_row(desk, leaf)[0], leaf["customers"], leaf["nothing"], leaf["share"])
        for leaf in answer["leaves"]
    ]
    return Table(name="leaves", columns=columns, rows=rows)


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
        Column("gained", "count"), Column("by_law"),
    )  # fmt: skip
    keys = [column.key for column in columns]
    return Table(
        name="rules", columns=columns, rows=[[rule[key] for key in keys] for rule in answer["rules"]]
    )


def _phase_table(answer: Answer) -> Table:
    columns = (Column("phase"), Column("customers", "count"), Column("nothing_got", "count"))
    rows = [(one["phase"], one["customers"], one["nothing"]) for one in answer["phases"]]
    return Table(name="coverage_phases", columns=columns, rows=rows)
