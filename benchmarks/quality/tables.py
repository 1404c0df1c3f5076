"""Tables: figures of all logs as shares of the gap, with standard errors over seeds, in Markdown.

The share is 0 for random and 1 for the planner who knows the truth, seed by seed; a table shows the mean over
seeds and its standard error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.quality.run import GROUND, LEARNED, Task
from benchmarks.quality.store import Figure, Store
from benchmarks.quality.worlds import BY_NAME

WORST: Final = "random"
BEST: Final = "planner (sees the truth)"
BEGIN: Final = "<!-- quality: begin (written by make quality) -->"
END: Final = "<!-- quality: end -->"
ORDER: Final = (*GROUND[:-1], *LEARNED, BEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One policy on logs of one size in one world; one entry a seed."""

    world: str
    size: int
    policy: str
    share: tuple[float, ...]
    eur: tuple[float, ...]
    nothing: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.share))

    @property
    def error(self) -> float:
        """Standard error over seeds; nan with one."""
        return float(np.std(self.share, ddof=1) / np.sqrt(len(self.share))) if len(self.share) > 1 else np.nan


def collect(store: Store, tasks: Sequence[Task]) -> list[Result]:
    """Results of every world, size and policy that has a figure; policies without a log under each size."""
    worlds = [w for w in BY_NAME if any(t.world == w for t in tasks)]
    sizes = sorted({t.size for t in tasks if t.size})
    found = []
    for world in worlds:
        seeds = sorted({t.seed for t in tasks if t.world == world})
        ground = {seed: store.read(world, 0, seed) for seed in seeds}
        for size in sizes:
            of_seed = {s: {**ground[s], **store.read(world, size, s)} for s in seeds}
            usable = {s: f for s, f in of_seed.items() if WORST in f and BEST in f}
            for policy in ORDER:
                mine = {s: f for s, f in usable.items() if policy in f}
                if mine and (policy not in GROUND or any(LEARNED[-1] in f for f in mine.values())):
                    found.append(_result(world, size, policy, mine))
    return found


def _result(world: str, size: int, policy: str, figures: dict[int, dict[str, Figure]]) -> Result:
    own = [f[policy] for f in figures.values()]
    shares = [(f[policy].eur - f[WORST].eur) / (f[BEST].eur - f[WORST].eur) for f in figures.values()]
    return Result(
        world=world,
        size=size,
        policy=policy,
        share=tuple(shares),
        eur=tuple(f.eur for f in own),
        nothing=tuple(f.nothing for f in own),
    )


def as_text(results: Sequence[Result]) -> str:
    """One Markdown table a world: policies down, sizes across."""
    return "\n".join(_of_world(name, [r for r in results if r.world == name]) for name in _worlds(results))


def _worlds(results: Sequence[Result]) -> list[str]:
    return [name for name in BY_NAME if any(r.world == name for r in results)]


def _of_world(name: str, results: Sequence[Result]) -> str:
    sizes = sorted({r.size for r in results})
    by = {(r.policy, r.size): r for r in results}
    heads = [f"{size:,} journeys" for size in sizes]
    lines = [
        f"### {BY_NAME[name].title}",
        "",
        f"| share of the gap | {' | '.join(heads)} | EUR a customer-year | does nothing |",
        f"| --- |{' ---: |' * (len(sizes) + 2)}",
    ]
    for policy in ORDER:
        cells = [by.get((policy, size)) for size in sizes]
        last = next((c for c in reversed(cells) if c is not None), None)
        if last is None:
            continue
        shown = " | ".join("" if c is None else _cell(c) for c in cells)
        label = f"**{policy}**" if policy == "ours" else policy
        eur, nothing = np.mean(last.eur), np.mean(last.nothing)
        lines.append(f"| {label} | {shown} | {eur:.1f} | {nothing:.0%} |")
    return "\n".join([*lines, ""])


def _cell(result: Result) -> str:
    seeds = len(result.share)
    error = "" if np.isnan(result.error) else f" ± {result.error:.2f}"
    return f"{result.mean:.2f}{error} ({seeds})"


def write_docs(path: Path, results: Sequence[Result]) -> None:
    """Put the tables between the markers; what stands around them is for people to write."""
    text = path.read_text(encoding="utf-8") if path.exists() else "# Decision quality\n"
    if BEGIN not in text:
        text = f"{text.rstrip()}\n\n{BEGIN}\n{END}\n"
    plots = [f"![{BY_NAME[w].title}](../images/quality-{w}.svg)" for w in _worlds(results)]
    block = "\n".join([BEGIN, "", as_text(results), *plots, "", END])
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    path.write_text(pattern.sub(lambda _: block, text), encoding="utf-8")
