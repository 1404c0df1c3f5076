"""One roof, one source: what fits on it, what it makes, what it saves.

Mail, site and adviser read these figures.

    python examples/solar/roof.py examples/solar/guided/house.json     the figures, as JSON

Plan coordinates are metres, x east and y north. The roof's face has its own: ``u`` along the ridge, ``w``
from the ridge down to the eave as seen from above; on the slope that is ``w / cos(pitch)``. Azimuth 180 looks
south. ``guided/static/roof.js`` repeats geometry and sums for instant redraw; a test holds the two together.

Sun: the 12 average days of Klein (1977), each hour; monthly means of Munich; Erbs' diffuse share; courses of
the day by Collares-Pereira and Liu-Jordan, as in ``irradiation.py``. Shade: a crown is a ball that lets a
quarter of the beam through, a chimney a ball that lets none; the sky is whole.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from math import acos, cos, exp, pi, radians, sin, tan
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from models.arrays import Floats, Mask

House = Mapping[str, Any]
Point = tuple[float, float]


class Place(NamedTuple):
    """Where a panel can lie.

    ``at``: u, w, width, depth as seen from above. ``shade``: of its year; ``months``: kWh on a square metre.
    """

    at: tuple[float, float, float, float]
    shade: float
    months: list[float]


PANEL: Final = (1.13, 1.76)  # m
PANEL_KW: Final = 0.44
PERFORMANCE: Final = 0.8
SETBACK, CHIMNEY_HALF, CHIMNEY_CLEAR = 0.3, 0.45, 0.3
MOST_SHADE: Final = 0.06  # of a panel's year; above it the place is left free
PRICE, FEED_IN = 35.0, 8.0  # ct/kWh
MONEY: Final = ("price_ct", "feed_in_ct", "annual_kwh", "household_size")
"""What moves no panel."""
MOST_OWN_USE, SLOPE = 0.45, 1.25  # own use as in facts.py
LEASE_KW_MONTH, BUY_KW, BUY_OUT, UPKEEP = 8.2, 1390, 0.78, 150
"""EUR; share of the price after 5 years; EUR a year. Invented."""
CAREFUL, GUARANTEED = 0.86, 0.9
"""Of the saving in poor years at a lower price; of the yield."""
MONTH: Final = (33.0, 52, 90, 126, 156, 166, 172, 146, 104, 65, 35, 26)  # kWh/m², horizontal
DAYS: Final = (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
AVERAGE_DAY: Final = (17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344)


@lru_cache(maxsize=64)
def sun_table(latitude: float) -> list[list[float]]:
    """Rows of [month, hour, east, north, up, beam, diffuse, global]: kWh on a square metre in the month.

    ``beam`` is on a square metre that faces the sun.
    """
    phi, rows = radians(latitude), []
    for month, day in enumerate(AVERAGE_DAY):
        d = radians(23.45 * sin(2 * pi * (284 + day) / 365))
        dusk = acos(max(-1, min(1, -tan(phi) * tan(d))))
        high = cos(phi) * cos(d) * sin(dusk) + dusk * sin(phi) * sin(d)
        top = 24 / pi * 1.367 * (1 + 0.033 * cos(2 * pi * day / 365)) * high
        share = _diffuse_share(max(0.2, min(0.8, MONTH[month] / DAYS[month] / top)), dusk)
        a, b = 0.409 + 0.5016 * sin(dusk - pi / 3), 0.6609 - 0.4767 * sin(dusk - pi / 3)
        hours = [(h, radians((h + 0.5 - 12) * 15)) for h in range(24)]
        hours = [(h, w) for h, w in hours if abs(w) < dusk]
        course = [cos(w) - cos(dusk) for _, w in hours]
        whole = [c * (a + b * cos(w)) for c, (_, w) in zip(course, hours, strict=True)]
        for c, g, (hour, w) in zip(course, whole, hours, strict=True):
            total, diffuse = MONTH[month] * g / sum(whole), MONTH[month] * share * c / sum(course)
            up = sin(phi) * sin(d) + cos(phi) * cos(d) * cos(w)
            east, north = -cos(d) * sin(w), sin(d) * cos(phi) - cos(d) * sin(phi) * cos(w)
            beam = max(0, total - diffuse) / max(up, 0.05)
            row = (east, north, up, beam, min(diffuse, total), total)
            rows.append([month, hour, *(round(x, 4) for x in row)])
    return rows


@lru_cache(maxsize=64)
def _sun_columns(latitude: float) -> Floats:
    return np.array(sun_table(latitude)).T


def _diffuse_share(k: float, dusk: float) -> float:
    if dusk <= radians(81.4):
        return 1.391 - 3.56 * k + 4.189 * k**2 - 2.137 * k**3
    return 1.311 - 3.022 * k + 3.427 * k**2 - 1.821 * k**3


def inside(polygon: list[Point], x: Floats, y: Floats) -> Mask:
    """Which points lie in a polygon."""
    odd = np.zeros(x.shape, dtype=bool)
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if y1 != y2:
            crosses = ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
            odd ^= crosses
    return odd


def fits(polygon: list[Point], chimney: Point | None, u: Floats, v: Floats, size: Point) -> Mask:
    """Which panels at (u, v) lie on the slope with their setback and clear of the chimney."""
    w, h = size
    left, low, right, high = u - SETBACK, v - SETBACK, u + w + SETBACK, v + h + SETBACK
    good = np.ones(u.shape, dtype=bool)
    for x in (left, (left + right) / 2, right):
        for y in (low, (low + high) / 2, high):
            good &= inside(polygon, x, y)
    for x, y in polygon:
        good &= ~((left < x) & (x < right) & (low < y) & (y < high))
    if chimney is not None:
        (cu, cv), clear = chimney, CHIMNEY_HALF + CHIMNEY_CLEAR
        good &= ~((u - clear < cu) & (cu < u + w + clear) & (v - clear < cv) & (cv < v + h + clear))
    return good


def places(house: House) -> list[tuple[Floats, Floats, float, float]]:
    """All straight grids, upright and lying: (u, v, width, height) of the panels that fit, on the slope."""
    c = cos(radians(house["pitch_deg"]))
    polygon = [(u, w / c) for u, w in house["outline"]]
    stands = house.get("chimney")
    chimney = None if stands is None else (stands[0], stands[1] / c)
    (u0, u1), (v0, v1) = ((min(p[i] for p in polygon), max(p[i] for p in polygon)) for i in (0, 1))
    found = []
    for w, h in (PANEL, PANEL[::-1]):
        starts = [
            (u0 + SETBACK + 0.01 + i * w / 8, v0 + SETBACK + 0.01 + j * h / 8)
            for i in range(8)
            for j in range(8)
        ]
        grids = []
        for left, low in starts:
            columns, rows = max(int((u1 - left) / (w + 0.02)), 0), max(int((v1 - low) / (h + 0.02)), 0)
            v, u = np.meshgrid(
                low + np.arange(rows) * (h + 0.02), left + np.arange(columns) * (w + 0.02), indexing="ij"
            )
            grids.append((u.ravel(), v.ravel()))
        u, v = (np.concatenate([grid[i] for grid in grids]) for i in (0, 1))
        good = fits(polygon, chimney, u, v, (w, h))  # of all grids at once
        ends = np.cumsum([len(grid[0]) for grid in grids])
        for (own_u, own_v), end in zip(grids, ends, strict=True):
            own = good[end - len(own_u) : end]
            found.append((own_u[own], own_v[own], w, h))
    return found


def pack(house: House) -> list[Place]:
    """The grid whose panels make most in a year, those that are left free not counted; best place first."""
    c = cos(radians(house["pitch_deg"]))
    months, _ = shade({**house, "trees": [], "chimney": None}, np.zeros(1), np.zeros(1))
    most, top = float(months.sum()), 0.0  # no place makes more than one without shade
    best: list[Place] = []
    for u, v, w, h in sorted(places(house), key=lambda grid: -len(grid[0])):
        if len(u) * most <= top:
            break
        months, lost = shade(house, u + w / 2, v * c + h * c / 2)
        years = months.sum(axis=1)
        made = float(years[lost <= MOST_SHADE].sum())
        if not best or made > top * (1 + 1e-9):
            top = made
            best = [
                Place((float(u[i]), float(v[i] * c), w, h * c), float(lost[i]), months[i].tolist())
                for i in np.argsort(-years, kind="stable")
            ]
    return best


def on_plan(house: House, u: Any, w: Any) -> tuple[Any, Any]:
    """Places of the roof's face on the plan; numbers or arrays."""
    a, (x, y) = radians(house["azimuth_deg"]), house["centre"]
    return x - u * cos(a) + w * sin(a), y + u * sin(a) + w * cos(a)


