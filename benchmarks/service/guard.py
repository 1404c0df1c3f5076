"""Whether the service became slower or larger than its committed figures say: ratios of one run.

    python -m benchmarks.service.guard [--rounds 3] [--seconds 3] [--write]

A small version of ``benchmarks.service``: servers take turns with the echo, and every figure is a ratio to
the echo's of the same round, or bytes. Fails where one is more than 15 % worse than ``guard.json`` says, with
a line for each; ``--write`` puts today's figures there, for a commit that says why. Part of a release
(CONTRIBUTING.md), not of the tests: on a machine that does something else at the same time it says little.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.service.__main__ import Figures, measured, ratios

TABLE: Final = Path(__file__).with_name("guard.json")
TOLERANCE: Final = 0.15
SERVERS: Final = ("echo", "flush", "commit")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of today and the committed one. ``more_is_better``: as of the echo's share of the CPU."""

    name: str
    now: float
    before: float
    more_is_better: bool

    @property
    def worse(self) -> float:
        """By which share it is worse; negative: better."""
        return self.before / self.now - 1 if self.more_is_better else self.now / self.before - 1

    @property
    def failed(self) -> bool:
        return self.worse > TOLERANCE

    def line(self) -> str:
        said = "FAILED" if self.failed else "ok"
        how = "worse" if self.worse > 0 else "better"
        return (
            f"{said:<7}{self.name:<44}{self.now:>12.4g}{self.before:>12.4g}   {abs(self.worse):.1%} {how},"
            f" {TOLERANCE:.0%} allowed"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="make today's figures the committed ones")
    arguments = parser.parse_args()
    arguments.workers, arguments.postgres = 2, None
    with tempfile.TemporaryDirectory() as folder:
        now = figures_of(measured(Path(folder), arguments, SERVERS))
    if arguments.write:
        TABLE.write_text(json.dumps(now, indent=1) + "\n")
        return
    compared = compare(now, json.loads(TABLE.read_text()))
    print(f"{'':<7}{'figure':<44}{'now':>12}{'committed':>12}")
    for one in compared:
        print(one.line())
    sys.exit(any(one.failed for one in compared))


def figures_of(found: dict[str, Figures]) -> dict[str, float]:
    """Medians over the rounds, by name."""
    figures = {}
    for name in SERVERS[1:]:
        own = found[name]
        figures[f"{name}: echo's CPU ÷ its own"] = statistics.median(ratios(found, name))
        figures[f"{name}: bytes stored a decision"] = statistics.median(own.stored_bytes)
        echo = statistics.median(found["echo"].pss_mb)
        figures[f"{name}: memory of a worker ÷ the echo's"] = statistics.median(own.pss_mb) / echo
    return figures


def compare(now: dict[str, float], before: dict[str, float]) -> list[Comparison]:
    """Every committed figure with today's.

    Raises:
        KeyError: one is committed that is not measured any more.
    """
    return [Comparison(name, now[name], value, "echo's CPU" in name) for name, value in before.items()]


if __name__ == "__main__":
    main()
