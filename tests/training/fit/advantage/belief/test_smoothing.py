"""What probably happened, in the light of what came later."""

from __future__ import annotations

import pytest

from models.learned.advantage.belief import PhaseBelief
from training.fit.advantage.belief.smoothing import Hidden, learn_paths, paths
from training.fit.advantage.rows import Rows
from training.simulator.drawn.company import Company


@pytest.fixture(scope="module")
def hidden(rows: Rows, belief: PhaseBelief) -> Hidden:
    return learn_paths(rows, belief)


def test_moves_of_each_row_add_up_to_one(company: Company, rows: Rows, hidden: Hidden) -> None:
    found = paths(hidden, rows)

    assert found.moves.shape == (rows.n, company.phases + 1, company.phases + 1)
    assert found.moves.sum(axis=(1, 2)) == pytest.approx(1.0, abs=1e-4)
    assert found.stated.sum() == pytest.approx(rows.n, rel=1e-4)


def test_what_came_later_makes_surer_of_what_was(rows: Rows, hidden: Hidden) -> None:
    """The phase at the decision, by statements until then and by all statements."""
    until = hidden.belief.now(rows.stated)
    whole = paths(hidden, rows).moves.sum(axis=2)

    assert (whole.max(axis=1)).mean() > until.max(axis=1).mean() + 0.02


def test_moves_that_earn_are_known_by_their_reward(company: Company, rows: Rows, hidden: Hidden) -> None:
    """Most of what is paid for is a move; without a reward hardly anybody moved there."""
    moves = paths(hidden, rows).moves
    enters_paid = (company.value > 0).nonzero()[0]
    entered = moves[:, :, enters_paid].sum(axis=(1, 2)) - moves[:, enters_paid, enters_paid].sum(axis=1)

    paid = rows.reward > 0
    assert entered[paid].mean() > 0.8
    assert entered[~paid].mean() < 0.1


def test_filter_and_payments_stay_probabilities(hidden: Hidden) -> None:
    for table in (hidden.belief.moves, hidden.belief.stated):
        assert table.sum(axis=1) == pytest.approx(1.0)
    assert ((hidden.paid > 0) & (hidden.paid < 1)).all()
    assert hidden.belief.confusion == pytest.approx(0.2, abs=0.08)
