"""Effects are shrunk as the evidence says: exact for normal data, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.arrays import Floats
from models.learned.response.shrinkage import Level, shrink


def normal(seen: Floats, rows: Floats):  # type: ignore[no-untyped-def]
    """Gradient and curvature of means ``seen`` of so many rows with variance 1."""

    def moments(log_odds: Floats) -> tuple[Floats, Floats]:
        return rows * (seen - log_odds), rows

    return moments


def test_a_cell_lies_between_what_it_shows_and_its_anchor() -> None:
    """Own precision 4, 12 rows with mean 1, anchor 0: 12 / (12 + 4) = 0.75, variance 1/16."""
    estimate = shrink(
        [Level(group=np.array([-1]), size=1, width=1.0, learn=False)],
        own_width=0.5,
        moments=normal(np.array([1.0]), np.array([12.0])),
        anchor=np.zeros(1),
        own_precision=np.array([4.0]),
    )

    assert estimate.log_odds == pytest.approx([0.75], abs=1e-4)
    assert estimate.variance == pytest.approx([1 / 16], abs=1e-4)


def test_without_rows_a_cell_is_its_anchor() -> None:
    estimate = shrink(
        [Level(group=np.array([0]), size=1, width=1.0, learn=False)],
        own_width=0.5,
        moments=normal(np.zeros(1), np.zeros(1)),
        anchor=np.array([-2.0]),
        own_precision=np.array([4.0]),
    )

    assert estimate.log_odds == pytest.approx([-2.0])
    assert estimate.variance == pytest.approx([1.0 + 0.25]), "of the group and of its own"


def test_a_cell_without_rows_does_what_its_group_does() -> None:
    """Ten cells of one group show 1 and one has no rows: it follows; a cell of another group does not."""
    group = np.array([0] * 11 + [1])
    rows = np.array([1000.0] * 10 + [0.0, 0.0])
    estimate = shrink(
        [Level(group=group, size=2, width=1.0)],
        own_width=0.2,
        moments=normal(np.ones(12), rows),
        anchor=np.zeros(12),
    )

    assert estimate.log_odds[10] > 0.8
    assert estimate.log_odds[11] == pytest.approx(0.0)
    assert estimate.variance[10] > estimate.variance[0]


def test_cells_that_differ_more_are_pulled_less() -> None:
    """The width is learned: the same cell keeps more of its own where its neighbours differ widely."""
    rows = np.full(21, 5.0)
    level = [Level(group=np.zeros(21, dtype=int), size=1, width=0.3)]

    def last(seen: Floats) -> float:
        estimate = shrink(level, own_width=0.3, moments=normal(seen, rows), anchor=np.zeros(21))
        return float(estimate.log_odds[-1])

    alike = np.append(np.zeros(20), 1.0)
    apart = np.append(np.linspace(-3, 3, 20), 1.0)
    assert last(apart) > last(alike) + 0.1
