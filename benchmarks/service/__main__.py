"""One HTTP decision compared with a bare Flask echo and a naive LightGBM service: wrk on loopback, one run.

    python -m benchmarks.service [--rounds 5] [--seconds 5] [--workers 2] [--only echo,flush] [--json FILE]

Needs wrk (apt-get install wrk). Servers take turns, round after round. Per server: requests a second, p50 and
p99 at full load, p99 at half of it, CPU of the workers per request (user and system, so that what else the
machine does matters less), memory per worker (PSS), start-up to the first answer. Then the profile of one
request in process. The gate is the echo's CPU divided by ours: 0.50, beyond 0.75.

Every request is about another customer (5,000 with a profile and twenty events each) and has an id of its
own; twenty treatments, both models, the decision logged. Keys are off and limits of rate far away: what they
cost is not the question here.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.service.load import CONNECTIONS, load
from benchmarks.service.request_profile import profiled, show_profile
from benchmarks.service.servers import children, cpu_s, pss_mb, started
from benchmarks.service.world import publish


@dataclass(slots=True)
class Figures:
    """One server's, per round."""

    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    half_p99_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    pss_mb: list[float] = field(default_factory=list)
    start_s: list[float] = field(default_factory=list)
    failed: int = 0


def main() -> None:
    arguments = _arguments()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    servers = ("echo", "naive", "async", "flush", "commit")
    if arguments.only:
        servers = tuple(name for name in servers if name in arguments.only.split(","))
    figures = {name: Figures() for name in servers}
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.folder or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        publish(root / "registry")
        for number in range(arguments.rounds):
            for name in servers:
                one_round(root, name, number, arguments, figures[name])
        show(figures)
        profile = profiled(root)
    show_profile(profile)
    if arguments.json:
        found = {
            name: {k: getattr(f, k) for k in Figures.__dataclass_fields__} for name, f in figures.items()
        }
        arguments.json.write_text(json.dumps({"servers": found, "profile": profile}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of load, at full and at half speed each")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="of echo, naive, async, flush, commit")
    parser.add_argument("--folder", type=Path, help="keep bundle and databases there for the next run")
    parser.add_argument("--json", type=Path, help="where to put every figure")
    return parser.parse_args()


def one_round(root: Path, name: str, number: int, arguments: argparse.Namespace, into: Figures) -> None:
    """Start the server, load it fully, then half, and end it."""
    with started(root, name, arguments.workers) as (port, master, start_s):
        load(root, port, f"warm-{name}-{number}", 2)
        before = cpu_s(master)
        requests, seconds, p50, p99, failed = load(root, port, f"full-{name}-{number}", arguments.seconds)
        into.cpu_ms.append((cpu_s(master) - before) / max(requests, 1) * 1000)
        into.per_second.append(requests / seconds)
        into.p50_ms.append(p50)
        into.p99_ms.append(p99)
        pause = CONNECTIONS / (0.5 * requests / seconds) * 1000 - p50
        half = load(root, port, f"half-{name}-{number}", arguments.seconds, max(1, round(pause)))
        into.half_p99_ms.append(half[3])
        into.pss_mb.append(statistics.mean(pss_mb(pid) for pid in children(master)))
        into.start_s.append(start_s)
        into.failed += failed + half[4]


def show(figures: dict[str, Figures]) -> None:
    """Medians, with the range of CPU per request."""
    heads = ("requests/s", "p50 ms", "p99 ms", "half p99", "CPU ms", "lowest", "highest", "PSS MB", "start s")
    print(f"\n{'':<8}" + "".join(f"{head:>11}" for head in heads) + f"{'failed':>8}{'echo ÷':>8}")
    echo = statistics.median(figures["echo"].cpu_ms) if "echo" in figures else float("nan")
    for name, found in figures.items():
        columns = [found.per_second, found.p50_ms, found.p99_ms, found.half_p99_ms, found.cpu_ms]
        values = [statistics.median(column) for column in columns]
        values += [min(found.cpu_ms), max(found.cpu_ms), statistics.median(found.pss_mb)]
        values.append(statistics.median(found.start_s))
        numbers = "".join(f"{value:>11.2f}" for value in values)
        print(f"{name:<8}{numbers}{found.failed:>8}{echo / values[4]:>8.3f}")


if __name__ == "__main__":
    main()
