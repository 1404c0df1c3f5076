"""Run: figures of every policy in one world, on one log; what is stored already is not made again.

Every policy of a world and seed lives through the same chances with the same customers, who were in no log.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from benchmarks.quality import ours
from benchmarks.quality.cell import Lesson, lesson_of, make_prepared
from benchmarks.quality.chain import chain_ranking
from benchmarks.quality.linucb import linucb_ranking
from benchmarks.quality.seen import Ranking
from benchmarks.quality.store import HARNESS, LEARNING, SIMULATOR, Figure, Store, version_of
from benchmarks.quality.uplift import uplift_ranking
from benchmarks.quality.vowpal import vowpal_ranking
from benchmarks.quality.worlds import BY_NAME, ROOT
from models.bundle import Models
from models.learned.trees.parameters import TreeParameters
from models.policy.engine import Engine
from training.fit.prepared import Prepared
from training.simulator.policies.learned_policy import LearnedPolicy, RankBy
from training.simulator.policies.planner import Planner
from training.simulator.policies.policies import (
    DoNothing,
    LoggingPolicy,
    MostPopular,
    PlaybookPolicy,
    Policy,
    RandomEligible,
)
from training.simulator.rollout import rollout
from training.simulator.world.load import load_world
from training.simulator.world.world import World

STEPS: Final = 26
GROUND: Final = ("random", "do nothing", "logging policy", "playbook", "planner (sees the truth)")
RIVALS: Final = {
    "most popular": ("benchmarks/quality/cell.py",),
    "response ranking": LEARNING,
    "p × value ranking": LEARNING,
    "uplift ranking": (*HARNESS, "benchmarks/quality/uplift.py"),
    "Vowpal Wabbit": (*HARNESS, "benchmarks/quality/vowpal.py", "benchmarks/quality/linucb.py"),
    "MABWiser LinUCB": (*HARNESS, "benchmarks/quality/linucb.py"),
    "tabular chain": (*HARNESS, "benchmarks/quality/chain.py"),
}
LEARNED: Final = (*RIVALS, *ours.SWITCHED_OFF, ours.OURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Policies to measure on one log. ``size`` 0: those that learn from none."""

    world: str
    size: int
    seed: int
    policies: tuple[str, ...]
    customers: int
    threads: int = 1


def missing(store: Store, task: Task) -> Task:
    """The task without what is stored and still holds."""
    known = store.read(task.world, task.size, task.seed)
    left = [p for p in task.policies if p not in known or known[p].version != version(task, p)]
    return replace(task, policies=tuple(left))


def version(task: Task, policy: str) -> str:
    """Of the code behind a policy's figure."""
    patterns = RIVALS.get(policy, () if task.size == 0 else LEARNING)
    return version_of(BY_NAME[task.world], (*SIMULATOR, *patterns), task.customers)


def run(task: Task, store: Store, say: Callable[[str], None]) -> None:
    """Measure the policies of a task and store each figure at once."""
    if not task.policies:
        return
    world = load_world(BY_NAME[task.world].path)
    versions = {policy: version(task, policy) for policy in task.policies}
    began = time.perf_counter()
    for policy in _policies(world, task):
        population = np.random.default_rng([task.seed, 9_001])
        found = rollout(world, policy, task.customers, STEPS, population)
        seconds = time.perf_counter() - began
        figure = Figure(
            eur=found.mean, nothing=found.nothing, seconds=round(seconds, 1), version=versions[policy.name]
        )
        store.add(task.world, task.size, task.seed, policy.name, figure)
        say(f"{task.world} {task.size} seed {task.seed} {policy.name}: {found.mean:.1f} EUR, {seconds:.0f} s")
        began = time.perf_counter()


def _policies(world: World, task: Task) -> Iterator[Policy]:
    if task.size == 0:
        yield from (p for p in _ground(world) if p.name in task.policies)
        return
    prepared, candidates = make_prepared(world, task.size, np.random.default_rng([task.seed, task.size]))
    yield from _learned(prepared, candidates, task)


def _ground(world: World) -> list[Policy]:
    """Everything that learns from no log."""
    return [
        RandomEligible(),
        DoNothing(),
        LoggingPolicy(world.journey, world.file.logging),
        PlaybookPolicy(world.journey),
        Planner(world),
    ]


def _learned(prepared: Prepared, candidates: Any, task: Task) -> Iterator[Policy]:
    parameters = TreeParameters(num_threads=task.threads)
    yield from _rivals(prepared, task)
    if not any(p in task.policies for p in (*ours.SWITCHED_OFF, ours.OURS, *(r.value for r in RankBy))):
        return
    models = ours.whole(prepared, candidates, parameters, _rng(task, ours.OURS))
    if ours.OURS in task.policies:
        yield _policy(prepared, models, ours.OURS, RankBy.PRIORITY)
    for by in (RankBy.RESPONSE, RankBy.IMMEDIATE):
        if by.value in task.policies:
            yield _policy(prepared, models, by.value, by)
    for name, switch in ours.SWITCHED_OFF.items():
        if name in task.policies:
            changed = switch(prepared, replace(models, advantage=None), parameters, _rng(task, name))
            yield _policy(prepared, changed, name, RankBy.PRIORITY)


def _policy(prepared: Prepared, models: Models, name: str, by: RankBy) -> Policy:
    return LearnedPolicy(Engine(prepared.journey, models, name), by, name)


def _rivals(prepared: Prepared, task: Task) -> Iterator[Policy]:
    lesson = lesson_of(prepared)
    journey, spec, builder = prepared.journey, prepared.spec, prepared.builder
    learners: Mapping[str, Callable[[], Policy]] = {
        "most popular": lambda: MostPopular(_positives(lesson, len(journey.treatments))),
        "tabular chain": lambda: Ranking("tabular chain", builder, chain_ranking(journey, lesson)),
        "uplift ranking": lambda: Ranking(
            "uplift ranking", builder, uplift_ranking(spec, lesson, task.threads, _rng(task, "uplift"))
        ),
        "MABWiser LinUCB": lambda: Ranking(
            "MABWiser LinUCB", builder, linucb_ranking(spec, lesson, _rng(task, "linucb"))
        ),
        "Vowpal Wabbit": lambda: Ranking(
            "Vowpal Wabbit", builder, vowpal_ranking(prepared, lesson, _rng(task, "vowpal"))
        ),
    }
    yield from (make() for name, make in learners.items() if name in task.policies)


def _positives(lesson: Lesson, treatments: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.bincount(lesson.treatment, weights=lesson.response, minlength=treatments)


def _rng(task: Task, name: str) -> np.random.Generator:
    return np.random.default_rng([task.seed, task.size, *name.encode()])


def work(task: Task) -> None:
    """Measure what is missing of a task; a process of its own calls this by name."""
    store = Store(ROOT / "var/quality")
    run(missing(store, task), store, lambda line: print(line, file=sys.stderr, flush=True))
