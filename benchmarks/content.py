"""What the words of a decision cost: rendering, beside ``str.format`` with the same words as the floor.

``python -m benchmarks.content``; texts and facts of the solar company, CPU time of this thread.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.journey_file import parse_journey
from nba_service.content.fact_loading import load_facts
from nba_service.content.render import Renderer

SOLAR = Path(__file__).resolve().parents[1] / "examples" / "solar"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FLOOR = (
    "Your roof makes about {made} a year. With the {used} that you use, that is {saved} a year less. {rest}"
)
CUSTOMER = {
    "first_name": "Anna",
    "roof_area_m2": 42,
    "roof_pitch_deg": 30,
    "roof_orientation": "s",
    "latitude": 48.2,
    "annual_kwh": 4_000,
    "postcode_area": "10",
}


def each(repeats: int, work: Callable[[int], object]) -> list[float]:
    """Microseconds per call."""
    found = []
    for number in range(repeats):
        begun = time.thread_time_ns()
        work(number)
        found.append((time.thread_time_ns() - begun) / 1_000)
    return found


def shown(name: str, values: list[float]) -> None:
    low, middle, high = statistics.quantiles(values, n=4)
    p99 = statistics.quantiles(values, n=100)[-1]
    sys.stdout.write(f"{name:<62} {middle:7.1f} µs  (quartiles {low:.1f} to {high:.1f}, p99 {p99:.0f})\n")


def main() -> None:
    journey = parse_journey((SOLAR / "journey.yaml").read_bytes(), "journey.yaml")
    book, renderer = load_facts([str(SOLAR / "facts.py")]), Renderer(journey)

    def render(action: str, channel: str, locale: str, facts: Any, customer: dict[str, Any]) -> object:
        variables = {"customer": customer, "facts": facts, "currency": "EUR"}
        return renderer.render(action, channel, None, locale, variables)

    def personal(number: int) -> object:
        customer = {**CUSTOMER, "annual_kwh": 3_000 + number}
        return render("personal_calculation", "email", "de-AT", book.about(customer, NOW), customer)

    def all_texts(number: int) -> object:
        treatment = journey.treatments[1:][number % (len(journey.treatments) - 1)]
        facts = book.about(CUSTOMER, NOW)
        return render(treatment.action, treatment.channel or "", "de", facts, CUSTOMER)

    def fact(number: int) -> object:
        return book.about({**CUSTOMER, "annual_kwh": 3_000 + number}, NOW)["saving_per_year"]

    def new_roof(number: int) -> object:
        roof = {"latitude": 47 + number / 100, "roof_pitch_deg": number % 60}
        return book.about({**CUSTOMER, **roof}, NOW)["yield_kwh"]

    def fallback(_: int) -> object:
        return render("personal_calculation", "email", "de", {"saving_per_year": 1}, {})

    words = {"made": "9.372 kWh", "used": "4.000 kWh", "saved": "1.001 €", "rest": "Change any figure."}
    for work in (personal, all_texts):
        each(200, work)
    shown("floor: str.format of the same words", each(5_000, lambda _: FLOOR.format(**words)))
    shown("one text of four figures, three of them facts, de-AT", each(3_000, personal))
    shown("all texts of the solar company in turn, de", each(3_000, all_texts))
    shown("a text that falls back", each(2_000, fallback))
    shown("fact: saving of a roof seen before", each(3_000, fact))
    shown("fact: yield of a roof never seen", each(1_000, new_roof))


if __name__ == "__main__":
    main()
