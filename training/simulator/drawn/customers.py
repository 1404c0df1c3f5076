"""Customers of a drawn company, and one decision about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints, Mask
from training.simulator.drawn.company import (
    FATIGUE_IN_RESPONSE,
    FORWARD,
    LEAVE,
    TASTE_IN_RESPONSE,
    Company,
    sigmoid,
    softmax,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Customers:
    """What never changes about n customers.

    Attributes:
        observed: (n, K + 2) attributes as the company has them: noisy, and two that mean nothing.
        eligible: (n, A). margin: (n,) factor on every value.
        taste: (n, C). pull: (n, P) on moving forward whatever is done. personal: (n, A) when treated.
        phase: (n,) at the start.
    """

    company: Company
    observed: Floats
    eligible: Mask
    margin: Floats
    taste: Floats
    pull: Floats
    personal: Floats
    phase: Ints

    @property
    def n(self) -> int:
        return len(self.phase)

    def take(self, index: Ints | slice) -> Customers:
        """Some of the customers."""
        names = [name for name in self.__dataclass_fields__ if name != "company"]
        return Customers(company=self.company, **{name: getattr(self, name)[index] for name in names})


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Where each customer truly stands.

    Phase (P: has left), fatigue and warmth, all (n,).
    """

    phase: Ints
    fatigue: Ints
    warmth: Ints


def draw_customers(company: Company, n: int, rng: np.random.Generator) -> Customers:
    """Draw ``n`` customers."""
    known, all_ = company.observed, company.personal.shape[1]
    x = rng.choice([-1.0, 1.0], (n, all_)) if company.binary else rng.standard_normal((n, all_))
    taste = x[:, :known] @ company.liking
    taste += company.taste_spread * rng.standard_normal(taste.shape)
    reachable = rng.random((n, company.channels)) < company.reachable
    spread = company.margin_spread
    by_channel = np.column_stack([taste, np.zeros(n)])[:, company.channel]
    noisy = x[:, :known] + company.noise * rng.standard_normal((n, known))
    return Customers(
        company=company,
        observed=np.column_stack([noisy, rng.standard_normal((n, 2))]),
        eligible=np.column_stack([reachable, np.ones(n, dtype=bool)])[:, company.channel],
        margin=np.exp(spread * x[:, 0] - spread**2 / 2),
        taste=taste,
        pull=x @ company.baseline.T,
        personal=x @ company.personal.T + company.taste_effect * by_channel,
        phase=rng.choice(company.phases, n, p=company.start),
    )


def response_probability(people: Customers, fatigue: Ints, treatment: Ints) -> Floats:
    """P(response), (n,)."""
    company, row = people.company, np.arange(people.n)
    taste = np.where(treatment > 0, people.taste[row, company.channel[treatment]], 0.0)
    logit = company.response[treatment] + TASTE_IN_RESPONSE * taste + FATIGUE_IN_RESPONSE * fatigue
    return np.where(treatment > 0, sigmoid(logit), 0.0)


def move_probability(people: Customers, standing: Standing, treatment: Ints, responded: Floats) -> Floats:
    """P(stay, forward, back, leave), (n, 4); of customers who have not left."""
    company, row, phase = people.company, np.arange(people.n), standing.phase
    logits = company.base[phase].copy()
    felt = people.personal[row, treatment] * company.felt[treatment, phase]
    logits[:, FORWARD] += (
        people.pull[row, phase]
        + company.direct[treatment, phase]
        + company.through[treatment, phase] * responded
        + felt * (0.5 + 0.5 * responded)
        + company.warm_effect[phase] * standing.warmth
        - company.tiredness * standing.fatigue
    )
    logits[:, LEAVE] += (
        company.leaving[treatment, phase] + 0.6 * company.tiredness * standing.fatigue - 0.1 * standing.warmth
    )
    return softmax(logits)


def entry_value(people: Customers, phase: Ints, target: Ints) -> Floats:
    """EUR that a move earns, (n,): the value of a phase that is entered, times the customer's margin."""
    value = np.append(people.company.value, 0.0)
    return np.where(target != phase, value[target] * people.margin, 0.0)
