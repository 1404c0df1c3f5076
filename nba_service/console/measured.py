"""What the measures answer to the address of a page.

A measure that is not there, or has nothing yet, is a state of the page and no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from nba_service.console.desk import Desk
from nba_service.console.page import Choice
from nba_service.console.wording import Words
from nba_service.errors import Problem, StoreError
from nba_service.http.current import current
from nba_service.keys.scopes import Scope
from nba_service.measures import Measures
from nba_service.measures.questions import HIDE_BELOW, read_question

PERIODS: Final = (14, 28, 90)
_ASKED: Final = ("days", "until", "phase", "channel", "arm", "group")

Answer = Mapping[str, Any]


def ask(desk: Desk, measure: str, **more: str) -> Answer | None:
    """The answer of a measure; None: nothing is rolled up yet, or there is no such measure here.

    Args:
        more: what is asked besides what the address says.

    Raises:
        Problem: the address asks for a period or a name that cannot be.
    """
    if desk.journey is None:
        return None
    values = {name: value for name, value in desk.args.items() if name in _ASKED} | more
    hidden = 0 if desk.session.may(Scope.ADMIN) else HIDE_BELOW
    question = read_question(values, desk.journey, hidden)
    try:
        answer: Answer = current(Measures).ask(measure, question)
    except StoreError:
        return None
    except Problem as problem:
        if problem.code in ("NOT_FOUND", "NOT_READY"):
            return None
        raise
    return None if answer.get("state") == "empty" else answer


def periods(desk: Desk, *, anchor: str = "") -> tuple[Choice, ...]:
    """The choices of the bar. ``anchor``: what on the page they are about."""
    chosen = desk.args.get("days", "28")
    return tuple(
        Choice(
            label=desk.words.counted("periods.days", days),
            href=desk.here(days=None if days == 28 else days) + (f"#{anchor}" if anchor else ""),
            current=chosen == str(days),
        )
        for days in PERIODS
    )


def age(t: Words, answer: Answer, now: datetime) -> tuple[str, bool]:
    """Since when the figures stand, and whether that is too long."""
    at = datetime.fromisoformat(str(answer["rolled_up_at"]))
    until = datetime.fromisoformat(str(answer["period"]["until"]))
    words = t("measured_until", day=t.day(min(until, now), year=True), span=t.span(now - at))
    return words, (now - at).total_seconds() > 26 * 3600
