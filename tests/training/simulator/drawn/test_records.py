"""Records hold what was done and what came of it, and nothing that nobody could know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.simulator.drawn.customers import draw_customers
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.records import FADING, HISTORY, LASTING, Records, draw, join, state_phase

COMPANY = replace(draw_company(3), tires=np.arange(draw_company(3).treatments) == 1)
"""Only treatment 1 tires."""


def column(view: object, name: str) -> list[float]:
    history: np.ndarray = view.history  # type: ignore[attr-defined]
    return [float(value) for value in history[:, HISTORY.index(name)]]


@pytest.fixture
def records() -> Records:
    people = draw_customers(COMPANY, 2, np.random.default_rng(1))
    return Records(people, np.zeros(2, dtype=np.int64))


def test_at_first_nothing_is_known(records: Records) -> None:
    view = records.view()

    assert view.step.tolist() == [0, 0]
    assert column(view, "since_contact") == [2.0, 2.0]  # six steps, thirds
    assert column(view, "dwell") == column(view, "responses") == [0.0, 0.0]
    assert not view.recent.any()
    assert not view.taste.any()


def test_a_contact_and_its_answer_are_counted_and_fade(records: Records) -> None:
    """The first customer answers treatment 1 and moves on; the second is left alone and stays."""
    first = np.array([1, 0])
    records.add(first, np.array([True, False]), np.array([1, 0]))
    view = records.view()
    channel = COMPANY.channel[1]

    assert column(view, "since_contact") == pytest.approx([0.0, 2.0])
    assert column(view, "pressure") == [1.0, 0.0]
    assert column(view, "lasting_pressure") == pytest.approx([1 / 3, 0.0])
    assert column(view, "dwell") == [0.0, 0.25]
    assert column(view, "last_move") == [1.0, 0.0]
    assert column(view, "last_response") == [1.0, 0.0]
    assert view.taste[0, channel] > 0 == view.taste[1, channel]

    records.add(np.array([0, 0]), np.array([False, False]), np.array([1, 0]))
    later = records.view()
    assert later.recent[0, 1] == pytest.approx(FADING)
    assert column(later, "lasting_pressure")[0] == pytest.approx(LASTING / 3)
    assert column(later, "pressure")[0] == 0.5
    assert column(later, "responses")[0] == 0.25
    assert later.step.tolist() == [2, 2]


def test_a_view_does_not_change_with_the_records(records: Records) -> None:
    before = records.view()

    records.add(np.array([1, 1]), np.array([True, True]), np.array([1, 1]))

    assert before.phase.tolist() == [0, 0]
    assert not before.recent.any()


def test_views_are_joined_and_taken_by_decision(records: Records) -> None:
    first = records.view()
    records.add(np.array([1, 0]), np.array([False, False]), np.array([0, 1]))

    both = join([first, records.view()])

    assert both.n == 4
    assert both.step.tolist() == [0, 0, 1, 1]
    assert both.take(np.array([3])).phase.tolist() == [1]


def test_that_somebody_left_is_always_known() -> None:
    company = replace(COMPANY, traits=replace(COMPANY.traits, wrong=0.5, late=0.5))
    gone = np.full(200, company.phases)

    stated = state_phase(company, np.zeros(200, dtype=np.int64), gone, np.random.default_rng(1))

    assert (stated == company.phases).all()


def test_phases_that_are_read_right_are_stated_as_they_are() -> None:
    company = replace(COMPANY, traits=replace(COMPANY.traits, wrong=0.0, late=0.0))
    phase = np.arange(company.phases)

    assert np.array_equal(state_phase(company, phase * 0, phase, np.random.default_rng(1)), phase)


def test_a_draw_follows_the_probabilities() -> None:
    taken = draw(np.tile([0.2, 0.5, 0.3], (20_000, 1)), np.random.default_rng(2))

    assert np.bincount(taken) / 20_000 == pytest.approx([0.2, 0.5, 0.3], abs=0.015)
