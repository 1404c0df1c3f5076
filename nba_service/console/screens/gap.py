"""Gap and touchpoints.

Are we where they are, and does it matter? The matrix, three lists, and what leads into a phase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.drawing.credits import Credited, draw_credits
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
        "column": column_of(desk, answer["phases"]),
        "weak": [weak_row(t, row) for row in rows if row["weak"]],
        "weak_title": weak_title(t, rows),
        "value_title": value_title(t, touchpoints),
        "value": draw_value(t, rows),
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


def column_of(desk: Desk, phases: Sequence[Json]) -> int:
    """Which phase a narrow page shows: that of the address, else the one with most customers."""
    names = [phase["phase"] for phase in phases]
    if desk.args.get("column") in names:
        return names.index(desk.args["column"])
    sizes = [float(phase["customers"] or 0) for phase in phases]
    return sizes.index(max(sizes)) if sizes else 0


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
        found.append(
            (one["number"], what, f"{stands}{_basis(t, one)}", t("gap.people", n=people), _euros(t, one))
        )
    return found


def _euros(t: Words, one: Json) -> str:
    return "–" if one["eur_month"] is None else t.money(one["eur_month"]["value"], 0, sign=True)


def _basis(t: Words, one: Json) -> str:
    """What the EUR of a gap suppose, with their interval."""
    if one["eur_month"] is None or one["basis"] == "cost":
        return ""
    low, high = (t.number(one["eur_month"][end], 0) for end in ("low", "high"))
    return f"; {t('gap.basis', low=low, high=high)}"


def weak_title(t: Words, rows: Sequence[Json]) -> str:
    """The touchpoint to look at first."""
    weak = [row for row in rows if row["weak"]]
    if not weak:
        return t("gap.weak.none")
    order = ("turns_away", "drops_off", "no_effect")
    first = min(weak, key=lambda row: (order.index(row["weak"]), -float(row["use"] or 0)))
    return t(f"gap.weak.{first['weak']}", touchpoint=first["label"])


def weak_row(t: Words, row: Json) -> tuple[str, str, str]:
    """Touchpoint, what is wrong with it, and how many meet it."""
    drop = row["drop_off"]
    numbers = {
        "odds": "–" if row["effect"] is None else t.number(row["effect"]["value"], 2),
        "drop": "–" if drop is None else t.percent(drop["value"], 0),
        "usual": "–" if row["drop_off_usual"] is None else t.percent(row["drop_off_usual"], 0),
    }
    return row["label"], t(f"gap.weak.why.{row['weak']}", **numbers), t.percent(row["use"] or 0.0, 0)


def value_title(t: Words, answer: Answer | None) -> str:
    """Which touchpoint most EUR are credited to."""
    rows = [] if answer is None else [row for row in answer["touchpoints"] if row["value"]]
    if answer is None or not rows:
        return t("gap.value.none")
    first = max(rows, key=lambda row: float(row["value"]["removal"]["value"]))
    share = t.percent(first["value"]["removal"]["value"], 0)
    return t("gap.value.most", touchpoint=first["label"], share=share, eur=t.money(answer["value_eur"], 0))


def draw_value(t: Words, rows: Sequence[Json]) -> str:
    """The same of EUR: removal with its interval, Shapley as a tick, the last touch as a ring."""
    known = sorted((row for row in rows if row["value"]), key=lambda row: -row["value"]["removal"]["value"])
    credited = [_credited(t, row, row["value"], "gap.removal_value") for row in known[:MOST_TOUCHPOINTS]]
    return draw_credits(credited, t("gap.value.label")) if credited else ""


def _credited(t: Words, row: Json, shares: Json, words: str) -> Credited:
    removal = shares["removal"]
    return Credited(
        label=row["label"] if len(row["label"]) <= 36 else row["label"][:35] + "…",
        removal=100 * removal["value"],
        low=100 * removal["low"],
        high=100 * removal["high"],
        shapley=100 * shares["shapley"],
        last=100 * shares["last"],
        cls="a" if row["ownership"] == "owned" else "t",
        title=t(words, touchpoint=row["label"], share=t.percent(removal["value"])),
    )


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
    """What would be missing without each touchpoint, in per cent of the entries."""
    credited = [_credited(t, row, row, "gap.removal") for row in _ranked(rows)[:MOST_TOUCHPOINTS]]
    return draw_credits(credited, t("gap.touchpoints.label")) if credited else ""


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
        value = row["value"] or {"removal": {"value": None}, "shapley": None}
        drop = None if row["drop_off"] is None else row["drop_off"]["value"]
        more = (value["removal"]["value"], value["shapley"], drop, row["drop_off_usual"], row["weak"] or "")
        found.append((row["label"], row["ownership"], row["customers"], removal, *shares, *more))
    return Table(name="touchpoints", columns=columns, rows=found)
