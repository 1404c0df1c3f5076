"""How the models are fitted.

Sizes of trees, and below which evidence a model stays with its table. Knows numbers that a person may set
(``training.yaml``, section ``trees``) and the two things that the models ask of a feature list; knows nothing
of data.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats


class FeatureColumns(Protocol):
    """What a model needs to know of the features.

    Names, and which columns are codes.
    """

    @property
    def customer_names(self) -> tuple[str, ...]: ...

    @property
    def candidate_names(self) -> tuple[str, ...]: ...

    @property
    def customer_categorical(self) -> tuple[int, ...]: ...

    @property
    def candidate_categorical(self) -> tuple[int, ...]: ...


class TreeLearner(Protocol):
    """Another learner in place of our boosting.

    What it learned must fit into trees.
    """

    def __call__(
        self,
        x: AnyFloats,
        label: AnyInts,
        *,
        scores: int,
        categorical: tuple[int, ...],
        rng: np.random.Generator,
        weight: Floats | None = None,
    ) -> str:
        """LightGBM's text of trees that give log-odds, or log-chances of several classes up to a constant.

        Args:
            x: shape (n, F). nan is missing.
            label: shape (n,). A class in 0..K-1; every class occurs.
            scores: K, or 1: of two classes the log-odds of the second.
            categorical: columns that hold codes.
            rng: seeds it.
            weight: shape (n,). How much each row counts; None: all alike.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeParameters:
    """Sizes that do well from a thousand to a few million decisions.

    Attributes:
        response_iterations: most trees of the response model.
        response_leaves: at most 64, so that the service can score with bit masks.
        baseline_iterations: most rounds of the phase model, one tree a phase each.
        baseline_leaves: as above; small, because the phase table carries the rest.
        learning_rate: shrinkage of each tree.
        min_data_in_leaf: fewest rows in a leaf.
        lambda_l2: ridge on the leaves.
        max_bin: histogram bins of a feature.
        early_stopping_rounds: rounds without a gain on the later slice before stopping; 0: never stop
            early. The slice is the one that calibrates, never the test set.
        minimum_rows: with fewer rows no trees are grown and the table speaks alone.
        minimum_positives: the same, for positive responses and for moves between phases.
        calibration_rows: with fewer later rows nothing is calibrated.
        pilot_rows: with more rows the first, short growing of the phase model is on so many, evenly spaced.
        most_rows: with more rows trees are grown on so many, evenly spaced; tables and effects see all.
        num_threads: threads of LightGBM; stated, because a shared machine has few.
        networked: grow in LightGBM's network mode, from rounded gradients: the same trees from one process,
            several, or a cluster. Growing is never stopped early then.
    """

    response_iterations: int = 200
    response_leaves: int = 31
    baseline_iterations: int = 200
    baseline_leaves: int = 15
    learning_rate: float = 0.05
    min_data_in_leaf: int = 50
    lambda_l2: float = 1.0
    max_bin: int = 127
    early_stopping_rounds: int = 25
    minimum_rows: int = 500
    minimum_positives: int = 50
    calibration_rows: int = 300
    pilot_rows: int = 100_000
    most_rows: int = 400_000
    num_threads: int = 2
    networked: bool = False
