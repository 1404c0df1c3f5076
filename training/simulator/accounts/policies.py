"""Policies in a world of accounts.

By the person, by the account, at random, and one that knows the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import Codes, Floats, Ints
from models.domain.journey import ROLE
from models.learned.features.situations import Situations
from models.policy.engine import Engine
from training.simulator.accounts.records import Records, instant
from training.simulator.accounts.world import (
    BY_INFORMATION,
    BY_ITSELF,
    COST,
    LAST,
    PHASES,
    ROLES,
    TIRING,
    TREATMENTS,
    VALUES,
    Accounts,
    allowed,
)

_PEOPLE: Final = len(ROLES)
_REST_WEEKS: Final = 2
"""A person is contacted at most once in so many weeks, as the journey file's limit says."""


class AccountPolicy(Protocol):
    """Says what is said to whom."""

    name: str

    def choose(self, accounts: Accounts, records: Records, rng: np.random.Generator) -> Ints:
        """Treatments, shape (n, R); 0 is nothing."""


def open_to(accounts: Accounts) -> NDArray[np.bool_]:
    """Shape (n, R, T): what roles and the limit per person allow; doing nothing always."""
    rested = accounts.week - accounts.last_contact >= _REST_WEEKS
    eligible = allowed()[None] & rested[:, :, None]
    eligible[:, :, 0] = True
    return np.asarray(eligible)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Says nothing."""

    name: str = "do nothing"

    def choose(self, accounts: Accounts, records: Records, rng: np.random.Generator) -> Ints:
        return np.zeros((len(accounts.phase), _PEOPLE), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Random:
    """Says anything that is allowed to anybody, with a small chance.

    That is how the records came about.
    """

    share: float = 0.12
    name: str = "random"

    def probabilities(self, accounts: Accounts) -> Floats:
        """Shape (n, R, T)."""
        eligible = open_to(accounts)
        others = eligible[:, :, 1:].sum(axis=2, keepdims=True)
        chances = np.where(eligible, self.share / np.maximum(others, 1), 0.0)
        chances[:, :, 0] = np.where(others[:, :, 0] > 0, 1.0 - self.share, 1.0)
        return np.asarray(chances)

    def choose(self, accounts: Accounts, records: Records, rng: np.random.Generator) -> Ints:
        reached = self.probabilities(accounts).cumsum(axis=2)
        return np.asarray((reached < rng.random(reached.shape[:2])[:, :, None]).sum(axis=2))


class Learned:
    """An engine's own scores, of all people at once.

    Args:
        together: one of each account's people is spoken to a week, who gains most; else everybody whom
            something gains.
    """

    def __init__(self, engine: Engine, name: str, *, together: bool) -> None:
        self.name = name
        self._engine = engine
        self._together = together
        index = engine.journey.treatment_index
        self._code = np.array([index[action, channel] for action, channel, *_ in TREATMENTS])

    def choose(self, accounts: Accounts, records: Records, rng: np.random.Generator) -> Ints:
        n = len(accounts.phase)
        gain = np.full((n * _PEOPLE, len(TREATMENTS)), -np.inf)
        eligible = open_to(accounts).reshape(gain.shape)
        person, treatment = np.nonzero(eligible)
        scores = self._engine.score(self._situations(accounts, records), person, self._code[treatment])
        gain[person, treatment] = scores.over_nothing
        gain[:, 0] = 0.0
        chosen = gain.argmax(axis=1).reshape(n, _PEOPLE)
        if self._together:
            best = gain.max(axis=1).reshape(n, _PEOPLE).argmax(axis=1)
            chosen = np.where(np.arange(_PEOPLE)[None] == best[:, None], chosen, 0)
        return np.asarray(chosen)

    def _situations(self, accounts: Accounts, records: Records) -> Situations:
        engine, n = self._engine, len(accounts.phase)
        roles = [ROLES[one % _PEOPLE] for one in range(n * _PEOPLE)]
        return engine.builder.situate(
            history=records.history(engine.journey),
            customer=np.arange(n * _PEOPLE),
            instant=np.full(n * _PEOPLE, instant(accounts.week)),
            attributes=engine.builder.attribute_matrix([{"role": role, ROLE: role} for role in roles]),
            stated_phase=self._phases(accounts),
        )

    def _phases(self, accounts: Accounts) -> Codes | None:
        """Every move shows at once, so the phase that the rules find is the true one (a test compares)."""
        if not self._engine.has_account_phases:
            return None
        codes = np.array([self._engine.journey.phase_index[name] for name in PHASES], dtype=np.int32)
        return np.repeat(codes[accounts.phase], _PEOPLE)


class Planner:
    """Knows the truth.

    Dynamic programming over phase, contacts of last week and weeks left.
    """

    name = "planner (sees the truth)"

    def __init__(self, weeks: int) -> None:
        useful = np.array([1 + [each[3] for each in TREATMENTS[1:]].index(name) for name in PHASES[:-1]])
        self._treatment = useful
        self._person = np.array([ROLES.index(str(TREATMENTS[code][2])) for code in useful])
        self._speak = np.zeros((weeks, LAST, 2), dtype=np.bool_)
        worth = np.zeros((LAST + 1, 2))
        for week in range(weeks - 1, -1, -1):
            worth = self._step(week, worth)

    def _step(self, week: int, after: Floats) -> Floats:
        """Values (phase, contacts last week) one week earlier."""
        before = np.zeros_like(after)
        for phase in range(LAST):
            entered = float(VALUES[phase + 1])
            for last in (0, 1):
                silent = BY_ITSELF * (entered + after[phase + 1, 0]) + (1 - BY_ITSELF) * after[phase, 0]
                moving = BY_ITSELF + BY_INFORMATION * np.exp(-TIRING * last)
                spoken = moving * (entered + after[phase + 1, 1]) + (1 - moving) * after[phase, 1]
                spoken -= COST[self._treatment[phase]]
                self._speak[week, phase, last] = spoken > silent
                before[phase, last] = max(spoken, silent)
        return before

    def choose(self, accounts: Accounts, records: Records, rng: np.random.Generator) -> Ints:
        chosen = np.zeros((len(accounts.phase), _PEOPLE), dtype=np.int64)
        eligible = open_to(accounts)
        phase = np.minimum(accounts.phase, LAST - 1)
        speak = self._speak[accounts.week, phase, np.minimum(accounts.before, 1)] & (accounts.phase < LAST)
        every = np.arange(len(phase))
        speak &= eligible[every, self._person[phase], self._treatment[phase]]
        chosen[every[speak], self._person[phase[speak]]] = self._treatment[phase[speak]]
        return chosen
