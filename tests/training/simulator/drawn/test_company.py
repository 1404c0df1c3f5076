"""Sizes of a company follow from its arrays; links neither overflow nor lose probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.simulator.drawn.company import sigmoid, softmax
from training.simulator.drawn.drawing import draw_company


def test_sizes_are_those_of_the_arrays() -> None:
    company = draw_company(3)

    assert company.phases == len(company.value) == len(company.base)
    assert company.treatments == len(company.channel) == company.direct.shape[0]
    assert company.channels == int(company.channel.max()) + 1
    assert company.observed == company.liking.shape[0] <= company.personal.shape[1]


def test_phases_are_misread_where_any_share_of_them_is() -> None:
    traits = draw_company(3).traits

    assert not replace(traits, wrong=0.0, late=0.0).misread
    assert replace(traits, wrong=0.1, late=0.0).misread
    assert replace(traits, wrong=0.0, late=0.1).misread


def test_the_sigmoid_holds_at_both_ends() -> None:
    assert sigmoid(np.array([-1e4, 0.0, np.log(3), 1e4])) == pytest.approx([0.0, 0.5, 0.75, 1.0])


def test_the_softmax_is_over_the_last_axis_and_ignores_a_constant() -> None:
    logits = np.log(np.array([[1.0, 3.0], [1.0, 1.0]]))

    assert softmax(logits) == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))
    assert softmax(logits + 1e4) == pytest.approx(softmax(logits))
