"""The path ahead in words: what comes now, what likely after it and when, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nba_service.console.desk import Desk
from nba_service.console.path_words import path_rows, path_sentence

STAYS = {"probability": 0.6, "phases": ()}


def point(phase: str, days: float, action: str | None, channel: str | None = None) -> dict[str, Any]:
    return {"phase": phase, "days": days, "action": action, "channel": channel}


def path(*ways: Any) -> dict[str, Any]:
    return {
        "days": 91.0,
        "chosen": {"interested": 0.31, "customer": 0.001},
        "nothing": {"interested": 0.12, "customer": 0.001},
        "ways": ways,
        "ways_of_nothing": (STAYS,),
        "times": {"interested": {"probability": 0.5, "low": 2.2, "median": 19.6, "high": 210.0}},
    }


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Now the roof, then in about five days likely Interested, where “Teaser, E-mail” would come "
               "next; in about four weeks likely Customer."),
        ("de", "Jetzt the roof, dann in etwa fünf Tagen wahrscheinlich Interested, wo „Teaser, E-mail“ als "
               "Nächstes käme; in etwa vier Wochen wahrscheinlich Customer."),
    ],
)  # fmt: skip
def test_the_likeliest_way_that_moves_is_said_with_times_between(
    make_desk: Callable[..., Desk], language: str, expected: str
) -> None:
    desk = make_desk(language)
    moves = {
        "probability": 0.21,
        "phases": (point("interested", 5.2, "teaser", "email"), point("customer", 33.0, "nothing")),
    }
    said = path_sentence(desk, path(STAYS, moves), "the roof")

    for name, kind in (("interested", desk.phase), ("customer", desk.phase), ("teaser", desk.action)):
        expected = expected.replace(name.capitalize(), kind(name))
    assert said.startswith(expected.replace("E-mail", desk.channel("email")))
    assert "21" in said


def test_where_nobody_moves_it_says_so(make_desk: Callable[..., Desk]) -> None:
    said = path_sentence(make_desk(), path(STAYS), "Nothing")
    assert said == "Now Nothing; then no move is likely within 91 days."


def test_chances_and_times_of_phases_worth_naming(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    ((phase, chance, time),) = path_rows(desk, path(STAYS))
    assert phase == desk.phase("interested")
    assert chance.replace("\u00a0", " ") == "31.0 %; with nothing 12.0 %"
    assert time.startswith("mostly after 20 days")
    assert "between 2 and 210" in time
