"""Plots: the share of the gap by size of the log, one SVG a world. Same figures, same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.quality.tables import ORDER, Result
from benchmarks.quality.worlds import BY_NAME

COLOURS: Final = {
    "ours": "#0b6e4f",
    "tabular chain": "#d95f02",
    "p × value ranking": "#7570b3",
    "response ranking": "#e7298a",
    "uplift ranking": "#1f78b4",
    "Vowpal Wabbit": "#a6761d",
    "MABWiser LinUCB": "#666666",
    "logging policy": "#999999",
    "do nothing": "#cccccc",
    "playbook": "#bbbb55",
    "most popular": "#88aacc",
}


def write_plots(folder: Path, results: Sequence[Result]) -> None:
    """One file ``quality-<world>.svg`` for each world with results."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "nba", "font.family": "DejaVu Sans", "svg.fonttype": "none"})
    folder.mkdir(parents=True, exist_ok=True)
    for name, place in BY_NAME.items():
        mine = [r for r in results if r.world == name and r.policy in COLOURS]
        if mine:
            _plot(folder / f"quality-{name}.svg", place.title, mine)


def _plot(path: Path, title: str, results: Sequence[Result]) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4.5))
    for policy in (p for p in ORDER if p in COLOURS):
        points = sorted((r for r in results if r.policy == policy), key=lambda r: r.size)
        if points:
            _line(axes, policy, points)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.axhline(1.0, color="black", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    sizes = sorted({r.size for r in results})
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("journeys in the log")
    axes.set_ylabel("share of the gap random → planner")
    axes.set_ylim(bottom=max(-1.5, min(r.mean for r in results) - 0.1))
    axes.set_title(f"What each policy earns: {title}")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


def _line(axes: Any, policy: str, points: Sequence[Result]) -> None:
    axes.errorbar(
        [p.size for p in points],
        [p.mean for p in points],
        yerr=np.nan_to_num([p.error for p in points]),
        label=policy,
        color=COLOURS[policy],
        linewidth=2.4 if policy == "ours" else 1.2,
        marker="o",
        markersize=3,
        capsize=2,
    )
