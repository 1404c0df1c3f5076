"""Rivals from packages: Vowpal Wabbit's contextual bandit, and MABWiser's LinUCB and Thompson sampling.

They learn from the same rows and the same worth as the T- and the DR-learner: what a decision earned, less
its cost, and what comes later by the phase chain. Vowpal Wabbit is told the logged probability of what was
done; MABWiser takes none. The packages are the extra ``rivals``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from benchmarks.drawn.learning import problem_of, rows_of, rows_seen
from benchmarks.drawn.rivals import Standards, chain_and_worth
from models.arrays import Floats
from training.fit.advantage.rows import Problem, Rows
from training.simulator.drawn.policies import Greedy, Policy
from training.simulator.drawn.records import View
from training.simulator.drawn.rollout import DrawnLog

PACKAGES: Final = ("vowpalwabbit", "mabwiser")
MOST_ROWS: Final = 60_000
"""Of Vowpal Wabbit, which reads every candidate of a decision as text; the customers of these come whole."""
ARGUMENTS: Final = (
    "--cb_adf --cb_type mtr --quiet -b 20 -q pa -q sa -q pc --ignore_linear s -l 0.5 --random_seed 1"
)
ALPHA: Final = 0.1
"""After a log of thousands of journeys there is little left to explore."""
RIDGE: Final = 10.0
Gain = Callable[[View], Floats]


def missing() -> list[str]:
    """Packages that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def bandits(log: DrawnLog) -> dict[str, Policy]:
    """Every rival, learned from the log.

    Raises:
        ModuleNotFoundError: a package is missing.
    """
    if missing():
        raise ModuleNotFoundError(f"{', '.join(missing())} not installed: pip install -e '.[rivals]'")
    problem, rows = problem_of(log.company), rows_of(log)
    net = chain_and_worth(problem, rows)[1] - problem.cost[rows.treatment]
    return {
        "Vowpal Wabbit": Greedy(vowpal(problem, rows, net)),
        "MABWiser LinUCB": Greedy(linear(problem, rows, net, thompson=False)),
        "MABWiser LinTS": Greedy(linear(problem, rows, net, thompson=True)),
    }


def linear(problem: Problem, rows: Rows, net: Floats, *, thompson: bool) -> Gain:
    """A ridge regression for each treatment that was tried, with a bonus or a draw."""
    from mabwiser.mab import MAB, LearningPolicy

    standards = Standards.of(problem, rows)
    arms = np.unique(rows.treatment)
    kind = LearningPolicy.LinTS if thompson else LearningPolicy.LinUCB
    mab = MAB([int(arm) for arm in arms], kind(alpha=ALPHA, l2_lambda=RIDGE), seed=1)
    scale = max(float(net.std()), 1e-9)
    mab.fit(rows.treatment.astype(int), net / scale, standards.with_one(rows))

    def advantage(view: View) -> Floats:
        expected = mab.predict_expectations(standards.with_one(rows_seen(view, problem.phases)))
        several = expected if isinstance(expected, list) else [expected]
        worth = np.full(view.eligible.shape, -np.inf)
        worth[:, arms] = [[row[int(arm)] for arm in arms] for row in several]
        worth[:, 0] = np.where(np.isfinite(worth[:, 0]), worth[:, 0], 0.0)
        return worth

    return advantage


def vowpal(problem: Problem, rows: Rows, net: Floats) -> Gain:
    """One pass over the decisions of some customers, each with all its eligible candidates."""
    from vowpalwabbit import Workspace

    standards, scale = Standards.of(problem, rows), max(float(net.std()), 1e-9)
    workspace: Any = Workspace(ARGUMENTS)
    some = np.flatnonzero(rows.customer < max(1, int(rows.customer.max() * MOST_ROWS / rows.n)))
    some = some if rows.n > MOST_ROWS else np.arange(rows.n)
    p = rows.probabilities[np.arange(rows.n), rows.treatment]
    for row, lines, candidates in zip(
        some, _examples(problem, rows.take(some), standards), map(np.flatnonzero, rows.eligible[some]),
        strict=True,
    ):  # fmt: skip
        done = 1 + int(np.flatnonzero(candidates == rows.treatment[row])[0])
        lines[done] = f"0:{-net[row] / scale:.5f}:{p[row]:.5f} {lines[done]}"
        workspace.learn(lines)

    def advantage(view: View) -> Floats:
        seen, worth = rows_seen(view, problem.phases), np.full(view.eligible.shape, -np.inf)
        for row, lines in enumerate(_examples(problem, seen, standards)):
            predicted = workspace.predict(lines)
            costs = predicted if isinstance(predicted[0], float) else [cost for _, cost in sorted(predicted)]
            worth[row, np.flatnonzero(view.eligible[row])] = -np.array(costs)
        return worth

    return advantage


def _examples(problem: Problem, rows: Rows, standards: Standards) -> Iterator[list[str]]:
    """Decisions as Vowpal Wabbit's text: the shared line, and one of each eligible treatment."""
    names = [f"|a t{t} |c h{problem.channel[t]}" for t in range(problem.treatments)]
    for x, phase, eligible, recent in zip(
        standards.numbers(rows), rows.phase, rows.eligible, rows.recent, strict=True
    ):
        shared = " ".join(f"s{k}:{value:.3f}" for k, value in enumerate(x.tolist()))
        lines = [f"shared |p p{phase} |s {shared}"]
        lines += [f"{names[t]} r:{recent[t]:.2f}" for t in np.flatnonzero(eligible)]
        yield lines
