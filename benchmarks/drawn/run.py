"""Figures of every policy in one drawn company; what is stored already is not made again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.drawn.bandits import bandits, missing
from benchmarks.drawn.learning import learned_policies
from benchmarks.drawn.rivals import rivals
from benchmarks.drawn.shipped import shipped_policy
from benchmarks.quality.store import version_of
from benchmarks.quality.worlds import BY_NAME
from training.simulator.drawn.company import Company
from training.simulator.drawn.drawing import draw_company, offer_for_half, zero_mean_offer
from training.simulator.drawn.policies import Always, Logging, Policy, Random
from training.simulator.drawn.rollout import DrawnLog, Evaluator, make_log

WORLDS: Final = ("training/simulator/drawn/*.py",)
LEARNING: Final = (
    "models/learned/[fv]*/*.py",
    "models/learned/response/*.py",
    "models/learned/tr*/*.py",
    "models/policy/scoring/*.py",
    "training/fit/*.py",
    "training/fit/advantage/*.py",
    "training/fit/advantage/belief/*.py",
    "models/learned/advantage/*.py",
    "training/rows/*.py",
)
OURS: Final = (
    "models/learned/advantage/*.py",
    "training/fit/advantage/*.py",
    "training/fit/advantage/belief/*.py",
    "benchmarks/drawn/learning.py",
)
CODE: Final = {
    "ground": WORLDS,
    "rivals": (*WORLDS, "benchmarks/drawn/rivals.py", "training/fit/advantage/chain.py"),
    "bandits": (
        *WORLDS,
        "benchmarks/drawn/bandits.py",
        "benchmarks/drawn/rivals.py",
        "training/fit/advantage/chain.py",
    ),
    "response and phases": (*WORLDS, *LEARNING, "benchmarks/drawn/shipped.py"),
    "present method": (*WORLDS, *LEARNING, "benchmarks/drawn/shipped.py"),
    "ours": (*WORLDS, *OURS),
}
BY_DEFAULT: Final = tuple(group for group in CODE if group != "bandits" or not missing())
"""Groups that can be measured: that of bandits needs packages."""
HAND_MADE: Final = {-1: zero_mean_offer, -2: offer_for_half}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One policy in one company.

    ``eur`` per journey, ``share`` of the gap between random and the planner; ``gain`` over doing nothing as
    a share of the gap, with its standard error over customers. ``seconds``: CPU to learn its whole group.
    """

    eur: float
    share: float
    gain: float
    gain_error: float
    contacts: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Task:
    """``journeys`` 0: the size that the company's own log has."""

    seed: int
    journeys: int
    customers: int


def company_of(seed: int) -> Company:
    """The company of a seed; -1 and -2 are made by hand."""
    return HAND_MADE[seed]() if seed in HAND_MADE else draw_company(seed)


def run(task: Task, folder: Path, groups: tuple[str, ...], say: Callable[[str], None]) -> dict[str, Figure]:
    """Measure what is missing of a company, and give all its figures."""
    path = folder / f"{task.seed}-{task.journeys}-{task.customers}.json"
    stored = json.loads(path.read_text()) if path.exists() else {}
    missing = [group for group in groups if stored.get(group, {}).get("version") != _version(group)]
    if missing:
        company = company_of(task.seed)
        log = make_log(company, task.journeys or company.journeys, seed=1)
        evaluator = Evaluator(company, task.customers, seed=2)
        frame = [evaluator.measure(policy) for policy in (Random(), Always(0))]
        for group in missing:
            figures = dict(_figures(evaluator, log, group, frame))
            stored[group] = {"version": _version(group), "figures": figures}
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(stored, indent=1))
            told = ", ".join(f"{name} {figure['share']:.2f}" for name, figure in figures.items())
            say(f"company {task.seed}, {log.n} decisions: {told}")
    return {name: Figure(**figure) for group in groups for name, figure in stored[group]["figures"].items()}


def _version(group: str) -> str:
    return version_of(BY_NAME["clicks"], CODE[group], 0)


def _figures(
    evaluator: Evaluator, log: DrawnLog, group: str, frame: list
) -> Iterator[tuple[str, dict[str, float]]]:
    low, nothing = frame
    gap = float(evaluator.best.mean()) - low.mean
    began = time.process_time()
    policies = _policies(log, group)
    learned = time.process_time() - began
    for name, policy in policies.items():
        found = evaluator.measure(policy)
        gain = (found.eur - nothing.eur) / gap
        figure = Figure(
            eur=found.mean,
            share=(found.mean - low.mean) / gap,
            gain=float(gain.mean()),
            gain_error=float(gain.std(ddof=1) / np.sqrt(len(gain))),
            contacts=found.contacts,
            seconds=round(learned, 2),
        )
        yield name, asdict(figure)


def _policies(log: DrawnLog, group: str) -> dict[str, Policy]:
    if group == "ground":
        return {"do nothing": Always(0), "logging policy": Logging(log.company)}
    if group == "rivals":
        return rivals(log)
    if group == "bandits":
        return bandits(log)
    if group == "response and phases":
        return {group: shipped_policy(log, seed=1, in_money=False)}
    if group == "present method":
        return {group: shipped_policy(log, seed=1)}
    return dict(learned_policies(log)[0])
