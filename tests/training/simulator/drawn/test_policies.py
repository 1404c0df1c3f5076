"""Policies that learn nothing give the probabilities that their names promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.simulator.drawn.customers import draw_customers
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.policies import Always, Greedy, Logging, Random, certain
from training.simulator.drawn.records import Records, View

COMPANY = draw_company(3)


@pytest.fixture
def view() -> View:
    """Two customers in phase 0: one who gets nothing but 0 and 2, one who may get everything."""
    people = draw_customers(COMPANY, 2, np.random.default_rng(1))
    known = Records(people, np.zeros(2, dtype=np.int64)).view()
    eligible = np.zeros((2, COMPANY.treatments), dtype=bool)
    eligible[0, [0, 2]] = eligible[1] = True
    return replace(known, eligible=eligible)


def test_random_is_even_over_what_may_be_done(view: View) -> None:
    p = Random().probabilities(view)

    assert p[0].tolist() == [0.5, 0.0, 0.5, *[0.0] * (COMPANY.treatments - 3)]
    assert p[1] == pytest.approx(1 / COMPANY.treatments)


def test_always_does_nothing_where_it_may_not(view: View) -> None:
    assert Always(1).probabilities(view).argmax(axis=1).tolist() == [0, 1]
    assert Always().probabilities(view)[:, 0].tolist() == [1.0, 1.0]


def test_logging_takes_the_playbooks_first_that_may_be_done(view: View) -> None:
    company = replace(
        COMPANY,
        playbook=np.tile(np.array([[1], [2]]), (1, COMPANY.phases)),
        traits=replace(COMPANY.traits, exploration=0.2),
    )

    p = Logging(company).probabilities(view)

    assert p.argmax(axis=1).tolist() == [2, 1]
    assert p[0, [0, 2]] == pytest.approx([0.1, 0.9])
    assert p[1, 1] == pytest.approx(0.8 + 0.2 / COMPANY.treatments)


def test_logging_does_nothing_where_the_playbook_has_nothing_left(view: View) -> None:
    company = replace(COMPANY, playbook=np.ones((1, COMPANY.phases), dtype=np.int64))

    assert Logging(company).probabilities(view).argmax(axis=1).tolist() == [0, 1]


def test_greedy_takes_the_largest_advantage_that_may_be_had(view: View) -> None:
    worth = np.zeros((2, COMPANY.treatments))
    worth[:, 1], worth[:, 2] = 9.0, 5.0

    assert Greedy(lambda _: worth).probabilities(view).argmax(axis=1).tolist() == [2, 1]


def test_certain_puts_everything_on_one(view: View) -> None:
    p = certain(np.array([2, 0]), view)

    assert p.sum() == 2.0
    assert (p[0, 2], p[1, 0]) == (1.0, 1.0)
