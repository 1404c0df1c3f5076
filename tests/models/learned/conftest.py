"""A small world whose responses, moves and effects follow stated equations: learners must find them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.domain.actions import Action, Channel, Prior
from models.domain.journey import Journey, Phase
from models.domain.objective import Objective
from models.learned.trees.parameters import TreeParameters

DAY_MS = 86_400_000
CHANNELS = ("email", "phone", "web")
PARAMETERS = TreeParameters(response_iterations=100, baseline_iterations=80, learning_rate=0.1, num_threads=1)


@dataclass(frozen=True)
class Columns:
    """The features of the world."""

    customer_names: tuple[str, ...] = (
        "phase",
        "dwell_days",
        "touchpoints_30d",
        "contacts_7d",
        "contacts_30d",
        "days_since_touchpoint",
        "attribute.warmth",
    )
    candidate_names: tuple[str, ...] = ("action", "channel", "group", "action_contacts_30d", "action_value")
    customer_categorical: tuple[int, ...] = (0,)
    candidate_categorical: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True)
class World:
    """A log and the truth behind it.

    Truth: ``response_chance`` (n,), ``move_chance`` (n, P) of what was logged; ``effects`` (P, T, P);
    ``nothing`` (n, P) log-odds of the next phase when nothing is done.
    """

    journey: Journey
    log: dict[str, Any]  # the arguments that both fits take
    response: NDArray[Any]
    next_phase: NDArray[Any]
    response_chance: NDArray[Any]
    move_chance: NDArray[Any]
    effects: NDArray[Any]
    nothing: NDArray[Any]
    columns: Columns = field(default_factory=Columns)

    def for_response(self) -> dict[str, Any]:
        return {**self.log, "response": self.response, "rng": np.random.default_rng(5)}

    def for_transition(self) -> dict[str, Any]:
        return {**self.log, "next_phase": self.next_phase, "rng": np.random.default_rng(5)}

    def asked(self) -> dict[str, Any]:
        """What was logged, as candidates to score."""
        names = ("customer_x", "candidate_x", "phase", "treatment")
        return {**{name: self.log[name] for name in names}, "row": np.arange(len(self.response))}


def make_journey(
    *,
    priors: dict[str, Prior] | None = None,
    entry: tuple[float, ...] = (0.0, 0.0, 0.0, 100.0),
    horizon_days: float | None = 14.0,
    discount_per_year: float = 0.9,
    actions: int = 8,
) -> Journey:
    """Phases p0 … in a loop; actions a0 … on one to three channels, in two groups."""
    return Journey(
        company="Small world",
        currency="EUR",
        time_zone="UTC",
        default_locale="en",
        phases=tuple(Phase(name=f"p{i}", label="", value=value) for i, value in enumerate(entry)),
        phase_rules=(),
        channels=tuple(Channel(name=name, label=name) for name in CHANNELS),
        actions=tuple(
            Action(
                name=f"a{i}",
                label="",
                channels=CHANNELS[: 1 + i % 3],
                group=f"g{i % 2}",
                prior=(priors or {}).get(f"a{i}", Prior()),
            )
            for i in range(actions)
        ),
        objective=Objective(horizon_days=horizon_days, discount_per_year=discount_per_year),
    )


def make_world(
    *, n: int, seed: int = 0, targeted: float = 0.0, parameters: TreeParameters | None = None
) -> World:
    """``n`` decisions; ``targeted``: how much likelier warm customers are to be phoned."""
    journey, columns = make_journey(), Columns()
    truth, rng = np.random.default_rng(1), np.random.default_rng([2, seed])
    P, T = len(journey.phases), len(journey.treatments)
    action = np.array([-1, *(journey.action_index[t.action] for t in journey.treatments[1:])])
    channel = np.array([np.nan, *(journey.channel_index[t.channel or ""] for t in journey.treatments[1:])])
    rows = np.arange(n)

    phase, warmth, dwell = rng.integers(0, P, n), rng.normal(0, 1, n), rng.exponential(20, n)
    touchpoints = rng.poisson(np.exp(0.5 + 0.3 * warmth))
    contacts_7d = rng.poisson(0.4, n)
    contacts_30d = contacts_7d + rng.poisson(1, n)
    since = rng.exponential(10, n)
    parts = (phase, dwell, touchpoints, contacts_7d, contacts_30d, since, warmth)
    customer_x = np.column_stack(parts).astype(np.float32)

    wish = np.zeros((n, T))
    wish[:, 0] = 1.5
    wish[:, channel == 1.0] += targeted * warmth[:, None]
    treatment = _drawn(_softmax(wish), rng)
    taken = action[treatment]
    shown = np.where(taken < 0, np.nan, taken)
    own = (shown, channel[treatment], shown % 2, (taken >= 0) * contacts_30d, (taken >= 0) * 1.0)
    candidate_x = np.column_stack(own).astype(np.float32)

    effects = np.zeros((P, T, P))
    by_action = truth.normal(0.4, 0.6, (P, len(journey.actions)))
    for s in range(P):
        effects[s, 1:, (s + 1) % P] = by_action[s, action[1:]] + truth.normal(0, 0.15, T - 1)
    nothing = np.where(np.eye(P, dtype=bool), 0.0, -3.0)[phase]
    nothing[rows, (phase + 1) % P] += 1.0 + 0.8 * warmth + 0.4 * (dwell < 10) - 0.5 * (contacts_30d > 3)
    move_chance = _softmax(nothing + effects[phase, treatment])

    liking = truth.normal(0, 0.3, P)[:, None] + truth.normal(0, 0.6, len(journey.actions))[action] - 2.5
    liking = liking + truth.normal(0, 0.3, (P, T))
    odds = liking[phase, treatment] + 0.9 * warmth * (taken % 2 == 1) - 0.4 * contacts_7d
    chance = np.where(treatment > 0, 1 / (1 + np.exp(-odds - 0.3 * np.log1p(touchpoints))), 0.0)
    log = {
        "journey": journey,
        "spec": columns,
        "customer_x": customer_x,
        "candidate_x": candidate_x,
        "phase": phase,
        "treatment": treatment,
        "customer": rng.integers(0, max(n // 4, 1), n),
        "calibrate": rows >= int(0.8 * n),
        "parameters": parameters or PARAMETERS,
    }
    return World(
        journey=journey,
        log=log,
        response=(rng.random(n) < chance).astype(np.int64),
        next_phase=_drawn(move_chance, rng),
        response_chance=chance,
        move_chance=move_chance,
        effects=effects,
        nothing=nothing,
    )


def _softmax(logits: NDArray[Any]) -> NDArray[Any]:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _drawn(chance: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    return np.asarray((chance.cumsum(axis=1) > rng.random(len(chance))[:, None]).argmax(axis=1))


@pytest.fixture(scope="session")
def world() -> World:
    """20,000 decisions that were taken at random."""
    return make_world(n=20_000)


@pytest.fixture(scope="session")
def later_world() -> World:
    """The same world later: rows that no model has seen."""
    return make_world(n=20_000, seed=1)


@pytest.fixture(scope="session")
def targeted_world() -> World:
    """Warm customers are phoned more often, and would move on anyway."""
    return make_world(n=20_000, targeted=1.0)


@pytest.fixture(scope="session")
def world_of() -> Callable[..., World]:
    """Makes worlds of other sizes."""
    return make_world


@pytest.fixture(scope="session")
def journey_of() -> Callable[..., Journey]:
    """Makes journeys with other beliefs, values and horizons."""
    return make_journey
