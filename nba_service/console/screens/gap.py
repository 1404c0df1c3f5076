"""Gap and touchpoints.

Are we where they are, and does it matter? The matrix, three lists, and what leads into a phase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.drawing.intervals import Value, intervals
from nba_service.console.desk import Desk
from nba_service.console.measured import Answer, age, ask, periods
from nba_service.console.page import Column, Page, Table
from nba_service.console.wording import Words

STEPS: Final = (0.05, 0.12, 0.25, 0.4, 0.6)
LISTS: Final = ("missing", "idle", "unmoved")
MOST_LISTED: Final = 5
MOST_TOUCHPOINTS: Final = 14
OWNERSHIPS: Final = ("owned", "paid", "earned")
Json = Mapping[str, Any]


def show(desk: Desk) -> Page:
    """The matrix of phases and touchpoints; the lists that its numbers lead to; attribution."""
    t, answer = desk.words, ask(desk, "gap")
    if answer is None or not answer.get("rows"):
        return Page(
            template="measure_empty",
            finding=t("gap.finding.empty"),
            lede=t("measure.lede"),
            periods=periods(desk),
        )
    touchpoints = ask(desk, "touchpoints")
    aged, stale = age(t, answer, desk.now)
    rows: Sequence[Json] = () if touchpoints is None else touchpoints["touchpoints"]
    values: dict[str, object] = {
        "phases": answer["phases"],
        "groups": grouped(t, answer["rows"]),
        "matrix_title": matrix_title(t, answer),
        "lists": [(name, list_title(t, name, answer[name]), listed(t, desk, answer[name])) for name in LISTS],
        "touchpoints": draw_touchpoints(t, rows) if rows else "",
        "touchpoints_title": touchpoints_title(t, desk, touchpoints),
        "refused": "" if touchpoints is None else touchpoints.get("refused") or "",
    }
    return Page(
        template="gap",
        finding=finding(t, desk, answer),
        lede=t("gap.lede"),
        values=values,
        tables=(_matrix_table(answer), _list_table(answer), _touchpoint_table(rows)),
        age=aged,
        stale=stale,
        periods=periods(desk),
    )


def step(share: float | None) -> int:
    """How dark a half-cell is: 0 to 5."""
    return 0 if share is None else sum(share >= bound for bound in STEPS)


def finding(t: Words, desk: Desk, answer: Answer) -> str:
    """The gap that is worth most: where they are and we are not, or where we act and nothing moves."""
    missing, unmoved = answer["missing"], answer["unmoved"]
    if missing:
        first = missing[0]
        names = {"touchpoint": first["label"], "phase": desk.phase(first["phase"])}
        return t("gap.finding.missing", share=t.percent(first["theirs"] or 0, 0), **names)
    if unmoved:
        first = unmoved[0]
        names = {"touchpoint": first["label"], "phase": desk.phase(first["phase"])}
        return t("gap.finding.unmoved", n=t.number(first["contacts"] or 0), **names)
    return t("gap.finding.none")


def matrix_title(t: Words, answer: Answer) -> str:
    """In how many cells it is proved that something moves."""
    effects = [cell["effect"] for row in answer["rows"] for cell in row["cells"] if cell["effect"]]
    proved = sum(one["proved"] in ("up", "down") for one in effects)
    return t("gap.matrix.title", n=t.number(proved), all=t.number(len(effects)))


def grouped(t: Words, rows: Sequence[Json]) -> list[tuple[str, list[tuple[str, list[dict[str, Any]]]]]]:
    """Rows by ownership, each cell ready to print."""
    found = []
    for ownership in OWNERSHIPS:
        own = [row for row in rows if row["ownership"] == ownership]
        if own:
            cells = [(row["label"], [cell_of(t, cell) for cell in row["cells"]]) for row in own]
            lines = [line for line in cells if not all(cell["empty"] for cell in line[1])]
            found.append((t(f"gap.ownership.{ownership}"), lines))
    return found


def cell_of(t: Words, cell: Json) -> dict[str, Any]:
    """A half-cell each for them and us, and the mark of the effect between."""
    theirs, ours = cell["theirs"], cell["ours"]
    effect = None if cell["effect"] is None else str(cell["effect"]["proved"])
    return {
        "hidden": cell["hidden"],
        "empty": not cell["hidden"] and round(100 * (theirs or 0)) == round(100 * (ours or 0)) == 0,
        "theirs": "··" if theirs is None else t.number(100 * theirs),
        "ours": "··" if ours is None else t.number(100 * ours),
        "their_step": step(theirs),
        "our_step": step(ours),
        "effect": effect,
        "says": "" if effect is None else t(f"gap.effect.{effect}"),
        "number": cell["list"],
    }


def list_title(t: Words, name: str, rows: Sequence[Json]) -> str:
    return t(f"gap.lists.{name}", n=t.number(len(rows)))


def listed(t: Words, desk: Desk, rows: Sequence[Json]) -> list[tuple[int, str, str, str, str]]:
    """Number, what, how it stands, customers, EUR a month; at most five."""
    found = []
    for one in rows[:MOST_LISTED]:
        what = t("gap.where", touchpoint=one["label"], phase=desk.phase(one["phase"]))
        stands = t("gap.stands", theirs=_share(t, one["theirs"]), ours=_share(t, one["ours"]))
        people = "··" if one["customers"] is None else t.number(one["customers"])
        euros = "–" if one["eur_month"] is None else t.money(one["eur_month"]["value"], 0, sign=True)
        found.append((one["number"], what, stands, t("gap.people", n=people), euros))
    return found


def _share(t: Words, share: float | None) -> str:
    return "··" if share is None else t.percent(share, 0)


def touchpoints_title(t: Words, desk: Desk, answer: Answer | None) -> str:
    if answer is None or not answer["touchpoints"]:
        return t("gap.touchpoints.none")
    ranked = _ranked(answer["touchpoints"])
    if not ranked:
        return t("gap.touchpoints.none")
    phase = desk.phase(str(answer["target"]))
    return t("gap.touchpoints.most", touchpoint=ranked[0]["label"], phase=phase)


def _ranked(rows: Sequence[Json]) -> list[Json]:
    known = [row for row in rows if row["removal"] is not None]
    return sorted(known, key=lambda row: -float(row["removal"]["value"]))


def draw_touchpoints(t: Words, rows: Sequence[Json]) -> str:
    """What would be missing without each touchpoint, with its interval, in per cent."""
    values = [
        Value(
            label=row["label"] if len(row["label"]) <= 36 else row["label"][:35] + "…",
            value=100 * row["removal"]["value"],
            low=100 * row["removal"]["low"],
            high=100 * row["removal"]["high"],
            proved=row["removal"]["low"] > 0,
            title=t("gap.removal", touchpoint=row["label"], share=t.percent(row["removal"]["value"])),
            cls="a" if row["ownership"] == "owned" else "t",
        )
        for row in _ranked(rows)[:MOST_TOUCHPOINTS]
    ]
    return intervals(values, t("gap.touchpoints.label"), wide=1000, names=280) if values else ""


def _matrix_table(answer: Answer) -> Table:
    columns = (
        Column("touchpoint"), Column("ownership"), Column("phase"), Column("theirs", "percent"),
        Column("our_share", "percent"), Column("customers", "count"), Column("contacts", "count"),
        Column("effect", "number"), Column("proved"),
    )  # fmt: skip
    rows = []
    for row in answer["rows"]:
        for cell in row["cells"]:
            effect = cell["effect"] or {"value": None, "proved": ""}
            shares = cell["theirs"], cell["ours"], cell["customers"], cell["contacts"]
            where = row["touchpoint"], row["ownership"], cell["phase"]
            rows.append((*where, *shares, effect["value"], str(effect["proved"])))
    return Table(name="gap", columns=columns, rows=rows)


def _list_table(answer: Answer) -> Table:
    columns = (
        Column("list"), Column("touchpoint"), Column("phase"), Column("customers", "count"),
        Column("eur_month", "money"),
    )  # fmt: skip
    rows = [
        (name, one["touchpoint"], one["phase"], one["customers"], (one["eur_month"] or {}).get("value"))
        for name in LISTS
        for one in answer[name]
    ]
    return Table(name="gaps", columns=columns, rows=rows)


def _touchpoint_table(rows: Sequence[Json]) -> Table:
    columns = (
        Column("touchpoint"), Column("ownership"), Column("customers", "count"), Column("removal", "percent"),
        Column("shapley", "percent"), Column("first", "percent"), Column("last", "percent"),
        Column("linear", "percent"),
    )  # fmt: skip
    found = []
    for row in rows:
        removal = None if row["removal"] is None else row["removal"]["value"]
        shares = [row[name] for name in ("shapley", "first", "last", "linear")]
        found.append((row["label"], row["ownership"], row["customers"], removal, *shares))
    return Table(name="touchpoints", columns=columns, rows=found)
