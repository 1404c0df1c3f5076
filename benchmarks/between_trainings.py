"""How soon a dead link or a hit is noticed between trainings, and how still the propensities are otherwise.

    python -m benchmarks.between_trainings [--seeds 20]

A stream of decisions about one action on a channel, beside a second one that stays as it is; answers come
some hours later (exponential). After twenty days as the model has it the action dies, or does three times as
well. Counted as the store counts them, updated as the service updates: hours and decisions until the
propensity is below half of (above one and a half times) the model's, median and 90th percentile of the seeds;
and how far it strays in the quiet days before, as the standard deviation of its ratio to the truth.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np

from models.domain.journey import Journey
from models.journey_file import parse_journey
from models.policy.scoring.priors import believed
from models.policy.scoring.response_delays import ResponseCount
from models.policy.scoring.updates import make_update

ROOT: Final = Path(__file__).resolve().parents[1]
ACTION, OTHER, CHANNEL, PHASE = "tailored_lease", "neighbour_references", "email", "active_evaluation"
QUIET_DAYS: Final = 20
LONGEST_HOURS: Final = 24 * 14


class Stream:
    """Decisions and answers hour by hour."""

    def __init__(self, journey: Journey, rate: int, propensity: float, seed: int, delay_hours: float) -> None:
        self.journey, self.rate, self.propensity, self.delay = journey, rate, propensity, delay_hours
        self.rng = np.random.default_rng(seed)
        self.hour = 0
        self.decided: list[tuple[int, str, float]] = []

    def live(self, hours: int, chance: float) -> None:
        for _ in range(hours):
            self.hour += 1
            for action, p in ((ACTION, chance), (OTHER, self.propensity)):
                came = self.rng.random(self.rate) < p
                delays = np.where(came, self.rng.exponential(self.delay, self.rate), np.inf)
                self.decided += [(self.hour, action, float(delay)) for delay in delays]

    def ratio(self) -> float:
        """The action's propensity over the model's, as an update has it now."""
        alike: Counter[tuple[str, int, int | None]] = Counter()
        for hour, action, delay in self.decided:
            age = self.hour + 1 - hour
            alike[action, _rounded(age), _rounded(delay) if delay <= age else None] += 1
        counts = [
            ResponseCount(
                phase=PHASE,
                action=action,
                channel=CHANNEL,
                ours=True,
                age_hours=age,
                delay_hours=delay,
                number=number,
                propensity=self.propensity * number,
            )
            for (action, age, delay), number in alike.items()
        ]
        update = make_update(self.journey, counts, np.maximum(believed(self.journey), 1_000.0))
        cell = self.journey.phase_index[PHASE], self.journey.treatment_index[ACTION, CHANNEL]
        odds = self.propensity / (1 - self.propensity) * np.exp(update.shift[cell])
        return float(odds / (1 + odds) / self.propensity)


def _rounded(hours: float) -> int:
    """As the store rounds: hours below two days, days beyond."""
    return int(hours) if hours < 48 else int(hours // 24 * 24)


def noticed(stream: Stream, factor: float) -> int:
    """Hours until the change shows."""
    for hours in range(1, LONGEST_HOURS):
        stream.live(1, stream.propensity * factor)
        ratio = stream.ratio()
        if (factor < 1 and ratio < 0.5) or (factor > 1 and ratio > 1.5):
            return hours
    return LONGEST_HOURS


def measure(journey: Journey, rate: int, propensity: float, factor: float, seeds: int) -> str:
    """One line of the table."""
    hours, ratios = [], []
    for seed in range(seeds):
        stream = Stream(journey, rate, propensity, seed, delay_hours=4.0)
        stream.live(24 * QUIET_DAYS, propensity)
        ratios.append(stream.ratio())
        hours.append(noticed(stream, factor))
    middle, late = np.percentile(hours, [50, 90])
    what = "dies" if factor < 1 else "three times as many"
    cells = [f"{rate}", f"{propensity:g}", what, f"{middle:.0f} ({late:.0f})", f"{middle * rate:.0f}"]
    return f"| {' | '.join(cells)} | {np.std(ratios):.2f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    journey = parse_journey((ROOT / "examples/solar/journey.yaml").read_bytes(), "journey.yaml")
    print("| decisions an hour | propensity | the action | hours, median (p90) | decisions | strays by |")
    print("| --- " * 6 + "|")
    for rate, propensity in ((5, 0.1), (20, 0.1), (20, 0.03), (100, 0.03)):
        for factor in (0.0, 3.0):
            print(measure(journey, rate, propensity, factor, seeds), flush=True)


if __name__ == "__main__":
    main()
