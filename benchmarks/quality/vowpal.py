"""Rival: Vowpal Wabbit's contextual bandit with action-dependent features, on the reward in the horizon.

Shared features are the customer's, standardised; each action has its name, its channel and the candidate
features. Multi-task regression from the logged probabilities (`mtr`, VW's default); the phase and the
customer features are crossed with the action. VW reads all actions of a decision, so the candidates of the
log are the treatments meant for the phase. Costs are EUR, negated, and scaled to a standard deviation of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from benchmarks.quality.cell import Lesson
from benchmarks.quality.linucb import Standard
from benchmarks.quality.seen import Seen, Worth
from models.arrays import Floats
from models.learned.features.builder import FeatureBuilder
from models.policy.eligibility.catalogue import Catalogue
from training.fit.prepared import Prepared

MOST_ROWS: Final = 150_000
ARGUMENTS: Final = (
    "--cb_adf --cb_type mtr --quiet -b 20 -q pa -q sa -q pc --ignore_linear s -l 0.5 --random_seed 1"
)
CHUNK: Final = 4096
KEPT_SHARED: Final = 40


class _Lines:
    """Decisions as VW's text, one line a candidate after the shared one."""

    def __init__(self, prepared: Prepared, lesson: Lesson) -> None:
        self._standard = Standard(prepared.spec, lesson.customer_x)
        x = self._standard.of(lesson.customer_x)
        self._kept = _liveliest(x, lesson.reward)
        own = np.nan_to_num(lesson.candidate_x[lesson.treatment > 0])
        self._own = [c for c in range(own.shape[1]) if c not in set(prepared.spec.candidate_categorical)]
        catalogue = Catalogue.of(prepared.journey)
        self._names = [
            f"|a t{t} |c a{catalogue.action[t]} h{catalogue.channel[t]}" for t in range(len(catalogue.cost))
        ]

    def examples(self, seen: Seen) -> Iterator[list[str]]:
        """One list of lines a customer; without labels."""
        x = self._standard.of(seen.customer_x)[:, self._kept]
        own = np.log1p(np.maximum(np.nan_to_num(seen.candidate_x[:, self._own]), 0.0))
        bounds = np.searchsorted(seen.row, np.arange(len(x) + 1))
        for i, values in enumerate(x):
            shared = " ".join(f"s{k}:{v:.3f}" for k, v in enumerate(values.tolist()) if v)
            lines = [f"shared |p p{seen.phase[i]} |s {shared}"]
            for j in range(bounds[i], bounds[i + 1]):
                mine = " ".join(f"c{k}:{v:.3f}" for k, v in enumerate(own[j].tolist()) if v)
                lines.append(f"{self._names[seen.treatment[j]]} {mine}")
            yield lines


def _liveliest(x: Floats, reward: Floats) -> Any:
    """The columns that go with the reward most: VW's text is slow, and a narrow model learns faster."""
    spread = x.std(axis=0) * max(float(reward.std()), 1e-9)
    together = np.abs(((x - x.mean(axis=0)) * (reward - reward.mean())[:, None]).mean(axis=0))
    score = np.where(spread > 0, together / np.maximum(spread, 1e-12), 0.0)
    return np.sort(np.argsort(-score)[:KEPT_SHARED])


def vowpal_ranking(prepared: Prepared, lesson: Lesson, rng: np.random.Generator) -> Worth:
    """Worth: VW's predicted reward."""
    from vowpalwabbit import Workspace

    lesson = lesson.thinned(MOST_ROWS, rng)
    lines = _Lines(prepared, lesson)
    scale = 1.0 / max(float(lesson.reward.std()), 1e-9)
    workspace = Workspace(ARGUMENTS)
    for begin in range(0, len(lesson.phase), CHUNK):
        part = slice(begin, begin + CHUNK)
        _learn(workspace, lines, _meant(prepared, lesson, part), lesson, part, scale)

    def of(seen: Seen) -> Floats:
        worth = np.empty(len(seen.row))
        at = 0
        for example in lines.examples(seen):
            predicted = workspace.predict(example)
            for action, cost in enumerate(predicted) if isinstance(predicted[0], float) else predicted:
                worth[at + action] = -cost
            at += len(example) - 1
        return worth

    return of


def _learn(workspace: Any, lines: _Lines, seen: Seen, lesson: Lesson, part: slice, scale: float) -> None:
    treatment, reward, chance = (
        lesson.treatment[part],
        lesson.reward[part] * scale,
        lesson.probability[part],
    )
    first = np.searchsorted(seen.row, np.arange(len(treatment)))
    for i, example in enumerate(lines.examples(seen)):
        mine = seen.treatment[first[i] : first[i] + len(example) - 1]
        taken = int(np.flatnonzero(mine == treatment[i])[0])
        example[1 + taken] = f"0:{-reward[i]:.5f}:{chance[i]:.5f} {example[1 + taken]}"
        workspace.learn(example)


def _meant(prepared: Prepared, lesson: Lesson, part: slice) -> Seen:
    """The logged situations with every treatment that is meant for their phase, and the one taken."""
    builder: FeatureBuilder = prepared.builder
    situation, phase, treatment = lesson.situation[part], lesson.phase[part], lesson.treatment[part]
    meant = Catalogue.of(prepared.journey).phases[phase].copy()
    meant[np.arange(len(phase)), treatment] = True
    meant[:, 0] = True
    row, candidates = np.nonzero(meant)
    candidate_x = builder.candidate_features(prepared.situations, situation[row], candidates)
    return Seen(lesson.customer_x[part], phase, row, candidates, candidate_x)
