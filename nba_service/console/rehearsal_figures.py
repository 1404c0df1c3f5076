"""What a rehearsal draws.

Who goes from where to where, and the weeks ahead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from models.drawing.flows import Band, End, flows
from models.drawing.tracks import Track, tracks
from models.policy.rehearsal.look_ahead import LimitUse, Pressure
from models.policy.rehearsal.rehearsal import Flow
from nba_service.console.desk import Desk
from nba_service.console.page import Column, Table
from nba_service.console.wording import Words

MOST_ENDS: Final = 7
"""Ends that are drawn at each side; the smaller ones are drawn together."""
_FORCED: Final = "\0forced"
_OTHERS: Final = "\0others"


def flows_title(desk: Desk, found: Sequence[Flow]) -> str:
    """How many change, and how many of them got nothing before."""
    t, moved = desk.words, sum(flow.decisions for flow in found)
    from_nothing = sum(flow.decisions for flow in found if flow.before is None)
    if not moved:
        return t("rehearsal.flows.none")
    if not from_nothing:
        return t.counted("rehearsal.flows.some", moved)
    return t.counted("rehearsal.flows.from_nothing", moved, nothing=t.number(from_nothing))


def draw_flows(desk: Desk, found: Sequence[Flow]) -> str:
    """Those whose first place changes, left before, right after."""
    if not found:
        return ""
    starts = _ends_of((_named(flow.before), flow.decisions) for flow in found)
    ends = _ends_of((_named(flow.after), flow.decisions) for flow in found)
    values: Counter[tuple[str, str]] = Counter()
    for flow in found:
        start, end = _named(flow.before), _named(flow.after)
        key = (start if start in starts else _OTHERS, end if end in ends else _OTHERS)
        values[key] += flow.decisions
    t = desk.words
    bands = [
        Band(
            start=start,
            end=end,
            value=float(number),
            cls=_look(start),
            title=t(
                "rehearsal.flow", before=_label(desk, start), after=_label(desk, end), n=t.number(number)
            ),
        )
        for (start, end), number in values.items()
    ]
    words = [
        {name: _end(desk, name, number, way) for name, number in side.items()}
        for side, way in ((starts, "leave"), (ends, "come"))
    ]
    return flows(
        bands, words[0], words[1], (t("rehearsal.now"), t("rehearsal.then")), flows_title(desk, found)
    )


def flow_table(desk: Desk, found: Sequence[Flow]) -> Table:
    rows = [
        (_label(desk, _named(flow.before)), _label(desk, _named(flow.after)), flow.decisions)
        for flow in found
    ]
    columns = (Column("before"), Column("after"), Column("customers", "count"))
    return Table(name="flows", columns=columns, rows=rows)


def pressure_title(t: Words, found: Pressure) -> str:
    """How often a customer would hear from us in four weeks, compared with now."""
    before = sum(week.before for week in found.weeks)
    after = sum(week.after for week in found.weeks)
    if not before and not after:
        return t("rehearsal.pressure.none")
    case = "more" if after > before + 0.005 else "fewer" if after < before - 0.005 else "same"
    return t(f"rehearsal.pressure.{case}", before=t.number(before, 2), after=t.number(after, 2))


def draw_pressure(desk: Desk, found: Pressure) -> str:
    """Contacts per customer and week, then each limit by those who are closest to it."""
    if not found.weeks:
        return ""
    t = desk.words
    most = max(max(week.before, week.after) for week in found.weeks) or 1.0
    first = Track(
        label=t("rehearsal.pressure.contacts"),
        note=t("rehearsal.pressure.mean"),
        before=[week.before / most for week in found.weeks],
        after=[week.after / most for week in found.weeks],
        shown=[_change(t.number(week.before, 2), t.number(week.after, 2)) for week in found.weeks],
        limited=False,
    )
    used = [one for one in found.limits if _touched(one)]
    rows = [first, *(_limit_track(desk, one) for one in used)]
    weeks = [
        t("rehearsal.pressure.week", day=t.day(datetime.fromisoformat(f"{week.since}T00:00:00+00:00")))
        for week in found.weeks
    ]
    return tracks(rows, weeks, pressure_title(t, found))


def pressure_table(desk: Desk, found: Pressure) -> Table:
    """A row per week: contacts per customer, and of the customer who gets most."""
    columns = (
        Column("week"), Column("customers", "count"), Column("before", "number"), Column("after", "number"),
        Column("most_before", "count"), Column("most_after", "count"),
    )  # fmt: skip
    rows = [
        (week.since, week.customers, week.before, week.after, week.most_before, week.most_after)
        for week in found.weeks
    ]
    return Table(name="pressure", columns=columns, rows=rows)


def limit_table(found: Pressure) -> Table:
    """A row per limit and week: the share of it that the fullest tenth uses."""
    columns = (Column("code"), Column("week"), Column("before", "percent"), Column("after", "percent"))
    rows = [
        (limit.code, week.since, before, after)
        for limit in found.limits
        for week, before, after in zip(found.weeks, limit.before, limit.after, strict=True)
    ]
    return Table(name="limits", columns=columns, rows=rows)


def _limit_track(desk: Desk, limit: LimitUse) -> Track:
    t = desk.words
    days = t.counted("units.day", limit.window_days)
    counts = [limit.count_before, limit.count_after]
    shown = list(dict.fromkeys("–" if count is None else t.number(count) for count in counts))
    return Track(
        label=limit_name(desk, limit.code),
        note=t("rehearsal.pressure.limit", n=" → ".join(shown), days=days),
        before=limit.before,
        after=limit.after,
        shown=[
            _change(_share(t, before), _share(t, after))
            for before, after in zip(limit.before, limit.after, strict=True)
        ],
    )


def limit_name(desk: Desk, code: str) -> str:
    """The channel of a limit that has one of its own, else its code in words."""
    limits = () if desk.journey is None else desk.journey.contact_limits
    limit = next((one for one in limits if one.code == code), None)
    if limit is not None and len(limit.channels) == 1 and not limit.groups and not limit.actions:
        return desk.channel(limit.channels[0])
    return code.replace("_", " ").capitalize()


def _touched(limit: LimitUse) -> bool:
    return any(share for share in (*limit.before, *limit.after))


def _share(t: Words, share: float | None) -> str:
    return "–" if share is None else t.percent(share, 0)


def _change(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _named(action: str | None) -> str:
    return _FORCED if action is None else action


def _ends_of(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Names of one side with how many there are, the largest first; the rest together."""
    sums: Counter[str] = Counter()
    for name, number in pairs:
        sums[name] += number
    kept = dict(sums.most_common(MOST_ENDS))
    others = sum(sums.values()) - sum(kept.values())
    return {**kept, _OTHERS: others} if others else kept


def _label(desk: Desk, name: str) -> str:
    special = {_FORCED: "forced", "nothing": "peace", _OTHERS: "others"}
    return desk.words(f"rehearsal.flows.{special[name]}") if name in special else desk.action(name)


def _end(desk: Desk, name: str, number: int, way: str) -> End:
    label = _label(desk, name)
    return End(
        label=label if len(label) <= 36 else label[:35] + "…",
        note=desk.words.counted(f"rehearsal.flows.{way}", number),
        cls=_look(name),
    )


def _look(name: str) -> str:
    return {_FORCED: "fw", "nothing": "ft"}.get(name, "fa")
