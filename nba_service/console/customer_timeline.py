"""The timeline of a customer, as a table and as a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from models.domain.actions import NOTHING
from models.domain.journey import Journey
from models.drawing import timeline as drawing
from nba_service.console.desk import Desk
from nba_service.console.facts import timeline_events as past
from nba_service.console.page import Column, Table

MOST_DRAWN: Final = 200


def touchpoint_labels(journey: Journey) -> dict[str, str]:
    """Labels of touchpoints and outcomes by name."""
    return {
        **{one.name: one.label for one in journey.outcomes},
        **{one.name: one.label for one in journey.touchpoints},
    }


def timeline_table(desk: Desk, theirs: Sequence[past.OwnEvent], ours: Sequence[past.Contact]) -> Table:
    """Everything on the timeline, the newest first."""
    t = desk.words
    labels = {} if desk.journey is None else touchpoint_labels(desk.journey)
    rows = [(one.at, t("customer.they"), labels.get(one.name, one.name), "") for one in theirs]
    rows += [(one.at, t("customer.we"), desk.action(one.action), one.channel or "") for one in ours]
    rows.sort(key=lambda row: row[0], reverse=True)
    columns = (Column("at", "time"), Column("who"), Column("what"), Column("channel"))
    return Table(name="timeline", columns=columns, rows=rows[:1_000])


def draw_timeline(
    desk: Desk,
    journey: Journey,
    stays: Sequence[past.Stay],
    theirs: Sequence[past.OwnEvent],
    ours: Sequence[past.Contact],
    shown: object,
) -> str:
    """The drawing of the last year and a half; ``shown``: id of the decision that the page is about."""
    t = desk.words
    oldest = min([*(stay.start for stay in stays[:1]), *(one.at for one in ours[:1])])
    start, end = max(oldest, desk.now - timedelta(days=past.MOST_DAYS)), desk.now
    length = max((end - start).total_seconds(), 1.0)

    def share(at: datetime) -> float:
        return min(max((at - start).total_seconds() / length, 0.0), 1.0)

    labels = touchpoint_labels(journey)
    marks = [
        drawing.Ours(
            at=share(one.at),
            letter="" if one.action == NOTHING else channel_letter(desk, one.channel or ""),
            label=_cut(desk.action(one.action)),
            title=f"{desk.action(one.action)}, {desk.channel(one.channel)}, {t.day(one.at)}"
            if one.action != NOTHING
            else f"{t.day(one.at)}: {t('nothing')}",
            bad=one.refused,
            shown=one.decision_id == shown,
            href=desk.link("customer", id=desk.args.get("id"), decision=one.decision_id) if one.opens else "",
        )
        for one in ours
        if one.at >= start
    ]
    return drawing.timeline(
        [
            drawing.Stay(
                label=journey.phases[stay.phase].label,
                start=share(stay.start),
                end=share(stay.end),
                number=stay.phase,
            )
            for stay in stays
            if stay.end > start
        ],
        [
            drawing.Theirs(at=share(one.at), label=_cut(labels.get(one.name, one.name)), moved=one.moved)
            for one in drawn(theirs)
            if one.at >= start
        ],
        marks,
        [(share(at), t.month(at)) for at in past.month_starts(start, end)],
        (t("customer.theirs"), t("customer.ours")),
        t("customer.timeline_label", theirs=len(theirs), ours=len(ours)),
    )


def drawn(theirs: Sequence[past.OwnEvent]) -> list[past.OwnEvent]:
    """Every event that moved the phase, and the newest of the others: a page has its limits."""
    quiet = [one for one in theirs if not one.moved][-MOST_DRAWN:]
    return sorted([*quiet, *(one for one in theirs if one.moved)], key=lambda one: one.at)


def _cut(label: str, most: int = 26) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"


def channel_letter(desk: Desk, channel: str) -> str:
    """The letter that stands for a channel on the timeline."""
    return desk.channel(channel)[:1].upper()
