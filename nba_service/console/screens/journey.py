"""Journey map.

Where are customers, who moves, where do they wait?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.drawing.intervals import Value, intervals
from models.drawing.journey_map import Rows, Stage, Step, journey_map
from models.registry import Registry
from nba_service.console.desk import Desk
from nba_service.console.facts.bundle_facts import BundleFacts, bundle_facts
from nba_service.console.facts.moves import Move, greatest_change, greatest_loss, moves_of, onward
from nba_service.console.measured import periods
from nba_service.console.page import Column, Page, Table
from nba_service.console.step_figures import (
    action_table,
    histogram_table,
    people_table,
    step_figures,
    step_taken,
)
from nba_service.console.wording import Words
from nba_service.http.current import current
from nba_service.settings import Settings


def show(desk: Desk) -> Page:
    """The map, as the champion's training found it, and one of its steps."""
    bundles = bundle_facts(Registry(current(Settings).registry))
    champion = next((one for one in bundles if one.role == "champion"), None)
    t = desk.words
    if champion is None or desk.journey is None or not champion.moves:
        return Page(template="journey_empty", finding=t("journey.finding.none"), lede=t("journey.lede.none"))
    moves = moves_of(desk.journey, champion.moves)
    step = chosen_step(desk, moves)
    taken = None if step is None else step_taken(desk, step)
    values: dict[str, object] = {
        **({} if taken is None else step_figures(desk, taken)),
        "map": draw(desk, champion, moves),
        "map_title": map_title(t, moves),
        "facts": facts(desk, champion, moves),
        "step": step,
        "step_title": "" if step is None else step_title(desk, step),
        "effects": "" if step is None else draw_effects(desk, champion, step),
        "loses": greatest_loss(moves),
    }
    return Page(
        template="journey",
        finding=finding(desk, moves),
        lede=t("journey.lede.map"),
        values=values,
        tables=(
            _move_table(desk, moves),
            _phase_table(desk, champion),
            _effect_table(champion),
            action_table(taken),
            histogram_table(taken),
            people_table(desk, taken),
        ),
        age=age(t, champion),
        periods=periods(desk, anchor="step"),
    )


def age(t: Words, champion: BundleFacts) -> str:
    """Until when the champion learned."""
    if champion.learned_until is None:
        return ""
    return t("journey.age", day=t.day(champion.learned_until, year=True), bundle=champion.short)


def finding(desk: Desk, moves: Sequence[Move]) -> str:
    """How many move on with and without us, and where most turn back."""
    t = desk.words
    with_us, without = onward(moves)
    loss = greatest_loss(moves)
    case = "more" if with_us > without * 1.05 else "fewer" if with_us < without * 0.95 else "same"
    sentence = t(f"journey.finding.{case}", ours=t.number(with_us), nothing=t.number(without))
    if loss is None or loss.ours < 0.05:
        return sentence
    phases = _labels(desk)
    return t("journey.finding.but", what=sentence, phase=phases[loss.start], to=phases[loss.end])


def _labels(desk: Desk) -> list[str]:
    return [] if desk.journey is None else [phase.label for phase in desk.journey.phases]


def map_title(t: Words, moves: Sequence[Move]) -> str:
    """What to see in the map."""
    steps = [move for move in moves if move.end == move.start + 1]
    better = sum(move.ours > move.nothing for move in steps)
    if better == len(steps):
        return t("journey.map.all")
    return t("journey.map.some", n=better, all=len(steps))


def facts(desk: Desk, champion: BundleFacts, moves: Sequence[Move]) -> list[tuple[str, str, str]]:
    """Three facts, each a number and a sentence with its subject first."""
    t, labels = desk.words, _labels(desk)
    found = []
    loss, change = greatest_loss(moves), greatest_change(moves)
    if loss is not None:
        found.append(
            (t("journey.facts.back", n=t.number(loss.ours, 1)), labels[loss.start],
             t("journey.facts.loses", to=labels[loss.end], nothing=t.number(loss.nothing, 1)))
        )  # fmt: skip
    if change is not None:
        more = t.number(change.ours - change.nothing, 1, sign=True)
        found.append(
            (t("journey.facts.on", n=more), labels[change.start],
             t("journey.facts.changes", ours=t.number(change.ours, 1), nothing=t.number(change.nothing, 1)))
        )  # fmt: skip
    waits = [row for row in champion.phases if row.get("days")]
    longest = max(waits, key=lambda row: float(row["days"][2]), default=None)
    if longest is not None:
        days = t.counted("units.day", round(longest["days"][2]))
        found.append((days, desk.phase(longest["phase"]), t("journey.facts.waits")))
    return found