def height(house: House, w: Any) -> Any:
    """Metres above the ground; a number or an array."""
    low = max(p[1] for p in house["outline"])
    return house["eave_m"] + (low - w) * tan(radians(house["pitch_deg"]))


def shade(house: House, u: Floats, w: Floats) -> tuple[Floats, Floats]:
    """What trees and chimney leave of the sun at places of the roof's face.

    Returns:
        kWh on a square metre by month, shape (n, 12); the share of the year that is taken, shape (n,).
    """
    p, a = radians(house["pitch_deg"]), radians(house["azimuth_deg"])
    month, _, e, n, up, beam, diffuse, total = _sun_columns(house["latitude"])
    x, y = on_plan(house, u, w)
    z = height(house, w)
    balls = [(*t["at"], t["height"], t["radius"], 0.75) for t in house["trees"]]
    if house.get("chimney") is not None:
        cu, cw = house["chimney"]
        balls.append((*on_plan(house, cu, cw), height(house, cw) + 0.6, CHIMNEY_HALF, 1.0))
    direct = beam * np.maximum(0.0, sin(p) * sin(a) * e + sin(p) * cos(a) * n + cos(p) * up)
    taken = np.zeros((len(u), len(beam)))
    cx, cy, cz = x.mean(), y.mean(), z.mean()
    reach = float(np.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2).max()) + 0.01
    for bx, by, bz, r, dense in balls:
        ahead = (bx - cx) * e + (by - cy) * n + (bz - cz) * up
        beside = (bx - cx) ** 2 + (by - cy) ** 2 + (bz - cz) ** 2 - ahead**2
        rays = np.flatnonzero((direct > 0) & (ahead > -reach) & (beside < (r + reach) ** 2))  # may meet it
        mx, my, mz = bx - x, by - y, bz - z
        along = np.outer(mx, e[rays]) + np.outer(my, n[rays]) + np.outer(mz, up[rays])
        hit = (along > 0) & ((mx**2 + my**2 + mz**2)[:, None] - along**2 < r * r)
        taken[:, rays] = np.maximum(taken[:, rays], np.where(hit, dense, 0.0))
    got = direct * (1 - taken) + diffuse * (1 + cos(p)) / 2 + total * 0.1 * (1 - cos(p))
    months = got @ (month[:, None] == np.arange(12))
    lost = taken @ direct
    return months, lost / (months.sum(axis=1) + lost)


