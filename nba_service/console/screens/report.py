"""Report.

What did a training find? From the manifest of a bundle: values, promises, the gate, and every figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models.drawing.intervals import Value, intervals
from models.registry import Registry
from nba_service.console.desk import Desk
from nba_service.console.facts.bundle_facts import BundleFacts, bundle_facts, policy_values
from nba_service.console.page import Cell, Column, Page, Table
from nba_service.console.screens.models import draw_promises, promises_title
from nba_service.console.wording import Words
from nba_service.errors import Problem
from nba_service.http.current import current
from nba_service.settings import Settings


def show(desk: Desk) -> Page:
    """The report of the bundle of the address; the champion's, else the newest's, without one."""
    bundles = bundle_facts(Registry(current(Settings).registry))
    wanted, t = desk.args.get("bundle"), desk.words
    champion = next((one for one in bundles if one.role == "champion"), next(iter(bundles), None))
    one = next((bundle for bundle in bundles if bundle.bundle == wanted), None) if wanted else champion
    if wanted and one is None:
        raise Problem("BUNDLE_UNKNOWN", f"Expected a bundle of the registry, got {wanted[:80]!r}.")
    if one is None:
        return Page(template="report_empty", finding=t("report.finding.none"), lede=t("models.lede.none"))
    values = policy_values(one.metrics)
    return Page(
        template="report",
        finding=finding(t, one),
        lede=lede(t, one),
        values={
            "bundle": one,
            "gains": draw_values(t, values),
            "gains_title": t("report.values.title" if values else "report.values.none"),
            "promises": draw_promises(t, one.promises) if one.promises else "",
            "promises_title": promises_title(t, one.promises),
        },
        tables=(_check_table(one), _value_table(values), _effect_table(one), _all_table(one)),
        age=t("measured", at=t.time(desk.now)),
    )


def finding(t: Words, one: BundleFacts) -> str:
    """What the choices of a bundle gain over doing nothing, if the log could tell."""
    if one.gain is None:
        return t("report.finding.unknown", bundle=one.short)
    case = "up" if one.gain.proved else "down" if one.gain.high < 0 else "open"
    return t(f"report.finding.{case}", bundle=one.short, eur=t.money(abs(one.gain.value)))


def lede(t: Words, one: BundleFacts) -> str:
    """From when it learned, and how many checks of the gate it passes."""
    passed = t("start.model.checks", n=len(one.checks) - len(one.failed), all=len(one.checks))
    if one.learned_from is None or one.learned_until is None:
        return passed
    start, end = (t.day(at, year=True) for at in (one.learned_from, one.learned_until))
    return f"{t('models.learned')} {t('models.from_to', start=start, end=end)}. {passed}"


def draw_values(t: Words, values: Mapping[str, Mapping[str, float]]) -> str:
    """EUR a decision that its choices gain over other policies, on later decisions."""
    rows = [
        Value(
            label=t.or_name("policies", name), value=one["value"], low=one["low"], high=one["high"],
            proved=one["low"] > 0 or one["high"] < 0,
        )
        for name, one in values.items()
    ]  # fmt: skip
    return intervals(rows, t("report.values.title"), wide=1000, names=300) if rows else ""


def _check_table(one: BundleFacts) -> Table:
    columns = (
        Column("check"), Column("passed"), Column("value", "ratio"), Column("bound", "ratio"),
        Column("sentence"),
    )  # fmt: skip
    rows = [(check.name, check.passed, check.value, check.bound, check.sentence) for check in one.checks]
    return Table(name="gate", columns=columns, rows=rows)


def _value_table(values: Mapping[str, Mapping[str, float]]) -> Table:
    columns = (
        Column("against"),
        Column("difference_eur", "money"),
        Column("low", "money"),
        Column("high", "money"),
    )
    return Table(
        name="values",
        columns=columns,
        rows=[(name, v["value"], v["low"], v["high"]) for name, v in values.items()],
    )


def _effect_table(one: BundleFacts) -> Table:
    names = sorted({name for row in one.effects for name in row})
    columns = tuple(Column(name) for name in names)
    return Table(
        name="effects_all",
        columns=columns,
        rows=[tuple(_cell(row.get(name)) for name in names) for row in one.effects],
    )


def _all_table(one: BundleFacts) -> Table:
    """Every figure of the manifest by its path."""
    rows = [(path, _cell(value)) for path, value in _leaves(one.metrics, "")]
    return Table(name="metrics", columns=(Column("what"), Column("value")), rows=rows)


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Values with their dotted paths; lists are left to the figures that draw them."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _leaves(value, f"{path}.{name}" if path else str(name))
    elif not isinstance(tree, list):
        yield path, tree


def _cell(value: Any) -> Cell:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return value if isinstance(value, str | int | bool) or value is None else str(value)
