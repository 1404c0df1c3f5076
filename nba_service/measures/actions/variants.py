"""The measure ``variants``: which texts of an action are responded to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.arrays import Mask, Records
from models.domain.journey import Journey
from models.measures.apprentice import by_callers
from models.measures.customers import within
from models.measures.gains import FEWEST, over_others
from models.measures.log.records import Names, customers_in
from models.measures.promises import response_rate
from models.policy.choice.variants import shares_of
from models.policy.scoring.variant_shares import VariantShares
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def variants(
    reading: Reading, journey: Journey, question: Question, learned: VariantShares
) -> dict[str, Any]:
    """The measure as JSON values: a row per action, channel and variant of the journey file, and of the log.

    Args:
        learned: shares of now, by what came of each.
    """
    names = reading.names
    records = within(reading.log.decisions, reading.since, reading.until)
    records = records[(records["variant"] > 0) & ~by_callers(records)]
    if question.phase is not None:
        records = records[records["phase"] == names.find(question.phase)]
    rows = [
        {"action": action, "label": label, "channel": channel, **row}
        for action, label, channel, now in _treatments(journey, learned)
        if question.channel in (None, channel)
        for row in _rows(_of(records, names, action, channel), now, names, reading.now, question.hide_below)
    ]
    return {"variants": rows}


def _treatments(journey: Journey, learned: VariantShares) -> Iterator[tuple[str, str, str, dict[str, float]]]:
    """Action, label, channel and shares of now, where there are variants."""
    for action in journey.actions:
        for channel in action.channels:
            places = (None, *journey.channels[journey.channel_index[channel]].placements)
            names = dict.fromkeys(name for place in places for name in action.variants_on(channel, place))
            if names:
                shares = shares_of(tuple(names), learned.get((action.name, channel), {}))
                yield action.name, action.label, channel, dict(zip(names, shares, strict=True))


def _of(records: Records, names: Names, action: str, channel: str) -> Records:
    found: Records = records[
        (records["action"] == names.find(action)) & (records["channel"] == names.find(channel))
    ]
    return found


def _rows(
    records: Records, shares: dict[str, float], names: Names, now: int, hide: int
) -> Iterator[dict[str, Any]]:
    """A row a variant: those of the file with their shares, then those that it had before."""
    before = sorted({names.name(code) for code in set(records["variant"].tolist())} - shares.keys())
    over = (records["delivered"] > 0) & (records["until"] <= now)
    for name in (*shares, *before):
        own: Mask = records["variant"] == names.find(name)
        yield {"variant": name, "share": shares.get(name), **_figures(records, own, over, hide)}


def _figures(records: Records, own: Mask, over: Mask, hide: int) -> dict[str, Any]:
    """What came of a variant; ``over``: delivered contacts whose response window is over."""
    mine, judged = records[own], records[own & over]
    customers = customers_in(mine)
    hidden = 0 < customers < hide
    numbers: dict[str, Any] = {
        "customers": customers,
        "decisions": len(mine),
        "delivered": int((mine["delivered"] > 0).sum()),
        "judged": len(judged),
        "responses": int(judged["responded"].sum()),
    }
    enough = len(judged) >= FEWEST and not hidden
    difference = None if hidden else over_others(records[over], own[over])
    return {
        **(dict.fromkeys(numbers) if hidden else numbers),
        "rate": response_rate(judged).to_json(None) if enough else None,
        "over_others": None if difference is None else difference.to_json(),
        "hidden": hidden,
    }
