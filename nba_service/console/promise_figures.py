"""What the models promised and what came, by week, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.drawing.time_charts import Mark, Period, promised_over_time
from nba_service.console.page import Column, Table
from nba_service.console.wording import Words

Week = Mapping[str, Any]


def known_weeks(weeks: Sequence[Week]) -> list[Week]:
    """Weeks of which something can be said."""
    return [week for week in weeks if week["happened"] is not None]


def weeks_title(t: Words, weeks: Sequence[Week]) -> str:
    """In how many weeks the promise lies within what came."""
    known = known_weeks(weeks)
    if not known:
        return t("models.weeks.none")
    kept = [week for week in known if week["happened"]["low"] <= week["promised"] <= week["happened"]["high"]]
    case = "kept" if len(kept) >= 0.8 * len(known) else "off"
    return t(f"models.weeks.{case}", n=t.number(len(kept)), all=t.number(len(known)))


def draw_weeks(t: Words, weeks: Sequence[Week], marks: Sequence[Mark]) -> str:
    """Per cent promised and responded, with marks of what changed."""
    drawn = []
    for week in weeks:
        happened, promised = week["happened"], week["promised"]
        label = t.day(datetime.fromisoformat(str(week["since"])))
        if happened is None:
            drawn.append(Period(label=label, promised=None, happened=None))
            continue
        title = t(
            "models.promises.group", promised=t.percent(promised), happened=t.percent(happened["value"])
        )
        ends = {"low": 100 * happened["low"], "high": 100 * happened["high"]}
        drawn.append(
            Period(
                label=label, promised=100 * promised, happened=100 * happened["value"], title=title, **ends
            )
        )
    return promised_over_time(drawn, marks, weeks_title(t, weeks))


def week_table(weeks: Sequence[Week]) -> Table:
    """The same as a table."""
    columns = (
        Column("since"), Column("until"), Column("contacts", "count"), Column("promised", "percent"),
        Column("happened", "percent"), Column("low", "percent"), Column("high", "percent"),
    )  # fmt: skip
    rows = []
    for week in weeks:
        happened = week["happened"] or {"value": None, "low": None, "high": None}
        ends = (happened["value"], happened["low"], happened["high"])
        rows.append((week["since"], week["until"], week["contacts"], week["promised"], *ends))
    return Table(name="weeks", columns=columns, rows=rows)
