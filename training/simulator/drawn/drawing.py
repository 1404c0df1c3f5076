"""Draws companies from a seed; two are made by hand.

Knows the ranges; a seed always gives the same company.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from training.simulator.drawn.company import BACK, FORWARD, LEAVE, Company, Traits, softmax

HIDDEN: Final = 2
"""Attributes that matter and that the company has no column for."""
NEVER: Final = -30.0
JOURNEYS: Final = (1_500, 5_000, 20_000, 80_000)
EXPLORATION: Final = (0.05, 0.15, 0.3, 0.5, 1.0)
RARE_VALUE: Final = 2_600.0


def draw_company(seed: int) -> Company:
    """The company of ``seed``."""
    rng = np.random.default_rng([seed, 20_261_129])
    traits = _traits(rng)
    phases, channels = int(rng.integers(4, 13)), int(rng.integers(2, 9))
    treatments = 1 + int(np.exp(rng.uniform(np.log(3), np.log(60.99))))
    known = int(rng.integers(4, 8))
    start = softmax(-0.5 * np.arange(phases) + 0.4 * rng.standard_normal(phases))
    horizon = int(rng.choice([8, 16, 26, 26, 40]))
    destination, base = _chain(phases, rng)
    value, base = _values(traits, destination, base, start, horizon, rng)
    worth = float(_visits(destination, base, start, horizon) @ value)
    channel = np.append(-1, rng.integers(0, channels, treatments - 1))
    effects = _effects(traits, (treatments, phases, known + HIDDEN), rng)
    cost = max(worth, 5.0) * np.exp(rng.uniform(np.log(0.0003), np.log(0.05), channels))
    return Company(
        seed=seed,
        traits=traits,
        start=start,
        destination=destination,
        base=base,
        value=value,
        cost=_none_for_nothing(cost[channel]),
        channel=channel,
        tires=_yes_no(rng.random(channels) < 0.75, channel),
        response=np.append(NEVER, rng.uniform(-2.5, 0.2, treatments - 1)),
        **effects,
        taste_effect=float(rng.choice([0.0, 0.15, 0.3])) * (not traits.nothing_works),
        baseline=0.35 * _sparse((phases, known + HIDDEN), 0.5, rng),
        warm_effect=traits.delay * rng.uniform(0.4, 1.0, phases),
        tiredness=float(rng.uniform(0.05, 0.35)),
        recovery=0.25 if traits.lasting_fatigue else 1.0,
        liking=0.5 * _sparse((known, channels), 0.4, rng),
        taste_spread=0.6,
        reachable=rng.uniform(0.6, 1.0, channels),
        margin_spread=float(rng.choice([0.0, 0.4])),
        noise=float(rng.choice([0.0, 0.4])),
        binary=False,
        playbook=_playbook(effects["direct"] + 0.5 * effects["through"] - 0.5 * effects["leaving"], rng),
        horizon=horizon,
        journeys=int(rng.choice(JOURNEYS)),
    )


def _traits(rng: np.random.Generator) -> Traits:
    kind = rng.random()
    misread = rng.random()
    heterogeneity = float(rng.choice([0.0, 0.15, 0.3, 0.5]))
    return Traits(
        rewards=str(rng.choice(["frequent", "middle", "rare"])),
        heterogeneity=0.5 if 0.12 <= kind < 0.24 else heterogeneity,
        delay=float(rng.choice([0.0, 0.2, 0.4, 0.6])),
        lasting_fatigue=bool(rng.random() < 0.3),
        wrong=0.25 if misread < 0.15 else 0.1 if misread < 0.3 else 0.0,
        late=0.15 if 0.2 <= misread < 0.4 else 0.0,
        nothing_works=bool(kind < 0.12),
        zero_mean=bool(0.12 <= kind < 0.24),
        exploration=float(rng.choice(EXPLORATION, p=[0.1, 0.3, 0.3, 0.2, 0.1])),
    )


def _chain(phases: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Where the alternatives lead, and their logits: forward with leaps, back with loops, or out."""
    here = np.arange(phases)
    forward = np.minimum(phases - 1, here + 1 + (rng.random(phases) < 0.15))
    forward[-1] = rng.integers(0, phases - 1)  # from the last phase the journey starts again
    back = np.maximum(0, here - 1 - (rng.random(phases) < 0.2))
    base = np.zeros((phases, 4))
    base[:, FORWARD] = rng.uniform(-2.8, -1.3, phases)
    base[:, BACK] = np.where(back == here, NEVER, rng.uniform(-3.3, -2.0, phases))
    base[:, LEAVE] = rng.uniform(-4.3, -3.0, phases)
    return np.column_stack([here, forward, back, np.full(phases, phases)]), base


