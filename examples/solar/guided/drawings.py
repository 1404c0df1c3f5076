"""What the pages of the guided journey draw of a house and its figures, and the sums beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from roof import figures, on_plan

from guided import charts
from guided.people import Person

Words = Mapping[str, Any]

DAY: Final[Mapping[str, Any]] = json.loads((Path(__file__).parent / "day.json").read_text(encoding="utf-8"))


def harvest(f: Mapping[str, Any]) -> list[tuple[int, float, float]]:
    """Month, harvested and promised kWh: readings are invented as shares of what this roof was promised."""
    shares = {1: 0.974, 2: 1.046, 3: 0.969, 4: 0.988}
    return [(m, f["yield_months"][m] * share, f["yield_months"][m]) for m, share in shares.items()]


def drawings(
    page: str, f: Mapping[str, Any], words: Words, n: Callable[..., str], person: Person | None
) -> dict[str, Any]:
    """The charts of a page."""
    house = person.house if person is not None else {}
    months = words["months"]
    if page == "calculation":
        price, feed = house.get("price_ct", 35.0), house.get("feed_in_ct", 8.0)
        c = words["calculation"]
        own = (
            f["saved_eur"],
            f"{n(f['saved_eur'])} € {c['not_bought']}",
            f"{n(f['own_use_kwh'])} kWh × {n(price)} ct",
        )
        sold_kwh = f["yield_kwh"] - f["own_use_kwh"]
        sold = (f["fed_in_eur"], f"{n(f['fed_in_eur'])} € {c['sold']}", f"{n(sold_kwh)} kWh × {n(feed)} ct")
        return {
            "split": charts.split(c["split"], own, sold),
            "year": charts.year(c["chart"], f["yield_months"], house["annual_kwh"], months),
        }
    if page == "lease":
        rate = words["lease"]["rate"].format(rate=n(f["lease_per_month"]))
        chart = charts.instalments(
            words["lease"]["chart"], f["saving_months"], f["lease_per_month"], months, rate
        )
        return {"instalments": chart, **over_year(f)}
    if page == "dashboard":
        rows = harvest(f)
        quarters = DAY["quarter_hours"]
        return {
            "day": charts.day(words["dashboard"]["day"], quarters),
            "harvest": charts.promised(
                words["dashboard"]["harvest"], [(months[m], got, p) for m, got, p in rows]
            ),
            "saved": round(sum(f["saving_months"][m] * got / p for m, got, p in rows if p)),
            **day_sums(quarters),
            "gaps": ", ".join(f"{clock(begin)}–{clock(end)}" for begin, end in charts.gaps(quarters)),
        }
    return {}


def over_year(f: Mapping[str, Any]) -> dict[str, float]:
    """How many months the rate is covered, and what is short or left."""
    left = [saving - f["lease_per_month"] for saving in f["saving_months"]]
    return {
        "plus": sum(value >= 0 for value in left),
        "minus": sum(value < 0 for value in left),
        "short": -sum(value for value in left if value < 0),
        "left": sum(left),
        "dark": min(left),
        "dark_month": left.index(min(left)),
        "bright": max(left),
        "bright_month": left.index(max(left)),
    }


def day_sums(quarters: list[list[float]]) -> dict[str, float]:
    """kWh of a day: made, kept, fed in, and the share of use that the roof covered."""
    told = [quarter for run in charts.readings(quarters) for quarter in run]
    made = sum(g for _, g, _ in told) / 4
    kept = sum(min(g, u) for _, g, u in told) / 4
    used = sum(u for _, _, u in told) / 4
    best = max(range(len(quarters) - 12), key=lambda i: sum(q[1] or 0.0 for q in quarters[i : i + 12]))
    return {
        "made": made,
        "kept": kept,
        "grid": made - kept,
        "share": 100 * kept / used if used else 0,
        "from_hour": round(quarters[best][0]),
        "to_hour": round(quarters[best][0]) + 3,
    }


def clock(hour: float) -> str:
    """13.25 → ``13:15``."""
    return f"{int(hour)}:{round(hour % 1 * 60):02d}"


def scene(house: Mapping[str, Any]) -> dict[str, Any]:
    """The house from above as polygons of the picture, 16 points a metre."""

    def point(p: tuple[float, float]) -> str:
        return f"{p[0] * 16:.1f},{460 - p[1] * 16:.1f}"

    def polygon(corners: list[tuple[float, float]]) -> str:
        return " ".join(point(on_plan(house, *corner)) for corner in corners)

    o = [tuple(corner) for corner in house["outline"]]
    f = figures(house)
    panels = []
    for spot in f["spots"]:
        u, w, x, y = spot["at"]
        shaded = spot["shade"] > 0.06
        panels.append((polygon([(u, w), (u + x, w), (u + x, w + y), (u, w + y)]), shaded))
    return {
        "face": polygon(o),
        "back": polygon([o[0], o[1], (o[1][0], -house["back_m"]), (o[0][0], -house["back_m"])]),
        "panels": panels,
        "turn": house["azimuth_deg"] - 180,
        "trees": [(t["at"][0] * 16, 460 - t["at"][1] * 16, t["radius"] * 16) for t in house["trees"]],
    }
