"""What is behind a step of the journey map.

Who took it lately, after how long, what we and they did before it, and ten of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from models.drawing.bars import Bar, columns, zero_bars
from nba_service.console.desk import Desk
from nba_service.console.facts.moves import Move
from nba_service.console.measured import ask
from nba_service.console.page import Column, Table
from nba_service.console.wording import Words
from nba_service.keys.scopes import Scope

MOST_BEHIND: Final = 6
Json = Mapping[str, Any]


def step_taken(desk: Desk, step: Move) -> Json | None:
    """The step as it was taken in the period of the address; None: nothing is rolled up yet."""
    if desk.journey is None:
        return None
    names = [phase.name for phase in desk.journey.phases]
    answer = ask(desk, "moves", phase=names[step.start], target=names[step.end])
    return None if answer is None else answer["step"]


def step_figures(desk: Desk, taken: Json) -> dict[str, object]:
    """Values for the template."""
    t = desk.words
    return {
        "taken": taken,
        "taken_title": taken_title(t, taken),
        "times": draw_times(t, taken) if taken["moves"] else "",
        "times_title": times_title(t, taken),
        "behind": draw_behind(t, taken),
        "behind_title": behind_title(t, taken),
        "triggers": triggers(t, taken),
        "people": people(desk, taken),
        "may_see": desk.session.may(Scope.READ),
    }


def taken_title(t: Words, taken: Json) -> str:
    """How many took the step lately."""
    if taken["hidden"]:
        return t("hidden_cell")
    if not taken["moves"]:
        return t("journey.taken.nobody")
    return t.counted("journey.taken.some", taken["customers"])


def times_title(t: Words, taken: Json) -> str:
    if not taken["days"]:
        return t("journey.times.none")
    return t("journey.times.half", days=t.counted("units.day", round(taken["days"][2])))


def draw_times(t: Words, taken: Json) -> str:
    """Days in the phase before the step."""
    bars = []
    for one in taken["histogram"]:
        end = one["to"]
        label = t("journey.times.over", n=t.number(one["from"])) if end is None else t.number(end)
        title = t("journey.times.bar", label=label, n=t.number(one["moves"]))
        bars.append(Bar(label=label, value=float(one["moves"]), shown="", title=title))
    return columns(bars, times_title(t, taken), width=440)


def behind_title(t: Words, taken: Json) -> str:
    """The action that most of those who moved had got."""
    known = [one for one in taken["actions"] if one["customers"]]
    if not known or not taken["customers"]:
        return t("journey.behind.none")
    share = t.percent(known[0]["customers"] / taken["customers"], 0)
    return t("journey.behind.most", share=share, action=known[0]["label"])


def draw_behind(t: Words, taken: Json) -> str:
    """Customers who got each action before the step."""
    known = [one for one in taken["actions"] if one["customers"]][:MOST_BEHIND]
    bars = [
        Bar(label=one["label"], value=float(one["customers"]), shown=t.number(one["customers"]))
        for one in known
    ]
    return zero_bars(bars, behind_title(t, taken), wide=440, names=200) if bars else ""


def triggers(t: Words, taken: Json) -> str:
    """What they did at that moment, as a sentence; empty where nothing is known."""
    known = [one for one in taken["touchpoints"] if one["customers"]][:3]
    if taken["lapsed"] and taken["lapsed"] == taken["moves"]:
        return t("journey.triggers.lapsed")
    if not known:
        return ""
    named = [f"{one['label']} ({t.number(one['customers'])})" for one in known]
    return t("journey.triggers.some", what=t.listed(named))


def people(desk: Desk, taken: Json) -> list[tuple[str, str, str]]:
    """Address, id and day of ten who took it; for keys that may see persons."""
    if not desk.session.may(Scope.READ):
        return []
    return [
        (desk.link("customer", id=one["customer_id"]), one["customer_id"],
         desk.words.day(datetime.fromisoformat(one["at"])))
        for one in taken["people"]
    ]  # fmt: skip


def action_table(taken: Json | None) -> Table:
    rows = [
        (kind, one["label"], one["customers"], one["times"])
        for kind in ("action", "touchpoint")
        for one in (() if taken is None else taken[f"{kind}s"])
    ]
    columns_ = (Column("kind"), Column("what"), Column("customers", "count"), Column("times", "count"))
    return Table(name="behind", columns=columns_, rows=rows)


def histogram_table(taken: Json | None) -> Table:
    rows = [(one["from"], one["to"], one["moves"]) for one in (() if taken is None else taken["histogram"])]
    columns_ = (Column("days_from", "count"), Column("days_to", "count"), Column("moves", "count"))
    return Table(name="step_times", columns=columns_, rows=rows)


def people_table(desk: Desk, taken: Json | None) -> Table:
    listed = () if taken is None or not desk.session.may(Scope.READ) else taken["people"]
    rows = [(one["customer_id"], datetime.fromisoformat(one["at"])) for one in listed]
    return Table(name="step_people", columns=(Column("customer"), Column("at", "time")), rows=rows)