def chosen_step(desk: Desk, moves: Sequence[Move]) -> Move | None:
    """The step of the address, else the one that our actions change most."""
    if desk.journey is None:
        return None
    index = desk.journey.phase_index
    start, end = index.get(desk.args.get("from", "")), index.get(desk.args.get("to", ""))
    wanted = next((move for move in moves if (move.start, move.end) == (start, end)), None)
    return wanted or greatest_change(moves)


def step_title(desk: Desk, step: Move) -> str:
    labels, t = _labels(desk), desk.words
    numbers = {"ours": t.number(step.ours, 1), "nothing": t.number(step.nothing, 1)}
    return t("journey.step.title", start=labels[step.start], end=labels[step.end], **numbers)


def draw(desk: Desk, champion: BundleFacts, moves: Sequence[Move]) -> str:
    """The map of the whole journey."""
    t, journey = desk.words, desk.journey
    told: Mapping[str, Mapping[str, Any]] = {row["phase"]: row for row in champion.phases}
    stages = []
    for phase in () if journey is None else journey.phases:
        row = told.get(phase.name, {})
        days, customers = row.get("days"), row.get("customers")
        stages.append(
            Stage(
                label=phase.label,
                customers=customers,
                shown="" if customers is None else t.number(customers),
                days=days,
                median="" if not days else t("journey.days", n=t.number(days[2])),
                lapses=None if phase.lapse is None else phase.lapse.after_days,
            )
        )
    loss = greatest_loss(moves)
    steps = [_step(desk, move, move == loss) for move in moves if max(move.ours, move.nothing) >= 0.05]
    rows = Rows(
        customers=t("journey.rows.customers"),
        steps=t("journey.rows.steps"),
        back=t("journey.rows.back"),
        days=t("journey.rows.days"),
    )
    return journey_map(stages, steps, rows, finding(desk, moves))


def _step(desk: Desk, move: Move, strong: bool) -> Step:
    t, labels = desk.words, _labels(desk)
    numbers = {"ours": t.number(move.ours, 1), "nothing": t.number(move.nothing, 1)}
    title = t("journey.step.title", start=labels[move.start], end=labels[move.end], **numbers)
    names = [] if desk.journey is None else [phase.name for phase in desk.journey.phases]
    return Step(
        start=move.start,
        end=move.end,
        ours=move.ours,
        nothing=move.nothing,
        shown=numbers["ours"] if move.onward else t("journey.back", n=numbers["ours"]),
        without=t("journey.without", n=numbers["nothing"]),
        title=title,
        href=desk.link("journey", "step", **{"from": names[move.start], "to": names[move.end]}),
        strong=strong,
    )


def effects_of(desk: Desk, champion: BundleFacts, step: Move) -> list[Mapping[str, Any]]:
    """What each action does to a step, the strongest first."""
    labels = _labels(desk)
    name = f"{labels[step.start]} → {labels[step.end]}"
    own = [row for row in champion.effects if row["step"] == name]
    return sorted(own, key=lambda row: -float(row["value"]))


def draw_effects(desk: Desk, champion: BundleFacts, step: Move) -> str:
    rows = effects_of(desk, champion, step)
    if not rows:
        return ""
    t = desk.words
    values = [
        Value(
            label=row["label"] if len(row["label"]) <= 38 else row["label"][:37] + "…",
            value=row["value"],
            low=row["low"],
            high=row["high"],
            proved=row["low"] > 1 or row["high"] < 1,
            cls="a" if row["high"] >= 1 else "b",
            title=t("journey.effect", action=row["label"], odds=t.number(row["value"], 2)),
        )
        for row in rows
    ]
    return intervals(values, step_title(desk, step), reference=1.0, odds=True)


def _move_table(desk: Desk, moves: Sequence[Move]) -> Table:
    labels = _labels(desk)
    columns = (Column("from"), Column("to"), Column("ours", "points"), Column("nothing", "points"))
    rows = [(labels[move.start], labels[move.end], move.ours, move.nothing) for move in moves]
    return Table(name="moves", columns=columns, rows=rows)


def _phase_table(desk: Desk, champion: BundleFacts) -> Table:
    columns = (
        Column("phase"), Column("customers", "count"), Column("days_10", "points"),
        Column("days_50", "points"), Column("days_90", "points"),
    )  # fmt: skip
    rows = [
        (desk.phase(row["phase"]), row["customers"], *((None,) * 3 if not row["days"] else
         (row["days"][0], row["days"][2], row["days"][4])))
        for row in champion.phases
    ]  # fmt: skip
    return Table(name="phases", columns=columns, rows=rows)


def _effect_table(champion: BundleFacts) -> Table:
    columns = (
        Column("action"), Column("step"), Column("odds", "number"), Column("low", "number"),
        Column("high", "number"), Column("decisions", "count"),
    )  # fmt: skip
    rows = [
        (row["label"], row["step"], row["value"], row["low"], row["high"], row["decisions"])
        for row in champion.effects
    ]
    return Table(name="effects", columns=columns, rows=rows)
