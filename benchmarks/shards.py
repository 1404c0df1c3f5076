"""CPU and memory of reading, features and scoring in shards, at several sizes, and on local Spark.

    python -m benchmarks.shards                                        # the demo's history
    python -m benchmarks.shards --data var/small var/large --spark     # several sizes, on Spark as well

Each folder holds the four tables of a history (`nba simulate`, `nba export`). Each engine works on each of
them in a process of its own; scoring is propensity and priority of what was done and of doing nothing, by the
registry's champion, in this process and shard by shard. CPU seconds are of the process and all that it starts
(Java and Spark's Python workers); memory is that of the process, what is mapped of files told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.bundle.contents import JOURNEY_FILE
from models.domain.history import History
from models.learned.features.situations import Situations
from models.policy.engine import Engine
from models.registry import Registry
from training.batch.command import EXPORTED
from training.config import read_config
from training.rows.blocks import by_customer
from training.shards.assemble import gather
from training.shards.bucket import Plan, Task
from training.shards.one_machine import OneMachine
from training.shards.plan import make_plan
from training.shards.work_folder import WorkFolder

BLOCK = 4_096
ROWS_A_SHARD = 200_000
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="+", default=[Path("var/demo/history")])
    parser.add_argument("--registry", type=Path, default=Path("var/demo/registry"))
    parser.add_argument("--spark", action="store_true", help="also on local[2]")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--one", choices=["shards", "spark"], help="only this engine, here, as JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.data[0], options.registry)))
        return
    for data in options.data:
        for _ in range(options.rounds):
            for engine in ("shards", "spark") if options.spark else ("shards",):
                command = [sys.executable, "-m", "benchmarks.shards", "--one", engine, "--data", str(data)]
                command += ["--registry", str(options.registry)]
                told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                show(data, json.loads(told.splitlines()[-1]))


def show(data: Path, told: dict[str, Any]) -> None:
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in told["cpu"].items())
    whole = sum(told["cpu"].values())
    held = ", ".join(f"{name} {gib:.2f}" for name, gib in told["held"].items())
    print(
        f"{data}, {told['engine']}, {told['shards']} shards: {told['rows']:,} rows, "
        f"{told['decisions']:,} decisions\n"
        f"  CPU s: {stages}; whole {whole:.1f}, {1e6 * whole / told['rows']:.1f} a million rows\n"
        f"  peak GiB: {told['own']:.2f} of its own, {told['mapped']:.2f} mapped; both together: {held}",
        flush=True,
    )


def measure(name: str, data: Path, registry: Path) -> dict[str, Any]:
    """The stages on one engine."""
    shelf = Registry(registry)
    champion = str(shelf.champion())
    bundle = shelf.load(champion)
    engine = Engine(bundle.journey, bundle.models, champion, trained=bundle.journey)
    cpu: dict[str, float] = {}
    memory = Memory()
    with tempfile.TemporaryDirectory() as folder:
        count = max(-(-sum(rows_of(data).values()) // ROWS_A_SHARD), 2)
        task = Task(
            journey_bytes=(shelf.path(champion) / JOURNEY_FILE).read_bytes(),
            config=replace(read_config(EXPORTED), journey="the champion's journey file"),
            work=WorkFolder(f"{folder}/work"),
            buckets=count,
        )
        session = None
        worker: Any = OneMachine()
        if name == "spark":
            from training.spark.cluster import Cluster
            from training.spark.session import open_session

            session = timed(cpu, memory, "start", lambda: open_session("local[2]"))
            session.sparkContext.setLogLevel("ERROR")
            worker = Cluster(session)
        censuses = timed(
            cpu, memory, "read and check", lambda: worker.censuses(task, str(data), Path(folder) / "tables")
        )
        plan, places = make_plan(task, censuses, 1)
        timed(cpu, memory, "features", lambda: worker.features(task, plan))
        timed(
            cpu,
            memory,
            "scoring",
            lambda: [scored(engine, task, plan, bucket) for bucket in range(task.buckets)],
        )
        gathered = timed(
            cpu, memory, "gather", lambda: gather(task, plan, places, censuses, Path(folder) / "mapped")
        )
        if session is not None:
            session.stop()
    return {
        "engine": name,
        "shards": count,
        "rows": sum(sum(census.rows_read.values()) for census in censuses),
        "decisions": len(gathered.prepared.rows),
        "cpu": cpu,
        "own": memory.own,
        "mapped": memory.mapped,
        "held": memory.held,
    }


def scored(engine: Engine, task: Task, plan: Plan, bucket: int) -> float:
    """The gain of what was done in a bucket over nothing, block by block."""
    arrays = task.work.read_arrays(f"rows-{bucket:05}.arrays")
    of = {record: record_of(arrays, record) for record in ("history", "situations")}
    history = History(touchpoints=plan.touchpoints, **of["history"])
    situations = Situations(history=history, customer_x=arrays["customer_x"], **of["situations"])
    total, taken = 0.0, arrays["rows.treatment"]
    for at in by_customer(situations.customer, BLOCK):
        row = np.repeat(np.arange(len(at)), 2)
        treatment = np.column_stack([np.zeros(len(at), dtype=np.int64), taken[at]]).ravel()
        scores = engine.score(situations.take(at), row, treatment)
        total += float(scores.over_nothing[1::2].sum())
    return total


def record_of(arrays: Mapping[str, Any], record: str) -> dict[str, Any]:
    """The arrays of a record, by the names of its fields."""
    start = f"{record}."
    return {name.removeprefix(start): each for name, each in arrays.items() if name.startswith(start)}


class Memory:
    """The most that the process had, in GiB: of its own, mapped from files, and both in each stage."""

    def __init__(self) -> None:
        self.own = self.mapped = 0.0
        self.held: dict[str, float] = {}

    def look(self, stage: str) -> None:
        held = dict(
            line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line
        )
        own, mapped = (int(held[name].split()[0]) / 2**20 for name in ("RssAnon", "RssFile"))
        self.own, self.mapped = max(self.own, own), max(self.mapped, mapped)
        self.held[stage] = max(self.held.get(stage, 0.0), own + mapped)


def timed(cpu: dict[str, float], memory: Memory, name: str, work: Callable[[], Any]) -> Any:
    """What ``work`` gives; its CPU seconds, those of all processes below this one included."""
    import threading

    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            memory.look(name)

    threading.Thread(target=watch, daemon=True).start()
    before = of_family()
    result = work()
    cpu[name] = round(of_family() - before, 2)
    done.set()
    return result


def of_family() -> float:
    """CPU seconds of this process and of all below it, those that have ended included."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        process = int(path.parent.name)
        parents.setdefault(int(fields[1]), []).append(process)
        used[process] = sum(map(int, fields[11:15])) / TICKS  # own and waited-for children, user and system
    total, left = 0.0, [os.getpid()]
    while left:
        process = left.pop()
        total += used.get(process, 0.0)
        left += parents.get(process, [])
    return total


def rows_of(data: Path) -> dict[str, int]:
    import pyarrow.parquet as pq

    return {path.stem: pq.read_metadata(path).num_rows for path in data.glob("*.parquet")}


if __name__ == "__main__":
    main()
