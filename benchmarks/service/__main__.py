"""One HTTP decision compared with a bare Flask echo and a naive LightGBM service: wrk on loopback, one run.

    python -m benchmarks.service [--rounds 5] [--seconds 5] [--workers 2] [--only echo,flush]
                                 [--postgres URL] [--json FILE]

Needs wrk (apt-get install wrk). Servers take turns, round after round, each over a fresh copy of the filled
store. Per server: requests a second, p50 and p99 at full load, p99 at half of it, CPU of the workers per
request (user and system, so that what else the machine does matters less), memory per worker (PSS), start-up
to the first answer, bytes stored a decision. Best and median of the rounds; ratios are to the echo of the
same round, and the median of those. Then the profile of one request in process. An answer that failed or
lacks something ends the run: such answers cost less. The gate is the echo's CPU divided by ours.

Every request is about another customer (5,000 with a profile and twenty events each) and has an id of its
own; twenty treatments, both models, the decision logged; keys, limits of rate, metrics and the log are on.
``postgres`` measures with ``commit`` on a server named by ``--postgres``; its own CPU is not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from benchmarks.service.load import CONNECTIONS, Load, load
from benchmarks.service.request_profile import profiled, show_profile
from benchmarks.service.servers import SERVICES, Started, children, cpu_s, pss_mb, started, stored_bytes
from benchmarks.service.world import publish
from models import kernel


@dataclass(slots=True)
class Figures:
    """One server's, per round; NaN: does not apply."""

    cpu_ms: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    half_p99_ms: list[float] = field(default_factory=list)
    pss_mb: list[float] = field(default_factory=list)
    start_s: list[float] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)
    stored_bytes: list[float] = field(default_factory=list)


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.folder or Path(folder)
        figures = measured(root, arguments, _servers(arguments))
        show(figures)
        profile = {} if arguments.no_profile else profiled(root)
    if profile:
        show_profile(profile)
    if arguments.json:
        found = {name: {f.name: getattr(own, f.name) for f in fields(own)} for name, own in figures.items()}
        arguments.json.write_text(json.dumps({"servers": found, "profile": profile}, indent=1) + "\n")


def measured(root: Path, arguments: argparse.Namespace, servers: Sequence[str]) -> dict[str, Figures]:
    """Figures of all rounds, by server; none without the compiled kernel, unless NumPy is asked for."""
    if kernel.native is None and os.environ.get("NBA_KERNEL") != "0":
        sys.exit(
            "the compiled kernel was not built from this version: pip install -e . (NBA_KERNEL=0: NumPy)"
        )
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    figures = {name: Figures() for name in servers}
    root.mkdir(parents=True, exist_ok=True)
    publish(root / "registry")
    for number in range(arguments.rounds):
        for name in servers:
            one_round(root, name, number, arguments, figures[name])
    return figures


def _servers(arguments: argparse.Namespace) -> tuple[str, ...]:
    servers = ("echo", "worker", "naive", "async", "flush", "commit")
    if arguments.only:
        return tuple(arguments.only.split(","))
    return servers if arguments.postgres is None else (*servers, "postgres")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of load, at full and at half speed each")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="of echo, worker, naive, async, flush, commit, postgres")
    parser.add_argument("--postgres", help="address of a PostgreSQL in which databases may be made")
    parser.add_argument("--folder", type=Path, help="keep bundle and databases there for the next run")
    parser.add_argument("--no-profile", action="store_true", help="leave out the profile in process")
    parser.add_argument("--json", type=Path, help="where to put every figure")
    return parser.parse_args()


def one_round(root: Path, name: str, number: int, arguments: argparse.Namespace, into: Figures) -> None:
    """Start the server, load it fully, then half, and end it."""
    with started(root, name, arguments.workers, arguments.postgres) as server:

        def ask(what: str, seconds: int, pause_ms: int = 0) -> Load:
            run = f"{what}-{name}-{number}"
            done = load(root, server.port, run, seconds, pause_ms=pause_ms, key=server.key)
            if done.failed or done.degraded:
                raise RuntimeError(f"{run}: {done.failed} answers failed, {done.degraded} are degraded")
            return done

        ask("warm", 2)
        before, bytes_before = cpu_s(server.master), _stored(root, name)
        full = ask("full", arguments.seconds)
        into.cpu_ms.append((cpu_s(server.master) - before) / max(full.requests, 1) * 1000)
        into.stored_bytes.append((_stored(root, name) - bytes_before) / max(full.requests, 1))
        into.per_second.append(full.requests / full.seconds)
        into.p50_ms.append(full.p50_ms)
        into.p99_ms.append(full.p99_ms)
        pause = CONNECTIONS / (0.5 * full.requests / full.seconds) * 1000 - full.p50_ms
        into.half_p99_ms.append(ask("half", arguments.seconds, max(1, round(pause))).p99_ms)
        _note_process(server, into)


def _note_process(server: Started, into: Figures) -> None:
    into.pss_mb.append(statistics.mean(pss_mb(pid) for pid in children(server.master)))
    into.start_s.append(server.start_s)
    into.first_ms.append(server.first_ms)


def _stored(root: Path, name: str) -> float:
    """Bytes of decisions in the store of a server; NaN: it has none, or is another machine's."""
    return stored_bytes(root / f"{name}.sqlite") if name in SERVICES[:3] else math.nan


def ratios(figures: dict[str, Figures], name: str, column: str = "cpu_ms") -> list[float]:
    """Per round: the echo's figure divided by a server's."""
    if "echo" not in figures:
        return [math.nan]
    pairs = zip(getattr(figures["echo"], column), getattr(figures[name], column), strict=True)
    return [echo / own for echo, own in pairs]


def show(figures: dict[str, Figures]) -> None:
    """Medians; of CPU the best and the worst round too, of the ratio the spread."""
    heads = (
        "CPU ms",
        "best",
        "worst",
        "req/s",
        "p50 ms",
        "p99 ms",
        "half p99",
        "PSS MB",
        "start s",
        "first ms",
    )
    print(f"\n{'':<9}{'echo ÷':>8}{'least':>8}{'most':>8}" + "".join(f"{head:>10}" for head in heads), end="")
    print(f"{'B stored':>10}{'half p99 ÷':>12}")
    for name, own in figures.items():
        share, late = ratios(figures, name), ratios(figures, name, "half_p99_ms")
        values = [statistics.median(own.cpu_ms), min(own.cpu_ms), max(own.cpu_ms)]
        rest = (own.per_second, own.p50_ms, own.p99_ms, own.half_p99_ms, own.pss_mb, own.start_s)
        values += [statistics.median(column) for column in (*rest, own.first_ms, own.stored_bytes)]
        print(f"{name:<9}{statistics.median(share):>8.3f}{min(share):>8.3f}{max(share):>8.3f}", end="")
        print("".join(f"{value:>10.2f}" for value in values) + f"{1 / statistics.median(late):>12.2f}")


if __name__ == "__main__":
    main()
