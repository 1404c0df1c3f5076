"""The driver tree: contacts × responses × value, and what spending brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.drawing.marks import both, rect, text
from nba_service.console.page import Column, Table
from nba_service.console.wording import Words

PARTS: Final = ("contacts", "responses", "value")
_LOOKS: Final = {"contacts": "fa md", "responses": "fa", "value": "fh"}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverTree:
    """Ours next to one control, ready to print.

    ``factors``: label, our value, the control's; the last is their product.
    """

    title: str
    factors: Sequence[tuple[str, str, str]]
    drawing: str
    spend: str


def driver_tree(t: Words, answer: Json | None, against: str | None, name: str) -> DriverTree | None:
    """The tree of our arm against a control; ``name``: what people call it. None: it cannot be told."""
    if answer is None:
        return None
    found = next((one for one in answer["tree"] if against in (None, one["against"])), None)
    if found is None:
        return None
    arms = {one["arm"]: one for one in answer["arms"]}
    ours, theirs = arms[found["arm"]], arms[found["against"]]
    return DriverTree(
        title=_title(t, found, name),
        factors=[
            (t(f"experiments.drivers.{key}"), shown(t, ours[field]), t("experiments.drivers.other", arm=name,
             value=shown(t, theirs[field])))
            for key, field, shown in (
                ("contacts", "contacts_per_customer", _two),
                ("responses", "responses_per_contact", _per_hundred),
                ("value", "eur_per_response", _two),
                ("product", "eur_per_customer", _two),
            )
        ],
        drawing=_draw(t, found),
        spend=_spend(t, answer["spend"], found["against"], name),
    )  # fmt: skip


def _two(t: Words, value: float) -> str:
    return t.number(value, 2)


def _per_hundred(t: Words, value: float) -> str:
    return t.number(100 * value, 1)


def _title(t: Words, found: Json, name: str) -> str:
    """Which of the three carries most of the difference."""
    most = max(PARTS, key=lambda part: abs(float(found[part])))
    total = float(found["difference"])
    if abs(total) < 0.005:
        return t("experiments.drivers.even", against=name)
    side = "more" if total > 0 else "less"
    share = t.percent(min(abs(found[most] / total), 9.99), 0)
    return t(
        f"experiments.drivers.title.{most}", share=share, eur=t.money(abs(total)), side=t(side), against=name
    )


def _draw(t: Words, found: Json) -> str:
    """The difference split into its parts, which add up; what works against it stands at the end."""
    ordered = sorted(PARTS, key=lambda part: (found[part] * found["difference"] < 0, PARTS.index(part)))
    whole = sum(abs(float(found[part])) for part in PARTS) or 1.0
    label = t("experiments.drivers.label", eur=t.money(found["difference"], sign=True))

    def draw(width: float) -> tuple[float, list[str]]:
        marks: list[str] = []
        x = 0.0
        for row, part in enumerate(ordered):
            size = abs(float(found[part])) / whole * (width - 4)
            against = found[part] * found["difference"] < 0
            marks.append(rect(x, 0, max(size - 2, 1), 14, "ft lt" if against else _LOOKS[part], radius=2))
            words = t(f"experiments.drivers.part.{part}", eur=t.number(found[part], 2, sign=True))
            marks.append(rect(0, 24 + 20 * row, 10, 10, "ft lt" if against else _LOOKS[part], radius=2))
            marks.append(text(16, 33 + 20 * row, words, "s m"))
            x += size
        return 24 + 20 * len(PARTS), marks

    return both(draw, label, wide=1000, narrow=340)


def _spend(t: Words, spent: Sequence[Json], against: str, name: str) -> str:
    """What each EUR brought back; nothing where nothing was spent."""
    found = next((one for one in spent if one["against"] == against), None)
    if found is None or found["return"] is None:
        return ""
    case = {"up": "up", "down": "down"}.get(str(found["return"]["proved"]), "open")
    values = {
        "back": t.number(found["return"]["value"], 1),
        "low": t.number(found["return"]["low"], 1),
        "high": t.number(found["return"]["high"], 1),
        "gain": t.money(found["gain_eur"], 0),
        "cost": t.money(found["cost_eur"], 0),
        "against": name,
    }
    return t(f"experiments.drivers.spend.{case}", **values)


def driver_table(answer: Json | None) -> Table:
    """The factors week by week."""
    columns = (
        Column("since"), Column("until"), Column("customers", "count"),
        Column("contacts_per_customer", "ratio"), Column("responses_per_contact", "ratio"),
        Column("eur_per_response", "money"), Column("eur_per_customer", "money"),
    )  # fmt: skip
    keys = [column.key for column in columns]
    periods = [] if answer is None else answer["periods"]
    return Table(name="drivers", columns=columns, rows=[[one[key] for key in keys] for one in periods])
