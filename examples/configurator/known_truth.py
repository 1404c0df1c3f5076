"""Is the nearest really the nearest, and does the forecast hold? A world in which both are known.

Customers ask for cars at known daily rates per region, through the service, for eight weeks; then four more
weeks come. Every configuration that a decision spoke of is compared with the result of trying all of
them, and the interval of the measure ``demand`` with the customers who then came.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from models.configurations.availability import Availability, Window
from models.configurations.check import days_from
from models.configurations.demand import forecast
from models.configurations.search import broken, holds_in, step
from models.domain.configurations import Configurator
from nba_service.app import create_app
from nba_service.decisions.configurations.csv_rows import read_rows
from nba_service.services import services_of
from nba_service.settings import Authentication, Settings

HERE = Path(__file__).parent
BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
SEEN_DAYS, COMING_DAYS = 56, 28
RATES = {"north": 1.2, "south": 0.6, "west": 1.8}
"""Customers a day with a wish."""


def main(seed: int = 8) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    now = [BEGIN]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/nba.sqlite",
            registry=Path(folder) / "none",
            journal=Path(folder) / "journal",
            journey=HERE / "journey.yaml",
            authentication=Authentication.OFF,
            web_deadline_ms=30_000,
        )
        app = create_app(settings, clock=lambda: now[0], poll=False)
        parts = services_of(app)
        parts.store.plain.migrate()
        client, car = app.test_client(), parts.source.current().journey.configurators[0]
        rows = list(read_rows(HERE / "stock.csv"))
        body = [
            {
                "option": r.option,
                "choice": r.choice,
                "region": r.region,
                "available": r.available,
                "from": r.first,
                "until": r.last,
            }
            for r in rows
        ]
        kept = [row.stored() for row in rows]
        nearest_wrong = decisions = 0
        in_vain: dict[str, Counter[int]] = {region: Counter() for region in RATES}
        measured: dict[str, Any] = {}
        for day in range(SEEN_DAYS + COMING_DAYS):
            now[0] = BEGIN + timedelta(days=day)
            client.put("/v1/configurations/car/availability", json={"rows": body if day == 0 else []})
            if day == SEEN_DAYS:
                measured = client.get(f"/v1/measures/demand?days={SEEN_DAYS + 1}").get_json()
            table = Availability.of(kept, 1)
            for region, rate in RATES.items():
                for number in range(int(rng.poisson(rate))):
                    wish = some_wish(car, rng)
                    attributes = {f"wished_{name}": choice for name, choice in wish.items()}
                    answer = client.post(
                        "/v1/decisions",
                        json={
                            "customer_id": f"{region}-{day}-{number}",
                            "channels": ["website"],
                            "profile": {"attributes": {**attributes, "region": region}},
                        },
                    ).get_json()
                    best = best_of_all(car, table, wish, region, days_from(now[0].date(), car.within_days))
                    decisions += 1
                    for action in answer["actions"]:
                        if "configuration" in action:
                            nearest_wrong += action["configuration"]["choices"] != best
                    in_vain[region][day] += any(best[name] != choice for name, choice in wish.items())
        parts.stop()
    regions = {}
    for region in RATES:
        per_day = np.array([in_vain[region][day] for day in range(SEEN_DAYS)])
        came = sum(in_vain[region][day] for day in range(SEEN_DAYS, SEEN_DAYS + COMING_DAYS))
        low, high = forecast(per_day, COMING_DAYS)[1:]
        told = next((row["customers"] for row in measured["regions"] if row["region"] == region), 0)
        counted = int(per_day.sum())
        regions[region] = {"in vain": counted, "measured": told, "came": came, "low": low, "high": high}
    return {"decisions": decisions, "not the nearest": nearest_wrong, "regions": regions}


def coverage(worlds: int = 1_000, rate: float = 1.1) -> float:
    """How often the interval holds the customers who come, at a rate like that of the west."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(worlds):
        low, high = forecast(rng.poisson(rate, SEEN_DAYS), COMING_DAYS)[1:]
        held += low <= int(rng.poisson(rate, COMING_DAYS).sum()) <= high
    return held / worlds


def some_wish(car: Configurator, rng: np.random.Generator) -> dict[str, str]:
    """Each option is wished with a chance of 0.6, every choice as likely."""
    return {
        option.name: str(rng.choice([choice.name for choice in option.choices]))
        for option in car.options
        if rng.random() < 0.6 or option.name == "motor"
    }


def best_of_all(
    car: Configurator, table: Availability, wish: dict[str, str], region: str, days: Window
) -> dict[str, str]:
    """The nearest, by trying every configuration."""
    target = car.price({o.name: wish.get(o.name, o.default) for o in car.options})
    best: tuple[Any, ...] | None = None
    for chosen in product(*(option.choices for option in car.options)):
        choices = {o.name: c.name for o, c in zip(car.options, chosen, strict=True)}
        if any(holds_in(rule, region) and broken(rule, choices) for rule in car.rules):
            continue
        window = days
        for option in car.options:
            window = window.within(table.window(option, choices[option.name], region) or Window("2", "1"))
        if window.empty:
            continue
        far = [o.weight * step(o, wish.get(o.name, o.default), choices[o.name]) for o in car.options]
        wished = sum(f for f, o in zip(far, car.options, strict=True) if o.name in wish)
        order = tuple(o.position(choices[o.name]) for o in car.options)
        price = abs(car.price(choices) - target)
        key = (round(wished, 9), round(sum(far) - wished, 9), price, window.first, order)
        if best is None or key < best[0]:
            best = (key, choices)
    return {} if best is None else dict(best[1])


if __name__ == "__main__":
    found = main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
    say = sys.stdout.write
    say(f"{found['decisions']} decisions, {found['not the nearest']} not the nearest\n")
    for region, row in found["regions"].items():
        say(f"{region}: {', '.join(f'{name} {value:g}' for name, value in row.items())}\n")
    say(f"interval over 1,000 worlds: {coverage():.3f}\n")