def figures(house: House) -> dict[str, Any]:
    """All figures of a house."""
    return dict(_figures(json.dumps(house, sort_keys=True)))


@lru_cache(maxsize=512)
def _figures(text: str) -> Mapping[str, Any]:
    house = json.loads(text)
    spots = _packed(json.dumps({k: v for k, v in house.items() if k not in MONEY}, sort_keys=True))
    kept = [s for s in spots if s.shade <= MOST_SHADE]
    months = [sum(s.months[m] for s in kept) * PANEL_KW * PERFORMANCE for m in range(12)]
    price, feed_in = house.get("price_ct", PRICE) / 100, house.get("feed_in_ct", FEED_IN) / 100
    made, use, peak = sum(months), house["annual_kwh"], len(kept) * PANEL_KW
    own = min(made, use * MOST_OWN_USE * (1 - exp(-SLOPE * made / use)))
    raw = [1 - exp(-SLOPE * m / (use / 12)) for m in months]
    owns = [own * r / sum(raw) for r in raw] if made else raw
    saved, fed_in = round(own * price), round((made - own) * feed_in)
    saving, lease, buy = saved + fed_in, round(peak * LEASE_KW_MONTH), round(peak * BUY_KW / 10) * 10
    return {
        "panels": len(kept),
        "left_free": len(spots) - len(kept),
        "peak_kw": round(peak, 2),
        "yield_kwh": round(made),
        "yield_months": [round(m) for m in months],
        "saving_months": [round(o * price + (m - o) * feed_in) for m, o in zip(months, owns, strict=True)],
        "own_use_kwh": round(own),
        "shade_loss": round(sum(s.shade for s in kept) / max(1, len(kept)), 3),
        "most_shade": round(max((s.shade for s in spots), default=0), 3),
        "saved_eur": saved,
        "fed_in_eur": fed_in,
        "saving_per_year": saving,
        "careful_eur": round(saving * CAREFUL),
        "guaranteed_kwh": round(made * GUARANTEED / 10) * 10,
        "lease_per_month": lease,
        "buy_eur": buy,
        "buy_out_eur": round(buy * BUY_OUT / 10) * 10,
        "lease_20_years": 20 * (saving - 12 * lease),
        "buy_20_years": 20 * (saving - UPKEEP) - buy,
        "spots": [{"at": [round(x, 3) for x in s.at], "shade": round(s.shade, 3)} for s in spots],
    }


@lru_cache(maxsize=512)
def _packed(text: str) -> tuple[Place, ...]:
    """Of what the geometry depends on alone: a slider of prices moves no panel."""
    return tuple(pack(json.loads(text)))


def main() -> None:
    house = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps(figures(house)))  # noqa: T201 (a command prints)


if __name__ == "__main__":
    main()
