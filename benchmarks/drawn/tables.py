"""The comparison over companies as text: means, the lower quartile, the worst tenth, and who does harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from benchmarks.drawn.run import Figure
from training.simulator.drawn.company import Traits

Results = Mapping[int, Mapping[str, Figure]]

KINDS: Final[Mapping[str, Callable[[Traits], bool]]] = {
    "effects exist": lambda t: not t.nothing_works,
    "nothing works": lambda t: t.nothing_works,
    "zero mean": lambda t: t.zero_mean,
    "misread phases": lambda t: t.misread and not t.nothing_works,
    "rewards rare": lambda t: t.rewards == "rare" and not t.nothing_works,
    "effects delayed": lambda t: t.delay >= 0.4 and not t.nothing_works,
    "fatigue lasts": lambda t: t.lasting_fatigue and not t.nothing_works,
}
HARM: Final = 2.0
"""Standard errors below doing nothing that count as harm."""


def summary(results: Results, names: list[str], ours: str) -> str:
    """One row a policy."""
    head = (
        f"{'policy':22}{'mean':>7}{'lower quartile':>16}{'worst tenth':>13}{'harm':>6}{'largest':>9}"
        f"{'contacts':>10}{'ours minus':>16}{'CPU s':>8}"
    )
    return "\n".join([head, *(_row(results, name, ours) for name in names)])


def _row(results: Results, name: str, ours: str) -> str:
    own = [result[name] for result in results.values()]
    share = np.array([figure.share for figure in own])
    gain, error = np.array([f.gain for f in own]), np.array([f.gain_error for f in own])
    worst = np.sort(share)[: max(1, round(len(share) / 10))].mean()
    harm = int(((gain < -HARM * error) & (gain < 0)).sum())
    difference = np.array([result[ours].share for result in results.values()]) - share
    spread = difference.std(ddof=1) / np.sqrt(len(share)) if len(share) > 1 else np.nan
    beside = "" if name == ours else f"{difference.mean():+.3f} ± {spread:.3f}"
    contacts, seconds = np.mean([f.contacts for f in own]), np.mean([f.seconds for f in own])
    return (
        f"{name:22}{share.mean():7.3f}{np.quantile(share, 0.25):16.3f}{worst:13.3f}{harm:6d}"
        f"{-gain.min():9.3f}{contacts:10.2f}{beside:>16}{seconds:8.1f}"
    )


def by_kind(results: Results, names: list[str], traits: Mapping[int, Traits]) -> str:
    """Mean share of each policy in each kind of company."""
    lines = [f"{'kind':18}{'n':>4}" + "".join(f"{name:>20}" for name in names)]
    for kind, holds in KINDS.items():
        seeds = [seed for seed in results if holds(traits[seed])]
        if seeds:
            means = [np.mean([results[seed][name].share for seed in seeds]) for name in names]
            lines.append(f"{kind:18}{len(seeds):4d}" + "".join(f"{mean:20.3f}" for mean in means))
    return "\n".join(lines)
