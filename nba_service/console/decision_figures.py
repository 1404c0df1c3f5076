"""One decision as figures.

How its worth comes about, what else was possible, what fell out; from answers as they are stored and
explained. Computes nothing that the engine has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.domain.actions import NOTHING
from models.drawing.bars import Bar, Step, Total, funnel, waterfall, zero_bars
from models.drawing.timeline import phase_colour
from nba_service.console.desk import Desk
from nba_service.console.page import Column, Table

TIERS: Final = (
    ("asked", ("asked", "exclude", "placement", "channel")),
    ("phase", ("phase", "period")),
    ("eligible", ("eligibility", "consent", "withheld")),
    ("applicable", ("applicability",)),
    ("suitable", ("suitability",)),
    ("limits", ()),  # whatever else: contact limits, repeats, quiet hours, capacity, bounds
)
"""The questions in their order, and the tiers of drop-outs that each takes together."""

Json = Mapping[str, Any]


def chosen(answer: Json) -> Json:
    """What came first."""
    first: Json = answer["actions"][0]
    return first


def worth(desk: Desk, candidate: Json, changes: Mapping[str, float]) -> str:
    """The waterfall of one treatment: response now, rest of the journey, cost, worth over nothing."""
    t, factors, value = desk.words, candidate["factors"], candidate["value"]
    p, worth_eur = candidate["propensity"]["value"], factors["value"] * factors["weight"] * factors["lever"]
    now = p * worth_eur
    step = _step(changes)
    rest = value["over_nothing"] - now + factors["cost"]
    colour, note = "fa md", ""
    if step is not None and step[1] >= 0.005:
        colour = f"f{phase_colour(_position(desk, step[0]))} md"
        note = t("customer.step", phase=desk.phase(step[0]), points=t.number(100 * step[1], 0, sign=True))
    of = t("customer.of", share=t.percent(p), value=t.money(worth_eur, 0))
    steps = [
        Step(
            label=t("customer.response"), note=of, value=now,
            shown=t.number(now, 2, sign=True), cls="fa md",
        ),
        Step(label=t("customer.rest"), note=note, value=rest, shown=t.number(rest, 2, sign=True), cls=colour),
        Step(
            label=t("customer.cost"), note="", value=-factors["cost"],
            shown=t.number(-factors["cost"], 2, sign=True), cls="fb md",
        ),
    ]  # fmt: skip
    if factors["share_price"]:
        price = -factors["share_price"]
        steps.append(
            Step(
                label=t("customer.price"),
                note="",
                value=0.0,
                shown=t.number(price, 2, sign=True),
                cls="fw md",
            )
        )
    if (points := candidate.get("satisfaction")) and points["worth"]:
        change = t.number(points["over_nothing"], 2, sign=True)
        steps.append(
            Step(
                label=t("customer.satisfaction"),
                note=t("customer.points", points=change, fact=points["fact"]),
                value=0.0,
                shown=t.number(points["worth"], 2, sign=True),
                cls="fw md",
            )
        )
    total, spread = value["over_nothing"], candidate["propensity"]
    total_step = Total(
        label=t("customer.worth"),
        value=total,
        shown=t.number(total, 2),
        low=total + (spread["low"] - p) * worth_eur,
        high=total + (spread["high"] - p) * worth_eur,
    )
    label = t("customer.worth_label", worth=t.money(total))
    return waterfall(steps, total_step, label)


def _step(changes: Mapping[str, float]) -> tuple[str, float] | None:
    """The phase that a treatment makes likelier by most; None where it changes nothing."""
    phase, change = max(changes.items(), key=lambda item: item[1], default=("", 0.0))
    return (phase, change) if change > 0 else None


def _position(desk: Desk, phase: str) -> int:
    return 0 if desk.journey is None else desk.journey.phase_index.get(phase, 0)


def candidate_name(desk: Desk, one: Json) -> str:
    """Action and channel; doing nothing has none."""
    label = desk.action(one["action"])
    return label if one["channel"] is None else f"{label}, {desk.channel(one['channel'])}"


def alternatives(desk: Desk, candidates: Sequence[Json], first: Json, *, most: int = 8) -> str:
    """Worth over nothing of all that could have been chosen."""
    t, bars = desk.words, []
    for one in _foremost(candidates, first, most):
        own = (one["action"], one["channel"]) == (first["action"], first["channel"])
        value = one["value"]["over_nothing"]
        title = t(
            "customer.candidate", name=candidate_name(desk, one), worth=t.money(value),
            share=t.percent(one["action_probability"]),
        )  # fmt: skip
        cls = "fi" if own else "ft lt" if value >= 0 else "fb lt"
        bars.append(
            Bar(label=_short(candidate_name(desk, one)), value=value, shown=t.number(value, 2), cls=cls,
                title=title, strong=own)
        )  # fmt: skip
    return zero_bars(bars, t("customer.candidates_label", n=len(bars)))


def _short(label: str, most: int = 42) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"


def _foremost(candidates: Sequence[Json], first: Json, most: int) -> list[Json]:
    """The best, with what was chosen among them even where it ranks lower."""
    ranked = _ranked(candidates)
    own = [one for one in ranked if (one["action"], one["channel"]) == (first["action"], first["channel"])]
    best = ranked[:most]
    return best if not own or own[0] in best else [*best[:-1], own[0]]


def _ranked(candidates: Sequence[Json]) -> list[Json]:
    return sorted(candidates, key=lambda one: -one["value"]["over_nothing"])


def candidate_table(desk: Desk, candidates: Sequence[Json]) -> Table:
    """The numbers behind ``alternatives``."""
    return Table(
        name="candidates",
        columns=(
            Column("action"), Column("channel"), Column("propensity", "percent"),
            Column("value_eur", "money"),
            Column("journey_eur", "money"), Column("cost_eur", "money"), Column("over_nothing_eur", "money"),
            Column("probability", "percent"),
        ),
        rows=[
            (desk.action(one["action"]), one["channel"], one["propensity"]["value"], one["factors"]["value"],
             one["factors"]["journey_gain"], one["factors"]["cost"], one["value"]["over_nothing"],
             one["action_probability"])
            for one in _ranked(candidates)
        ],
    )  # fmt: skip


def left_after(drop_outs: Sequence[Json], candidates: int) -> list[tuple[str, int]]:
    """How many treatments are left after each question; ``all`` first, doing nothing not counted."""
    fell = Counter(_tier(str(one["tier"])) for one in drop_outs)
    left = len(drop_outs) + candidates
    rows = [("all", left)]
    for tier, _ in TIERS:
        left -= fell[tier]
        rows.append((tier, left))
    return rows


def _tier(name: str) -> str:
    return next((tier for tier, names in TIERS if name in names), "limits")


def drop_out_funnel(desk: Desk, drop_outs: Sequence[Json], candidates: int, got: bool) -> str:
    """What is left after each question, down to what was chosen."""
    t = desk.words
    bars = [
        Bar(label=t(f"tiers.{tier}"), value=left, shown=t.number(left))
        for tier, left in left_after(drop_outs, candidates)
    ]
    bars.append(Bar(label=t("tiers.chosen"), value=int(got), shown=t.number(int(got)), cls="fi", strong=True))
    return funnel(bars, t("customer.funnel_label"))


def reasons(drop_outs: Sequence[Json]) -> list[tuple[str, int, str]]:
    """Code, how many treatments it took out, and what it saw; those nobody asked for are left out."""
    counted = Counter(
        str(one["code"]) for one in drop_outs if _tier(str(one["tier"])) not in ("asked", "phase")
    )
    details = {str(one["code"]): str(one["detail"]) for one in drop_outs}
    return [(code, number, details[code]) for code, number in counted.most_common()]


def drop_out_table(desk: Desk, drop_outs: Sequence[Json]) -> Table:
    """Every treatment that fell out."""
    return Table(
        name="drop_outs",
        columns=(Column("action"), Column("channel"), Column("tier"), Column("code"), Column("detail")),
        rows=[
            (desk.action(one["action"]), one["channel"], one["tier"], one["code"], one["detail"])
            for one in drop_outs
        ],
    )


def main_words(contributions: Sequence[Json], *, most: int = 2) -> tuple[list[str], list[str]]:
    """What made a response likelier, and what less likely, in words."""
    up = [str(one["text"]) for one in contributions if one["log_odds"] > 0][:most]
    down = [str(one["text"]) for one in contributions if one["log_odds"] < 0][:most]
    return up, down


def nothing_is_forced(answer: Json) -> bool:
    """Whether only doing nothing was left, as opposed to being the best."""
    return bool(chosen(answer)["action"] == NOTHING and answer["reason"] == "NOTHING_ELIGIBLE")
