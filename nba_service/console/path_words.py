"""The path ahead of a customer in words.

What comes now, what likely after it and when.
Says what an explanation has; computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.domain.actions import NOTHING
from nba_service.console.desk import Desk

Json = Mapping[str, Any]
_WEEKS_FROM: Final = 21.0
_LEAST: Final = 0.005


def path_sentence(desk: Desk, path: Json, first: str) -> str:
    """The likeliest sequence on which somebody moves; ``first``: what is done now, named."""
    t = desk.words
    moving = next((way for way in path["ways"] if way["phases"]), None)
    if moving is None:
        return t("customer.path.stays", first=first, days=t.number(path["days"]))
    then: list[str] = []
    before = 0.0
    for point in moving["phases"]:
        then.append(_then(desk, point, point["days"] - before))
        before = point["days"]
    return t(
        "customer.path.moves", first=first, then="; ".join(then), share=t.percent(moving["probability"], 0)
    )


def _then(desk: Desk, point: Json, days: float) -> str:
    t, when = desk.words, in_about(desk, days)
    if point["action"] in (None, NOTHING):
        return t("customer.path.then", phase=desk.phase(point["phase"]), when=when)
    name = desk.action(point["action"])
    if point["channel"] is not None:
        name += f", {desk.channel(point['channel'])}"
    return t("customer.path.then_action", phase=desk.phase(point["phase"]), when=when, action=name)


def in_about(desk: Desk, days: float) -> str:
    """In about five days, in about three weeks."""
    if days >= _WEEKS_FROM:
        return desk.words.counted("customer.path.weeks", round(days / 7))
    return desk.words.counted("customer.path.days", max(round(days), 1))


def path_rows(desk: Desk, path: Json) -> list[tuple[str, str, str]]:
    """Phase, chance within the path's days with what was chosen and with nothing, and time to it."""
    t = desk.words
    rows: list[tuple[str, str, str]] = []
    for phase, share in path["chosen"].items():
        if share < _LEAST:
            continue
        chance = t("customer.path.chance", ours=t.percent(share), nothing=t.percent(path["nothing"][phase]))
        time = path["times"].get(phase)
        small = "" if time is None else t(
            "customer.path.time",
            **{name: t.number(max(time[name], 1)) for name in ("low", "median", "high")},
        )  # fmt: skip
        rows.append((desk.phase(phase), chance, small))
    return rows