def _values(
    traits: Traits, destination: Ints, base: Floats, start: Floats, horizon: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """EUR of entering each phase; where rewards are rare, the moves that earn are made so."""
    phases = len(start)
    value = np.zeros(phases)
    if traits.rewards == "frequent":
        value = rng.uniform(2.0, 30.0, phases) * (rng.random(phases) < 0.6)
        value[-1] = 30.0
        return value, base
    value[-1] = RARE_VALUE if traits.rewards == "rare" else rng.uniform(100.0, 500.0)
    if traits.rewards == "middle":
        return value, base
    wanted = np.exp(rng.uniform(np.log(0.004), np.log(0.03)))  # purchases a journey
    low, high = -12.0, 3.0
    for _ in range(40):
        middle = (low + high) / 2
        few = _visits(destination, _shifted(destination, base, middle), start, horizon)[-1] < wanted
        low, high = (middle, high) if few else (low, middle)
    return value, _shifted(destination, base, low)


def _shifted(destination: Ints, base: Floats, by: float) -> Floats:
    """Logits of moves into the last phase, changed by ``by``."""
    last = len(base) - 1
    earns = (destination == last) & (np.arange(len(base)) != last)[:, None]
    return np.where(earns, base + by, base)


def _visits(destination: Ints, base: Floats, start: Floats, horizon: int) -> Floats:
    """Expected entries into each phase by an average customer to whom nothing is done."""
    phases = len(start)
    moves, share, entries = softmax(base), start.copy(), np.zeros(phases + 1)
    other = destination != np.arange(phases)[:, None]
    for _ in range(horizon):
        flow = share[:, None] * moves
        np.add.at(entries, destination, flow * other)
        after = np.zeros(phases + 1)
        np.add.at(after, destination, flow)
        share = after[:phases]
    return entries[:phases]


def _effects(traits: Traits, shape: tuple[int, int, int], rng: np.random.Generator) -> dict[str, Any]:
    """What treatments do: (A, P) tables and (A, K + H) slopes, none for doing nothing."""
    treatments, phases, attributes = shape
    strength, filled, size = rng.uniform(0.25, 0.7), rng.uniform(0.2, 0.5), (treatments, phases)
    direct = strength * (rng.random(size) < filled) * rng.normal(0.4, 0.45, size)
    through = strength * (rng.random(size) < filled) * rng.normal(0.6, 0.7, size)
    leaving = strength * (rng.random(size) < 0.25) * rng.normal(0.3, 0.4, size)
    personal = traits.heterogeneity * _sparse((treatments, attributes), 0.4, rng)
    everywhere = traits.zero_mean or rng.random() < 0.4
    felt = ((direct != 0) | (through != 0) | everywhere).astype(np.float64)
    warms = (rng.random(treatments) < 0.25) * rng.integers(1, 3, treatments) * (traits.delay > 0)
    mean, any_ = float(not (traits.zero_mean or traits.nothing_works)), float(not traits.nothing_works)
    return {
        "direct": _none_for_nothing(mean * direct),
        "through": _none_for_nothing(mean * through),
        "leaving": _none_for_nothing(mean * leaving),
        "personal": _none_for_nothing(any_ * personal),
        "felt": _none_for_nothing(felt * any_),
        "warms": _none_for_nothing(warms * int(any_)),
    }


def _playbook(merit: Floats, rng: np.random.Generator) -> Ints:
    """Four choices a phase, by somebody who half knows what works."""
    guess = merit + 0.6 * rng.standard_normal(merit.shape)
    guess[0] += 0.2
    return np.argsort(-guess, axis=0)[:4]


def _sparse(shape: tuple[int, int], filled: float, rng: np.random.Generator) -> Floats:
    return rng.standard_normal(shape) * (rng.random(shape) < filled)


def _none_for_nothing(column: Any) -> Any:
    """Treatment 0 does nothing, costs nothing and tires nobody."""
    column[0] = 0
    return column


def _yes_no(by_channel: Mask, channel: Ints) -> Mask:
    return np.append(by_channel, False)[channel]


def zero_mean_offer() -> Company:
    """One offer of no effect on average: 0.15 more or fewer purchases, by an attribute."""
    return _one_offer(-1, direct=0.0, personal=_logit(0.65), cost=0.0, zero_mean=True)


def offer_for_half() -> Company:
    """One offer that is worth giving to half: 20 EUR more for them at a cost of 10."""
    half = _logit(0.7) / 2
    return _one_offer(-2, direct=half, personal=half, cost=10.0, zero_mean=False)


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _one_offer(seed: int, *, direct: float, personal: float, cost: float, zero_mean: bool) -> Company:
    """A randomised offer, taken once: half buy for 100 EUR where nothing is done."""
    traits = Traits(
        rewards="frequent", heterogeneity=personal, delay=0.0, lasting_fatigue=False, wrong=0.0, late=0.0,
        nothing_works=False, zero_mean=zero_mean, exploration=1.0,
    )  # fmt: skip
    base = np.full((2, 4), NEVER)
    base[:, :2] = 0.0
    table = np.zeros((2, 2))
    slopes = np.zeros((2, 4))
    slopes[1, 0] = personal
    return Company(
        seed=seed, traits=traits, start=np.array([1.0, 0.0]),
        destination=np.array([[0, 1, 0, 2], [1, 1, 0, 2]]), base=base, value=np.array([0.0, 100.0]),
        cost=np.array([0.0, cost]), channel=np.array([-1, 0]), tires=np.zeros(2, dtype=bool),
        warms=np.zeros(2, dtype=np.int64), response=np.array([NEVER, -NEVER]),
        direct=np.array([[0.0, 0.0], [direct, 0.0]]), through=table, leaving=table, personal=slopes,
        felt=np.array([[0.0, 0.0], [1.0, 1.0]]), taste_effect=0.0, baseline=np.zeros((2, 4)),
        warm_effect=np.zeros(2), tiredness=0.0, recovery=1.0, liking=np.zeros((4, 1)), taste_spread=0.0,
        reachable=np.ones(1), margin_spread=0.0, noise=0.0, binary=True,
        playbook=np.array([[1, 1]]), horizon=1, journeys=5_000,
    )  # fmt: skip
