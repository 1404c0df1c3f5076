"""The path ahead of a customer: a sentence, and rows of phases.

Says what an explanation has; computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.policy.explain.path_text import PathNames, path_text
from nba_service.console.desk import Desk

Json = Mapping[str, Any]
_LEAST: Final = 0.005


def path_sentence(desk: Desk, path: Json, first: str) -> str:
    """The likeliest sequence on which somebody moves; ``first``: what is done now, named."""

    def action(name: str, channel: str | None) -> str:
        return desk.action(name) if channel is None else f"{desk.action(name)}, {desk.channel(channel)}"

    return path_text(path, first, PathNames(phase=desk.phase, action=action), desk.words.language)


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
