"""Policies that learn nothing.

Random, doing nothing, one action always, and the one that made the log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.arrays import Floats, Ints
from training.simulator.drawn.company import Company
from training.simulator.drawn.records import View


class Policy(Protocol):
    """Gives probabilities for all customers of a company.

    It is asked step by step, from 0.
    """

    def probabilities(self, view: View) -> Floats:
        """(n, A), rows sum to one."""


@dataclass(frozen=True)
class Random:
    """Any eligible treatment, doing nothing among them."""

    def probabilities(self, view: View) -> Floats:
        result: Floats = view.eligible / view.eligible.sum(axis=1, keepdims=True)
        return result


@dataclass(frozen=True)
class Always:
    """One treatment where it is eligible, else nothing. 0 is doing nothing."""

    treatment: int = 0

    def probabilities(self, view: View) -> Floats:
        return certain(np.where(view.eligible[:, self.treatment], self.treatment, 0), view)


@dataclass(frozen=True)
class Logging:
    """The playbook's first eligible choice, and now and then any."""

    company: Company

    def probabilities(self, view: View) -> Floats:
        company, row = self.company, np.arange(view.n)
        choices = company.playbook[:, np.minimum(view.phase, company.phases - 1)].T
        free = np.take_along_axis(view.eligible, choices, axis=1)
        first = np.where(free.any(axis=1), choices[row, free.argmax(axis=1)], 0)
        share = company.traits.exploration
        result = share * Random().probabilities(view)
        result[row, first] += 1 - share
        return result


@dataclass(frozen=True, eq=False)
class Greedy:
    """The eligible treatment with the largest advantage.

    A function of what is seen gives (n, A).
    """

    advantage: Callable[[View], Floats]

    def probabilities(self, view: View) -> Floats:
        worth = np.where(view.eligible, self.advantage(view), -np.inf)
        return certain(worth.argmax(axis=1), view)


def certain(treatment: Ints, view: View) -> Floats:
    """All probability on one treatment."""
    result = np.zeros(view.eligible.shape)
    result[np.arange(view.n), treatment] = 1.0
    return result
