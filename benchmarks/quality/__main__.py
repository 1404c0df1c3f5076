"""``python -m benchmarks.quality``: measure what is missing, then print and write tables and plots.

Environment: ``NBA_QUALITY_WORLDS``, ``NBA_QUALITY_SIZES``, ``NBA_QUALITY_SEEDS`` (numbers or names with
commas between), ``NBA_QUALITY_POLICIES`` (parts of names), ``NBA_QUALITY_CUSTOMERS`` (rolled out),
``NBA_QUALITY_PROCESSES`` (1 or 2), ``NBA_QUALITY_DOCS`` (0: print only).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from pathlib import Path
from typing import Final

from joblib import Parallel, delayed

from benchmarks.quality.plots import write_plots
from benchmarks.quality.run import GROUND, LEARNED, Task, missing, work
from benchmarks.quality.store import Store
from benchmarks.quality.tables import as_text, collect, write_docs
from benchmarks.quality.worlds import ROOT, WORLDS

SIZES: Final = (5_000, 20_000, 80_000)
SEEDS: Final = (1, 2, 3, 4, 5)


def _numbers(name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    text = os.environ.get(name, "")
    return tuple(int(part) for part in text.split(",")) if text else default


def _chosen(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Names asked for: whole, or by a part that is no whole name itself."""
    parts = [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]
    return tuple(k for k in known if not parts or any(p == k or (p not in known and p in k) for p in parts))


def tasks() -> list[Task]:
    """What was asked for, small logs first."""
    worlds = _chosen("NBA_QUALITY_WORLDS", tuple(place.name for place in WORLDS))
    sizes, seeds = _numbers("NBA_QUALITY_SIZES", SIZES), _numbers("NBA_QUALITY_SEEDS", SEEDS)
    customers = _numbers("NBA_QUALITY_CUSTOMERS", (2_000,))[0]
    learned = _chosen("NBA_QUALITY_POLICIES", LEARNED)
    return [
        Task(world=w, size=n, seed=s, policies=learned if n else GROUND, customers=customers)
        for n in (0, *sizes)
        for s in seeds
        for w in worlds
    ]


def main() -> None:
    """Measure, print, write."""
    processes = min(_numbers("NBA_QUALITY_PROCESSES", (2,))[0], 2)
    wanted = tasks()
    store = Store(ROOT / "var/quality")
    todo = [task for task in wanted if missing(store, task).policies]
    Parallel(n_jobs=processes, batch_size=1)(delayed(work)(task) for task in todo)
    results = collect(store, wanted)
    print(as_text(results))
    if os.environ.get("NBA_QUALITY_DOCS", "1") != "0":
        write_docs(ROOT / "docs/benchmarks/quality.md", results)
        write_plots(Path(ROOT / "docs/images"), results)


if __name__ == "__main__":
    main()
